"""Flames, drawn from noise: seen from the side as tongues, seen from above as spots and fronts."""

from __future__ import annotations

import numpy as np

from detectors.training.sprites import Sprite, seen_box_px
from detectors.training.turbulence import Field, fractal, ridged, smoothstep, warped

# From the cool edge to the hot core of a sooty flame, as a camera shows it: about 900 to 1500 K for wood
# (Drysdale, An Introduction to Fire Dynamics, ch. 1), the core beyond the camera's range.
RAMP_AT = (0.0, 0.18, 0.38, 0.58, 0.8, 1.0)
RAMP_RGB = (
    (0.22, 0.01, 0.0),
    (0.62, 0.10, 0.02),
    (0.95, 0.36, 0.05),
    (1.0, 0.60, 0.13),
    (1.0, 0.85, 0.42),
    (1.0, 0.99, 0.86),
)
# What an eye would box: below this a flame is a faint shimmer.
SEEN_ALPHA = 0.4


def side_fire(rng: np.random.Generator, height_px: int) -> Sprite:
    """Flames from the side, of one bush or a whole front; ``height_px`` is the sprite's height."""
    aspect = float(np.exp(rng.uniform(np.log(0.45), np.log(3.2))))
    shape = (height_px, max(8, round(height_px * aspect)))
    heat = _tongues(shape, rng) * _texture(shape, rng)
    height_m = rng.uniform(0.5, 15.0)
    return heat_sprite(heat, rng, width_m=height_m * aspect, upright=True)


def spot_fire(rng: np.random.Generator, height_px: int) -> Sprite:
    """A fire of a heap or a bush from above: a ragged blob."""
    shape = (height_px, max(8, round(height_px * rng.uniform(0.7, 1.5))))
    ragged = fractal(shape, rng, cells=(3.0, 3.0))
    heat = np.clip(1.25 - 1.1 * _radius(shape) - 1.5 * (ragged - 0.35), 0.0, 1.0)
    return heat_sprite(heat * _texture(shape, rng), rng, width_m=rng.uniform(0.5, 6.0), upright=False)


def front_fire(rng: np.random.Generator, height_px: int) -> Sprite:
    """A fire front from above: a wavering broken line."""
    shape = (height_px, round(height_px * rng.uniform(1.5, 5.0)))
    middle = height_px * (0.5 + 0.55 * (fractal((1, shape[1]), rng, cells=(1.0, 2.0))[0] - 0.5))
    rows = np.indices(shape, dtype=np.float32)[0]
    thick_px = (
        height_px * rng.uniform(0.06, 0.2) * (0.4 + 1.2 * fractal((1, shape[1]), rng, cells=(1.0, 6.0))[0])
    )
    heat = np.exp(-(((rows - middle) / thick_px) ** 2)).astype(np.float32)
    broken = smoothstep(0.3, 0.5, fractal((1, shape[1]), rng, cells=(1.0, 5.0)))
    return heat_sprite(
        heat * broken * _texture(shape, rng), rng, width_m=rng.uniform(3.0, 15.0), upright=False
    )


def heat_sprite(heat: Field, rng: np.random.Generator, *, width_m: float, upright: bool) -> Sprite:
    """Flames as hot as ``heat`` (height, width) >= 0, seen by a camera of random exposure and colour."""
    hottest = float(np.quantile(heat, 0.995)) + 1e-6
    # Exposure decides whether the core is burnt out to white or stays orange.
    exposed = np.clip(heat / hottest * rng.uniform(0.65, 1.15), 0.0, 1.0)
    shaded = _ramp(np.asarray(exposed, np.float32), rng)
    box_px = seen_box_px(shaded[:, :, 3], SEEN_ALPHA) or (0, 0, heat.shape[1], heat.shape[0])
    return Sprite(shaded, "fire", box_px, width_m=width_m, upright=upright)


def _ramp(heat: Field, rng: np.random.Generator) -> Field:
    rgb = np.stack([np.interp(heat, RAMP_AT, [stop[k] for stop in RAMP_RGB]) for k in range(3)], axis=2)
    # Cameras differ: red to yellow flames, and pale or pink ones where the red channel is clipped.
    rgb[:, :, 1] *= rng.uniform(0.8, 1.12)
    rgb += rng.choice([0.0, rng.uniform(0.0, 0.25)], p=[0.75, 0.25]) * np.array([0.0, 0.3, 0.6])
    edge = float(rng.uniform(0.25, 0.5))
    alpha = smoothstep(0.06, edge, heat) * np.float32(rng.uniform(0.85, 1.0))
    return np.dstack([np.clip(rgb, 0.0, 1.0) * alpha[:, :, None], alpha]).astype(np.float32)


def _tongues(shape: tuple[int, int], rng: np.random.Generator) -> Field:
    """0..1: where flame may be, from several tongues on one base; row 0 is the top."""
    height_px, width_px = shape
    rows, columns = np.indices(shape, dtype=np.float32)
    up = 1.0 - rows / height_px
    across = columns / width_px
    reach = np.zeros(shape, np.float32)
    count = int(rng.integers(1, 4 + 5 * width_px // height_px))
    for _ in range(count):
        middle, half, top = rng.uniform(0.16, 0.84), rng.uniform(0.08, 0.3), rng.uniform(0.35, 0.98)
        lean = rng.normal(0.0, 0.08)
        narrowing = half * np.sqrt(np.clip(1.0 - up / top, 0.0, 1.0)) + 1e-3
        tongue = np.clip(1.15 - np.abs(across - middle - lean * up) / narrowing, 0.0, 1.0)
        # Without the end at the top a thread as thin as a crack would go on.
        reach = np.maximum(reach, tongue * (up < top))
    sway = (fractal(shape, rng, cells=(3.0, 3.0)) - 0.5) * (0.25 + up) * 0.35 * min(shape)
    lift = (fractal(shape, rng, cells=(3.0, 5.0)) - 0.5) * 0.4 * height_px
    base = smoothstep(0.0, 0.06, np.asarray(up, np.float32))
    return warped(
        np.asarray(reach * base, np.float32), np.asarray(sway, np.float32), np.asarray(lift, np.float32)
    )


def _texture(shape: tuple[int, int], rng: np.random.Generator) -> Field:
    """Filaments and folds, longer upward than across, in about 0.3..1."""
    across = max(2.0, 4.0 * shape[1] / shape[0])
    strands = ridged(shape, rng, cells=(2.0, 1.5 * across), octaves=5) ** 2
    folds = fractal(shape, rng, cells=(3.0, across))
    bent = np.asarray((fractal(shape, rng, cells=(2.0, 2.0)) - 0.5) * 0.4 * min(shape), np.float32)
    return warped(np.asarray(0.1 + 0.6 * strands + 0.6 * folds, np.float32), bent, np.flipud(bent))


def _radius(shape: tuple[int, int]) -> Field:
    """Distance from the middle, 1 at the middle of each edge."""
    rows, columns = np.indices(shape, dtype=np.float32)
    return np.asarray(
        np.hypot(2.0 * (columns + 0.5) / shape[1] - 1.0, 2.0 * (rows + 0.5) / shape[0] - 1.0), np.float32
    )


FIRE_SPRITES = {"side": side_fire, "spot": spot_fire, "front": front_fire}
