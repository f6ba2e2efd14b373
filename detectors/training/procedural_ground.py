"""Tiles of ground drawn from noise. Each is (SIDE_PX, SIDE_PX, 3) uint8 RGB with a mean of about mid grey:
the colour comes from the material's tint, the tile brings the pattern and its small changes of hue."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from detectors.training.turbulence import Field, fractal, ridged, smoothstep
from detectors.types import ByteImage

SIDE_PX = 512
SIZE = (SIDE_PX, SIDE_PX)
TileMaker = Callable[[np.random.Generator], ByteImage]


def water(rng: np.random.Generator) -> ByteImage:
    """Ripples, longer across the wind than along it."""
    coarse = fractal(SIZE, rng, cells=(5.0, 12.0), octaves=4)
    fine = fractal(SIZE, rng, cells=(24.0, 50.0), octaves=4)
    return _tile(0.5 + 0.12 * (coarse - 0.5) + 0.2 * (fine - 0.5), rng, hue=0.0)


def foamy_water(rng: np.random.Generator) -> ByteImage:
    """Rapids and surf: ripples with torn white streaks."""
    ripples = fractal(SIZE, rng, cells=(10.0, 30.0), octaves=5)
    streaks = smoothstep(0.86, 0.97, ridged(SIZE, rng, cells=(14.0, 26.0), octaves=6))
    where = smoothstep(0.5, 0.62, fractal(SIZE, rng, cells=(7.0, 7.0)))
    return _tile(0.45 + 0.15 * (ripples - 0.5) + 0.5 * streaks * where, rng, hue=0.0)


def grass(rng: np.random.Generator) -> ByteImage:
    """Tufts and worn patches."""
    tufts = fractal(SIZE, rng, cells=(60.0, 60.0), octaves=4)
    patches = fractal(SIZE, rng, cells=(4.0, 4.0))
    return _tile(0.5 + 0.7 * (tufts - 0.5) + 0.35 * (patches - 0.5), rng, hue=0.12)


def litter(rng: np.random.Generator) -> ByteImage:
    """Dry leaves and twigs on dark soil."""
    import cv2

    soil = np.asarray(0.36 + 0.4 * (fractal(SIZE, rng, cells=(16.0, 16.0)) - 0.5), np.float32)
    picture = np.repeat(soil[:, :, None], 3, axis=2)
    for _ in range(2500):
        centre = tuple(int(value) for value in rng.integers(0, SIDE_PX, 2))
        shape = (int(rng.integers(2, 7)), int(rng.integers(1, 4)))
        shade = rng.uniform(0.25, 0.95) * np.array([1.1, rng.uniform(0.8, 1.0), rng.uniform(0.55, 0.8)])
        cv2.ellipse(picture, centre, shape, float(rng.uniform(0, 180)), 0, 360, shade.tolist(), -1)
    for _ in range(60):
        start = rng.uniform(0, SIDE_PX, 2)
        end = start + rng.normal(0.0, 35.0, 2)
        shade = rng.uniform(0.3, 0.8) * np.array([1.0, 0.95, 0.85])
        ends = [tuple(int(value) for value in point) for point in (start, end)]
        cv2.line(picture, ends[0], ends[1], shade.tolist(), int(rng.integers(1, 3)), cv2.LINE_AA)
    return _bytes(picture)


def soil(rng: np.random.Generator) -> ByteImage:
    """Bare earth with stones and damp patches."""
    patches = fractal(SIZE, rng, cells=(5.0, 5.0))
    grain = fractal(SIZE, rng, cells=(90.0, 90.0), octaves=3)
    stones = smoothstep(0.74, 0.8, fractal(SIZE, rng, cells=(70.0, 70.0), octaves=2))
    return _tile(0.48 + 0.45 * (patches - 0.5) + 0.35 * (grain - 0.5) + 0.25 * stones, rng, hue=0.06)


def churned(rng: np.random.Generator) -> ByteImage:
    """Earth torn by tracked machines: bark, chips, wheel tracks crossing."""
    import cv2

    base = fractal(SIZE, rng, cells=(14.0, 14.0), octaves=6)
    picture = np.asarray(0.46 + 0.7 * (base - 0.5), np.float32)
    for _ in range(7):
        ends = rng.uniform(-60.0, SIDE_PX + 60.0, (2, 2))
        across = np.array([ends[0, 1] - ends[1, 1], ends[1, 0] - ends[0, 0]])
        across *= 9.0 / max(float(np.hypot(*across)), 1.0)
        for side in (-1.0, 1.0):
            line = [tuple(int(value) for value in point + side * across) for point in ends]
            cv2.line(picture, line[0], line[1], float(rng.uniform(0.3, 0.42)), 6, cv2.LINE_AA)
    chips = smoothstep(0.7, 0.76, fractal(SIZE, rng, cells=(170.0, 170.0), octaves=2))
    return _tile(picture + 0.12 * chips, rng, hue=0.07)


def furrows(rng: np.random.Generator) -> ByteImage:
    """A ploughed field: rows along X, their spacing a divisor of the tile."""
    rows = np.linspace(0.0, 2.0 * np.pi * int(rng.integers(10, 24)), SIDE_PX, dtype=np.float32)[:, None]
    wander = 2.0 * (fractal(SIZE, rng, cells=(3.0, 3.0)) - 0.5)
    clods = fractal(SIZE, rng, cells=(70.0, 70.0), octaves=4)
    return _tile(0.5 + rng.uniform(0.06, 0.2) * np.sin(rows + wander) + 0.45 * (clods - 0.5), rng, hue=0.05)


def asphalt(rng: np.random.Generator) -> ByteImage:
    """A road's surface with patches and cracks."""
    grain = fractal(SIZE, rng, cells=(128.0, 128.0), octaves=3)
    stains = fractal(SIZE, rng, cells=(6.0, 6.0))
    cracks = smoothstep(0.985, 1.0, ridged(SIZE, rng, cells=(4.0, 4.0), octaves=5))
    return _tile(0.5 + 0.16 * (grain - 0.5) + 0.16 * (stains - 0.5) - 0.14 * cracks, rng, hue=0.01)


