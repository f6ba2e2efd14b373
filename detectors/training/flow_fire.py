"""Flames out of the small fluid of `flow.py`: single tongues, heaps and broad fires, seen from the side."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from detectors.training.fire_sprites import heat_sprite
from detectors.training.flow import Gas, Source, flow
from detectors.training.sprites import Sprite
from detectors.training.turbulence import Field, fractal, ridged, smoothstep, warped

# So many fires burn for a whole set, each looked at so often: one costs about half a second, and cropping,
# mirroring, stretching and colour make many out of a look.
FIRES = 40
LOOKS = 6
FIRST_STEP, STEPS_BETWEEN = 60, 9
# Of the fluid's height, below which its source shows as a blot.
FOOT = 0.16


def flow_fire(rng: np.random.Generator, height_px: int, camera: np.random.Generator | None = None) -> Sprite:
    """One fire of one or several tongues; ``height_px`` is the sprite's height. ``camera`` draws exposure and
    colour, so that the flames of one picture can share them."""
    looks = _burnt(int(rng.integers(FIRES)))
    heat = _seen(looks[int(rng.integers(len(looks)))], rng, height_px)
    height_m = float(rng.uniform(0.5, 15.0))
    return heat_sprite(heat, camera or rng, width_m=height_m * heat.shape[1] / heat.shape[0], upright=True)


# A fire of one number is always the same: this only spares working it out again.
@lru_cache(maxsize=FIRES)
def _burnt(number: int) -> tuple[npt.NDArray[np.uint8], ...]:
    rng = np.random.default_rng([71, number])
    shape = (128, 96) if rng.random() < 0.6 else (96, 144)
    gas = Gas(
        buoyancy=rng.uniform(0.06, 0.12),
        curl=rng.uniform(0.6, 1.0),
        updraft=rng.uniform(1.0, 1.7),
        swell=rng.uniform(0.02, 0.09),
        wind=rng.normal(0.0, 0.35),
        cooling=rng.uniform(0.011, 0.022),
        thinning=0.03,
        gusts=rng.uniform(0.15, 0.3),
    )
    count = int(rng.integers(1, 3 if shape[1] < shape[0] else 7))
    sources = tuple(
        Source(rng.uniform(0.25, 0.75), rng.uniform(0.05, 0.16), rng.uniform(0.7, 1.0)) for _ in range(count)
    )
    seen = flow(shape, gas, sources, rng, steps=FIRST_STEP + LOOKS * STEPS_BETWEEN)
    wanted = range(FIRST_STEP, FIRST_STEP + LOOKS * STEPS_BETWEEN, STEPS_BETWEEN)
    return tuple(
        _cut((look.heat * 255.0).astype(np.uint8)) for step, look in enumerate(seen) if step in wanted
    )


def _cut(heat: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Without the cold all round and the blot at the foot."""
    above = heat[: round(heat.shape[0] * (1.0 - FOOT))]
    hot = above > 20
    columns, rows = np.flatnonzero(hot.any(axis=0)), np.flatnonzero(hot.any(axis=1))
    if not len(columns):
        return heat
    return np.ascontiguousarray(above[rows[0] :, columns[0] : columns[-1] + 1])


def _seen(look: npt.NDArray[np.uint8], rng: np.random.Generator, height_px: int) -> Field:
    import cv2

    aspect = look.shape[1] / look.shape[0] * float(np.exp(rng.normal(0.0, 0.25)))
    shape = (height_px, max(8, round(height_px * min(aspect, 4.0))))
    flipped = look[:, ::-1] if rng.random() < 0.5 else look
    framed = cv2.copyMakeBorder(np.ascontiguousarray(flipped), 6, 0, 6, 6, cv2.BORDER_CONSTANT)
    heat = cv2.resize(framed, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    heat = heat / (float(heat.max()) + 1e-6)
    return _licked(np.asarray(heat, np.float32), rng) * _foot(shape, rng)


def _licked(heat: Field, rng: np.random.Generator) -> Field:
    """Finer folds than the fluid's grid holds."""
    shape = (heat.shape[0], heat.shape[1])
    across = max(3.0, 10.0 * shape[1] / shape[0])
    sway = (fractal(shape, rng, cells=(8.0, across)) - 0.5) * 0.08 * min(shape)
    lift = (fractal(shape, rng, cells=(6.0, across)) - 0.5) * 0.12 * shape[0]
    strands = ridged(shape, rng, cells=(5.0, 1.5 * across), octaves=4)
    return warped(heat, sway, lift) * (0.75 + 0.4 * strands)


def _foot(shape: tuple[int, int], rng: np.random.Generator) -> Field:
    """1 above, and a ragged end at the foot, where fuel and grass stand before the flames."""
    up = np.linspace(1.0, 0.0, shape[0], dtype=np.float32)[:, None]
    ragged = 0.18 * fractal((1, shape[1]), rng, cells=(1.0, 10.0))
    return smoothstep(0.0, 0.05, np.asarray(up - ragged + 0.06, np.float32))
