"""A street by night: coloured pools of light, and the lamps themselves in the picture."""

from __future__ import annotations

import numpy as np

from detectors.training.turbulence import Field, fractal

# Lamps of streets and shops, BGR: sodium, white, cool white, red, green, magenta, blue.
LAMPS_BGR = np.array(
    [(0.3, 0.65, 1.0), (0.8, 0.95, 1.0), (1.0, 0.95, 0.85), (0.2, 0.2, 1.0), (0.4, 1.0, 0.4), (1.0, 0.3, 1.0),
     (1.0, 0.5, 0.2)], np.float32
)  # fmt: skip
OFTEN = (0.3, 0.25, 0.2, 0.09, 0.05, 0.06, 0.05)
# The darkest street that a camera still shows people on, against the same street by day.
AMBIENT = (0.12, 0.4)


def lamplit(picture: Field, rng: np.random.Generator) -> Field:
    """``picture`` (h, w, 3) BGR 0..1 dimmed, with one to three colours of light, lamps and noise."""
    size = (picture.shape[0], picture.shape[1])
    light = np.full(picture.shape, rng.uniform(*AMBIENT), np.float32)
    for colour in _colours(rng, int(rng.integers(1, 4))):
        pools = np.maximum(fractal(size, rng, cells=(5.0, 5.0), octaves=2) - 0.5, 0.0)
        # On a lit street one colour never stands alone: the others' light mixes in.
        mixed = colour + (1.0 - colour) * np.float32(rng.uniform(0.2, 0.7))
        light += pools[:, :, None] * (mixed * np.float32(rng.uniform(0.5, 4.0)))
    noise = rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(rng.uniform(0.005, 0.03))
    return np.asarray((picture * light + _lamps(size, rng) + noise).clip(0.0, 1.0), np.float32)


def _lamps(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """Points of light and the glow about them, (h, w, 3)."""
    import cv2

    points = np.zeros((*size, 3), np.float32)
    for colour in _colours(rng, int(rng.integers(0, 40))):
        at = (int(rng.integers(size[1])), int(rng.integers(size[0])))
        cv2.circle(points, at, int(rng.integers(1, 4)), (colour * 1.5).tolist(), -1)
    glow = cv2.GaussianBlur(points, (0, 0), float(rng.uniform(4.0, 12.0)))
    return np.asarray(cv2.GaussianBlur(points, (0, 0), 1.0) + glow * np.float32(rng.uniform(1.0, 4.0)))


def _colours(rng: np.random.Generator, count: int) -> Field:
    return np.asarray(LAMPS_BGR[rng.choice(len(LAMPS_BGR), size=count, p=OFTEN)], np.float32)
