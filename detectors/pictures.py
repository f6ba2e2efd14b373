"""Any picture as 8 bit BGR."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.types import ByteImage, DetectorError

CLIPPED = 0.001
"""The part of a 16 bit picture's values that may be cut off at either end: dead pixels, the sun's glint. A
person who is hotter than all else may be among them: then they are as white as the picture can show."""

LEAST_SPAN = 256
"""Values that are stretched at least over all 256 greys. A radiometric camera counts in 0.01 to 0.1 K,
so that is 2.5 K or more: less would show an even surface's noise as if it were something."""


def as_bgr(image: npt.NDArray[np.generic]) -> ByteImage:
    """``image`` as (height, width, 3) uint8.

    Takes (h, w), (h, w, 1) and (h, w, 3), uint8 or uint16. Grey is repeated in all three channels. 16 bit is
    stretched, as `eight_bits` says.

    Raises:
        DetectorError: not an array, another shape or type, or no pixels.
    """
    if not isinstance(image, np.ndarray):
        raise DetectorError(f"a picture is a numpy array, this is {type(image).__name__}")
    if image.size == 0:
        raise DetectorError(f"a picture without pixels, shape {image.shape}")
    return _three_channels(eight_bits(image))


def eight_bits(image: npt.NDArray[np.generic]) -> ByteImage:
    """8 bit as it is; 16 bit stretched in a straight line, all channels alike.

    Thermal cameras fill few of the 16 bits, somewhere in the middle: the upper 8 alone would be one grey. So
    what is left of the values when `CLIPPED` of them is cut off at either end becomes 0..255, but nothing is
    stretched by more than `LEAST_SPAN` allows. It depends on this picture alone, so the same place may be
    another grey in the next.

    Raises:
        DetectorError: another type.
    """
    if image.dtype == np.uint8:
        return image.view(np.uint8)
    if image.dtype == np.uint16:
        return _stretched(image.view(np.uint16))
    raise DetectorError(f"a picture of type {image.dtype}", mend="give uint8 or uint16")


def _stretched(image: npt.NDArray[np.uint16]) -> ByteImage:
    below = np.cumsum(np.bincount(image.ravel(), minlength=1 << 16))
    cut = CLIPPED * image.size
    low = int(np.searchsorted(below, cut, side="right"))
    high = int(np.searchsorted(below, image.size - cut, side="left"))
    spare = max(LEAST_SPAN - (high - low), 0)
    low -= spare // 2
    greys = (np.arange(1 << 16) - low) * (255.0 / (high - low if spare == 0 else LEAST_SPAN))
    table: ByteImage = np.clip(np.rint(greys), 0, 255).astype(np.uint8)
    stretched: ByteImage = table[image]
    return stretched


def _three_channels(image: ByteImage) -> ByteImage:
    if image.ndim == 2:
        image = image[:, :, np.newaxis]
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise DetectorError(f"a picture of shape {image.shape}", mend="give (height, width, 3) BGR, or grey")
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