def slabs(rng: np.random.Generator) -> ByteImage:
    """Concrete or paving in slabs of slightly different grey, with dark seams."""
    count = int(rng.integers(10, 40))
    tones = np.kron(rng.normal(0.5, 0.02, (count, count)), np.ones((SIDE_PX // count + 1,) * 2))
    picture = np.asarray(tones[:SIDE_PX, :SIDE_PX], np.float32)
    seams = (np.arange(SIDE_PX) % (SIDE_PX // count + 1)) < 2
    picture[seams] -= 0.12
    picture[:, seams] -= 0.12
    stains = fractal(SIZE, rng, cells=(7.0, 7.0))
    return _tile(picture + 0.2 * (stains - 0.5), rng, hue=0.02)


def canopy(rng: np.random.Generator) -> ByteImage:
    """Closed forest or scrub from above, whose crowns need no trees of their own."""
    crowns = fractal(SIZE, rng, cells=(14.0, 14.0), octaves=2)
    leaves = fractal(SIZE, rng, cells=(70.0, 70.0), octaves=4)
    lit = smoothstep(0.32, 0.62, crowns)
    return _tile(0.14 + 0.5 * lit * (0.45 + leaves) + 0.2 * (leaves - 0.5), rng, hue=0.16)


TILES: Mapping[str, TileMaker] = {
    "water": water,
    "foamy_water": foamy_water,
    "grass": grass,
    "litter": litter,
    "soil": soil,
    "churned": churned,
    "furrows": furrows,
    "asphalt": asphalt,
    "slabs": slabs,
    "canopy": canopy,
}


def _tile(value: Field, rng: np.random.Generator, *, hue: float) -> ByteImage:
    tone = fractal(SIZE, rng, cells=(12.0, 12.0), octaves=4)[:, :, None] - np.float32(0.5)
    tilt = np.array([1.0, 0.1, -1.0], np.float32) * np.float32(hue)
    return _bytes(np.asarray(value[:, :, None] * (1.0 + 2.0 * tone * tilt), np.float32))


def _bytes(picture: Field) -> ByteImage:
    return np.asarray((picture * 255.0).clip(0.0, 255.0), np.uint8)
