"""Any picture as 8 bit BGR."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.types import ByteImage, DetectorError


def as_bgr(image: npt.NDArray[np.generic]) -> ByteImage:
    """``image`` as (height, width, 3) uint8.

    Takes (h, w), (h, w, 1) and (h, w, 3), uint8 or uint16. Grey is repeated in all three channels. 16 bit
    keeps its upper 8 bits, so a camera that fills only the lower 12 gives a dark picture: stretch it first.

    Raises:
        DetectorError: not an array, another shape or type, or no pixels.
    """
    if not isinstance(image, np.ndarray):
        raise DetectorError(f"a picture is a numpy array, this is {type(image).__name__}")
    return _three_channels(_eight_bits(image))


def _eight_bits(image: npt.NDArray[np.generic]) -> ByteImage:
    if image.dtype == np.uint8:
        return image.view(np.uint8)
    if image.dtype == np.uint16:
        return (image.view(np.uint16) >> 8).astype(np.uint8)
    raise DetectorError(f"a picture of type {image.dtype}", mend="give uint8 or uint16")


def _three_channels(image: ByteImage) -> ByteImage:
    if image.size == 0:
        raise DetectorError(f"a picture without pixels, shape {image.shape}")
    if image.ndim == 2:
        image = image[:, :, np.newaxis]
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise DetectorError(f"a picture of shape {image.shape}", mend="give (height, width, 3) BGR, or grey")
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
