"""What a drone's camera and video link make of a picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from detectors.training.lamps import lamplit
from detectors.training.turbulence import Field, fractal
from detectors.types import ByteImage

Step = Callable[[Field, np.random.Generator], Field]
NIGHT_SHARE = 0.08
LAMPLIT_SHARE = 0.1
GREY_SHARE = 0.04
JPEG_QUALITY = (40, 95)


def degraded(
    image_bgr: ByteImage,
    rng: np.random.Generator,
    *,
    night_share: float = NIGHT_SHARE,
    lamplit_share: float = LAMPLIT_SHARE,
) -> ByteImage:
    """``image_bgr`` (h, w, 3) uint8 with random exposure, colour, blur and noise; a few grey, and about
    ``night_share`` at night, of which ``lamplit_share`` with a town's lamps."""
    picture = image_bgr.astype(np.float32) / np.float32(255.0)
    if rng.random() < night_share:
        picture = (lamplit if rng.random() < lamplit_share else _night)(picture, rng)
    picture = _exposed(picture, rng)
    if rng.random() < 0.15:
        picture = _misty(picture, rng)
    picture = _focused(picture, rng)
    if rng.random() < 0.6:
        picture = _noisy(picture, rng)
    if rng.random() < GREY_SHARE:
        picture[:] = picture.mean(axis=2, keepdims=True)
    return np.asarray((picture * np.float32(255.0)).clip(0.0, 255.0), np.uint8)


def jpeg_quality(rng: np.random.Generator) -> int:
    """The quality to store a picture at: the compression is part of what a link does to it."""
    return int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1))


def _exposed(picture: Field, rng: np.random.Generator) -> Field:
    """Gamma, gain, white balance and saturation."""
    gains = np.exp(rng.normal(0.0, 0.06, 3)) * np.exp(rng.normal(0.0, 0.18))
    gamma = np.float32(np.exp(rng.normal(0.0, 0.15)))
    balanced = np.power(picture, gamma) * gains.astype(np.float32)
    grey = balanced.mean(axis=2, keepdims=True)
    saturation = np.float32(rng.uniform(0.45, 1.35))
    return np.asarray(grey + (balanced - grey) * saturation, np.float32)


def _night(picture: Field, rng: np.random.Generator) -> Field:
    """Dark and noisy, tinted by lamps or the moon, with a few pools of light."""
    size = (picture.shape[0], picture.shape[1])
    pools = np.maximum(fractal(size, rng, cells=(4.0, 4.0), octaves=2) - 0.55, 0.0) * rng.uniform(0.0, 2.5)
    warm = float(rng.normal(0.0, 0.2))
    tint = np.array([1.0 - warm, 1.0, 1.0 + warm], np.float32)
    light = (rng.uniform(0.18, 0.45) + pools)[:, :, None] * tint
    noise = rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(rng.uniform(0.01, 0.04))
    return np.asarray((picture * light + noise).clip(0.0, 1.0), np.float32)


def _misty(picture: Field, rng: np.random.Generator) -> Field:
    """A veil that is thicker here than there."""
    size = (picture.shape[0], picture.shape[1])
    drift = fractal(size, rng, cells=(2.0, 3.0), octaves=4)
    veil = (rng.uniform(0.0, 0.3) + rng.uniform(0.0, 0.5) * np.maximum(drift - 0.4, 0.0))[:, :, None]
    return np.asarray(picture * (1.0 - veil) + veil * np.float32(rng.uniform(0.65, 0.95)), np.float32)


def _focused(picture: Field, rng: np.random.Generator) -> Field:
    """Sharp, soft, moved, upscaled or sharpened by the camera."""
    steps: list[Step] = [_same, _soft, _moved, _upscaled, _sharpened]
    return steps[int(rng.choice(5, p=[0.25, 0.3, 0.1, 0.15, 0.2]))](picture, rng)


def _same(picture: Field, rng: np.random.Generator) -> Field:
    return picture


def _soft(picture: Field, rng: np.random.Generator) -> Field:
    import cv2

    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5)), np.float32)


def _moved(picture: Field, rng: np.random.Generator) -> Field:
    import cv2

    side = int(rng.integers(3, 10))
    kernel = np.zeros((side, side), np.float32)
    ends = [(0, int(rng.integers(side))), (side - 1, int(rng.integers(side)))]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)


def _upscaled(picture: Field, rng: np.random.Generator) -> Field:
    import cv2

    share = rng.uniform(0.45, 0.85)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    whole = cv2.resize(small, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.float32)


def _sharpened(picture: Field, rng: np.random.Generator) -> Field:
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    return np.asarray(picture + np.float32(rng.uniform(0.3, 1.1)) * (picture - soft), np.float32)


def _noisy(picture: Field, rng: np.random.Generator) -> Field:
    """Sensor noise: of light (with the root of the signal) and of reading."""
    noise = rng.standard_normal(picture.shape, dtype=np.float32)
    strength = np.sqrt(np.maximum(picture, 0.0)) * np.float32(rng.uniform(0.0, 0.03))
    return np.asarray(picture + noise * (strength + np.float32(rng.uniform(0.0, 0.01))), np.float32)
