"""What cameras, light and video coding do to a picture, at random."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

# Shares chosen so that about half of the pictures keep their own sharpness: rendered ones are already
# degraded, and a net that only sees poor pictures loses small things.
BLUR_SHARE = 0.10
SOFT_SHARE = 0.08
NOISE_SHARE = 0.08
JPEG_SHARE = 0.20
GREY_SHARE = 0.05
# Of the grey ones, as a thermal camera set to "black is hot".
INVERTED_SHARE = 0.25


def degrade(image_bgr: Image, rng: np.random.Generator) -> Image:
    """``image_bgr`` (h, w, 3) under other light, colour, sharpness, noise and coding."""
    import cv2

    image = np.ascontiguousarray(image_bgr)
    if rng.random() < 0.5:
        image = _hue_and_saturation(image, rng)
    image = cv2.LUT(image, _tone_table(rng)).astype(np.uint8, copy=False)
    if rng.random() < GREY_SHARE:
        image = _grey(image, rng)
    if rng.random() < BLUR_SHARE:
        image = _blurred(image, rng)
    if rng.random() < SOFT_SHARE:
        image = _soft(image, rng)
    if rng.random() < NOISE_SHARE:
        image = _noisy(image, rng)
    if rng.random() < JPEG_SHARE:
        image = _recoded(image, rng)
    return image


def _tone_table(rng: np.random.Generator) -> Image:
    """A table (1, 256, 3) of gain, gamma and offset, a little different for each channel."""
    gain = np.exp(rng.normal(0.0, 0.12)) * np.exp(rng.normal(0.0, 0.03, 3))
    gamma = np.exp(rng.normal(0.0, 0.1))
    offset = rng.normal(0.0, 5.0)
    levels = np.linspace(0.0, 1.0, 256)[:, None] ** gamma * gain * 255.0 + offset
    return np.clip(levels, 0.0, 255.0).astype(np.uint8)[None]


def _hue_and_saturation(image: Image, rng: np.random.Generator) -> Image:
    import cv2

    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    levels = np.arange(256)
    # OpenCV's hue has 180 steps of 2 degrees. Fire and earth must keep their colour, so it moves little.
    hue = ((levels + round(rng.normal(0.0, 3.0))) % 180).astype(np.uint8)
    saturation = np.clip(levels * np.exp(rng.normal(0.0, 0.2)), 0, 255).astype(np.uint8)
    table = np.stack([hue, saturation, levels.astype(np.uint8)], axis=1)[None]
    return cv2.cvtColor(cv2.LUT(hsv, table), cv2.COLOR_HSV2BGR).astype(np.uint8, copy=False)


def _grey(image: Image, rng: np.random.Generator) -> Image:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if rng.random() < INVERTED_SHARE:
        grey = 255 - grey
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8, copy=False)


def _blurred(image: Image, rng: np.random.Generator) -> Image:
    import cv2

    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.3)).astype(np.uint8, copy=False)
    return cv2.filter2D(image, -1, _motion_kernel(rng)).astype(np.uint8, copy=False)


def _motion_kernel(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A line of 2 to 5 px through the middle, at any angle."""
    import cv2

    kernel = np.zeros((7, 7), np.float32)
    angle_rad, half_px = rng.uniform(0.0, np.pi), rng.uniform(1.0, 2.5)
    step = half_px * np.array([np.cos(angle_rad), np.sin(angle_rad)])
    ends = [tuple(int(v) for v in np.round((3.0 + sign * step) * 16)) for sign in (-1.0, 1.0)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    return kernel / max(float(kernel.sum()), 1e-6)


def _soft(image: Image, rng: np.random.Generator) -> Image:
    """Smaller and back, as a stream that was scaled on the way."""
    import cv2

    height, width = image.shape[:2]
    factor = rng.uniform(0.45, 0.85)
    small = cv2.resize(image, (int(width * factor), int(height * factor)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _noisy(image: Image, rng: np.random.Generator) -> Image:
    import cv2

    noise = np.empty(image.shape, np.int16)
    # OpenCV's generator is ten times as fast as numpy's; seeded, so that the picture depends on rng only.
    cv2.setRNGSeed(int(rng.integers(1 << 31)))
    spread = float(rng.uniform(2.0, 12.0))
    cv2.randn(noise, np.zeros(3), np.full(3, spread))
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _recoded(image: Image, rng: np.random.Generator) -> Image:
    import cv2

    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return np.asarray(decoded, np.uint8)
