"""What a picture says of the lens and the sensor, in a few numbers."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SMALL_PX = (160, 90)
"""A picture shrunk so far keeps no noise, and still shows whether there is anything in it."""

SHARP_PX = 640
"""Sharpness is judged at this width: finer, an encoder's bit rate decides it, and not the lens."""

Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PictureStat:
    """``bright`` is the 99.5th percentile of the shrunk picture's grey, 0..255, ``contrast`` its standard
    deviation about its own slow course (what a lamp or the sky does to one side is no content), as far as
    even and odd rows agree on it, which on a sensor's noise, strong where little light comes, they do not.

    ``sharpness`` is the mean absolute second derivative against the mean absolute first one, 0 for a picture
    without either. ``digest`` is equal for pictures whose grey is equal pixel by pixel.
    """

    bright: float
    contrast: float
    sharpness: float
    digest: bytes


def picture_stat(image_bgr: npt.NDArray[np.uint8]) -> PictureStat:
    """The numbers of a picture (height, width, 3)."""
    import cv2

    gray = np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY), np.uint8)
    small = _small(gray)
    return PictureStat(
        bright=float(np.percentile(small, 99.5)),
        contrast=_contrast(gray) if gray.shape[0] > 1 else 0.0,
        sharpness=_sharpness(gray),
        digest=hashlib.blake2b(gray.data, digest_size=16).digest(),
    )


def _small(gray: Gray) -> npt.NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.resize(gray, SMALL_PX, interpolation=cv2.INTER_AREA), np.float32)


def _contrast(gray: Gray) -> float:
    shared = float((_detail(gray[0::2]) * _detail(gray[1::2])).mean())
    return math.sqrt(max(shared, 0.0))


def _detail(gray: Gray) -> npt.NDArray[np.float32]:
    """A shrunk picture without its slow course."""
    import cv2

    small = _small(gray)
    return np.asarray(small - cv2.GaussianBlur(small, (0, 0), SMALL_PX[1] / 9), np.float32)


def _sharpness(gray: Gray) -> float:
    """Blur takes the second derivative down faster than the first; light and contrast scale both alike."""
    import cv2

    height, width = gray.shape
    scale = min(SHARP_PX / width, 1.0)
    size = (max(round(width * scale), 8), max(round(height * scale), 8))
    part = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.float32)
    # Sensor noise is as sharp as can be, in whatever picture: it is taken off first.
    part = np.asarray(cv2.GaussianBlur(part, (0, 0), 1.0), np.float32)
    slope = float(np.abs(np.diff(part, axis=0)).mean() + np.abs(np.diff(part, axis=1)).mean())
    bend = float(np.abs(cv2.Laplacian(part, cv2.CV_32F)).mean())
    return bend / slope if slope > 1e-6 else 0.0
