"""Smoke out of the small fluid of `flow.py`: layers of rising gas, widened, bent by wind, lit by the sun."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from detectors.training.flow import Gas, Source, flow
from detectors.training.smoke_sprites import boxed, tint
from detectors.training.sprites import Sprite
from detectors.training.turbulence import Field, fractal, smoothstep, warped

# As for the fires: half a second each, for a whole set.
PLUMES = 40
LOOKS = 4
FIRST_STEP, STEPS_BETWEEN = 110, 22
FOOT = 0.1
# The sun's way through the smoke is walked in so many strides; one is this share of the sprite's height.
STRIDES = 8
STRIDE = 0.012
# Of the light on the sunny side: what the sky and the smoke itself throw into the shade. Black smoke takes up
# what white smoke scatters.
SHADE_WHITE, SHADE_BLACK = 0.55, 0.25


def flow_plume(rng: np.random.Generator, height_px: int) -> Sprite:
    """A column from a point, or what rises from a whole front, leaning with the wind."""
    front = rng.random() < 0.35
    aspect = rng.uniform(0.9, 2.4) if front else float(np.exp(rng.uniform(np.log(0.35), np.log(1.6))))
    shape = (height_px, max(16, round(height_px * aspect)))
    rgba = np.zeros((*shape, 4), np.float32)
    colour, thick = tint(rng), float(np.exp(rng.uniform(np.log(1.2), np.log(9.0))))
    sun, bend = _sun(rng), rng.normal(0.0, 0.45) * shape[1]
    grow = rng.uniform(0.4, 3.0)
    for _ in range(int(rng.integers(3, 9) if front else rng.integers(2, 6))):
        foot = rng.uniform(0.12, 0.88) if front else 0.5 - 0.3 * bend / shape[1] + rng.normal(0.0, 0.02)
        wide = rng.uniform(0.4, 1.1) if front else rng.uniform(1.0, 2.4)
        depth = thick * _layer(shape, rng, foot=foot, wide=wide, grow=grow, bend_px=bend)
        _add(rgba, depth, colour * rng.uniform(0.92, 1.05), sun)
    rgba *= (_away_from_edges(shape) * _thinning(shape, rng))[:, :, None]
    return boxed(np.clip(rgba, 0.0, 1.0), width_m=rng.uniform(3.0, 120.0), upright=True)


def flow_cloud(rng: np.random.Generator, height_px: int) -> Sprite:
    """A wide body of smoke over a wood or a field, without a foot."""
    shape = (height_px, max(16, round(height_px * rng.uniform(0.9, 3.0))))
    rgba = np.zeros((*shape, 4), np.float32)
    colour, thick, sun = tint(rng), float(np.exp(rng.uniform(np.log(0.5), np.log(4.0)))), _sun(rng)
    for _ in range(int(rng.integers(3, 7))):
        look = _turned(_picked(rng), int(rng.integers(4)))
        depth = thick * _ragged(_resized(look, shape), rng)
        _add(rgba, depth, colour * rng.uniform(0.92, 1.05), sun)
    rgba *= (_away_from_edges(shape) * _thinning(shape, rng))[:, :, None]
    return boxed(np.clip(rgba, 0.0, 1.0), width_m=rng.uniform(10.0, 150.0), upright=True)


@lru_cache(maxsize=PLUMES)
def _risen(number: int) -> tuple[npt.NDArray[np.uint8], ...]:
    rng = np.random.default_rng([72, number])
    gas = Gas(
        buoyancy=rng.uniform(0.02, 0.05),
        curl=rng.uniform(0.5, 0.9),
        updraft=rng.uniform(0.8, 1.2),
        swell=rng.uniform(0.015, 0.04),
        wind=rng.normal(0.0, 0.2),
        cooling=rng.uniform(0.004, 0.008),
        thinning=rng.uniform(0.002, 0.006),
        gusts=rng.uniform(0.08, 0.2),
    )
    sources = tuple(
        Source(rng.uniform(0.4, 0.6), rng.uniform(0.05, 0.14), rng.uniform(0.8, 1.0))
        for _ in range(int(rng.integers(1, 4)))
    )
    wanted = range(FIRST_STEP, FIRST_STEP + LOOKS * STEPS_BETWEEN, STEPS_BETWEEN)
    seen = flow((128, 112), gas, sources, rng, steps=wanted[-1] + 1)
    return tuple((look.density * 255.0).astype(np.uint8) for step, look in enumerate(seen) if step in wanted)


def _picked(rng: np.random.Generator) -> Field:
    looks = _risen(int(rng.integers(PLUMES)))
    look = looks[int(rng.integers(len(looks)))]
    return np.asarray(look[:, ::-1] if rng.random() < 0.5 else look, np.float32) / np.float32(255.0)


def _layer(
    shape: tuple[int, int], rng: np.random.Generator, *, foot: float, wide: float, grow: float, bend_px: float
) -> Field:
    """The density of one plume of width ``wide`` (of the sprite's) over ``foot``, wider with height."""
    import cv2

    look = _picked(rng)
    rows, columns = np.indices(shape, dtype=np.float32)
    up = (shape[0] - rows) / shape[0]
    middle = foot * shape[1] + bend_px * up ** np.float32(rng.uniform(1.0, 2.2))
    width = wide * shape[1] * (0.35 + grow * up) / (0.35 + grow)
    tall = rng.uniform(0.75, 1.0)
    from_x = (0.5 + (columns - middle) / width) * look.shape[1]
    from_y = (1.0 - FOOT - (1.0 - FOOT) * up * tall) * look.shape[0]
    read = cv2.remap(look, np.asarray(from_x, np.float32), np.asarray(from_y, np.float32), cv2.INTER_LINEAR)
    return _ragged(np.asarray(read, np.float32), rng)


def _ragged(density: Field, rng: np.random.Generator) -> Field:
    """Billows finer than the fluid's grid holds."""
    shape = (density.shape[0], density.shape[1])
    across = 9.0 * shape[1] / shape[0]
    sway = (fractal(shape, rng, cells=(9.0, across)) - 0.5) * 0.09 * min(shape)
    lift = (fractal(shape, rng, cells=(9.0, across)) - 0.5) * 0.09 * min(shape)
    lumps = fractal(shape, rng, cells=(12.0, 1.3 * across), octaves=4)
    return warped(density, sway, lift) * (0.35 + 1.3 * lumps)


def _add(rgba: Field, depth: Field, colour: Field, sun: tuple[float, float]) -> None:
    """Lays one lit layer of optical depth ``depth`` over ``rgba``, in place."""
    shade = SHADE_BLACK + (SHADE_WHITE - SHADE_BLACK) * float(colour.mean())
    light = shade + (1.0 - shade) * _sunlight(depth, sun)
    alpha = 1.0 - np.exp(-depth)
    rgb = np.clip(light[:, :, None] * colour * 1.1, 0.0, 1.0)
    rgba *= 1.0 - alpha[:, :, None]
    rgba += np.dstack([rgb * alpha[:, :, None], alpha])


def _sunlight(depth: Field, sun: tuple[float, float]) -> Field:
    """0..1: how much of the sun comes through the smoke between it and each point."""
    import cv2

    stride_px = max(1.0, STRIDE * depth.shape[0])
    passed = np.zeros_like(depth)
    for stride in range(1, STRIDES + 1):
        away = np.array([[1, 0, -sun[0] * stride * stride_px], [0, 1, -sun[1] * stride * stride_px]])
        moved = cv2.warpAffine(depth, away, (depth.shape[1], depth.shape[0]))
        passed += np.asarray(moved, np.float32)
    soft = cv2.GaussianBlur(passed, (0, 0), stride_px)
    return np.asarray(np.exp(-2.0 * soft / STRIDES), np.float32)


def _sun(rng: np.random.Generator) -> tuple[float, float]:
    """Where the sun stands in the picture, a unit vector; y is down, and the sun is mostly up."""
    angle = rng.normal(-np.pi / 2, 0.9)
    return float(np.cos(angle)), float(np.sin(angle))


def _thinning(shape: tuple[int, int], rng: np.random.Generator) -> Field:
    """Thinner with height by a share, and in holes."""
    up = np.linspace(1.0, 0.0, shape[0], dtype=np.float32)[:, None]
    holes = 1.0 - rng.uniform(0.0, 0.6) * smoothstep(0.5, 0.7, fractal(shape, rng, cells=(3.0, 3.0)))
    return np.asarray(holes * (1.0 - rng.uniform(0.0, 0.6) * up), np.float32)


def _away_from_edges(shape: tuple[int, int]) -> Field:
    """1 inside, falling to 0 at the sides and the top, so that no straight cut shows."""
    rows, columns = np.indices(shape, dtype=np.float32)
    side = np.minimum(columns, shape[1] - 1 - columns) / (0.12 * shape[1])
    top, foot = rows / (0.15 * shape[0]), (shape[0] - 1 - rows) / (0.02 * shape[0])
    return smoothstep(0.0, 1.0, np.asarray(np.minimum(np.minimum(side, top), foot), np.float32))


def _turned(look: Field, quarters: int) -> Field:
    return np.ascontiguousarray(np.rot90(look, quarters))


def _resized(look: Field, shape: tuple[int, int]) -> Field:
    import cv2

    return np.asarray(cv2.resize(look, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)
