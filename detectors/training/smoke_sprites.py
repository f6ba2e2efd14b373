"""Smoke: columns and banks of shaded puffs, and thin veils."""

from __future__ import annotations

import numpy as np

from detectors.training.sprites import Sprite, seen_box_px
from detectors.training.turbulence import Field, fractal, smoothstep, warped

# Brightness from damp leaves (white) over wood (grey, brown) to rubber and oil (black).
TINTS_RGB = (
    (0.93, 0.93, 0.94),
    (0.82, 0.84, 0.87),
    (0.62, 0.63, 0.65),
    (0.58, 0.51, 0.43),
    (0.36, 0.34, 0.33),
    (0.13, 0.12, 0.12),
)
# A thin dark veil cannot be told from a cloud's shadow.
THIN_TINTS = 3
DARK = 0.5
# What an eye would box: thinner smoke is haze.
SEEN_ALPHA = 0.15


def column(rng: np.random.Generator, height_px: int) -> Sprite:
    """A plume from a source at the bottom, seen from the side: it rises, widens and leans with the wind."""
    shape = (height_px, max(16, round(height_px * rng.uniform(0.4, 1.6))))
    return _plume(shape, rng, drift=rng.normal(0.0, 0.3), width_m=rng.uniform(3.0, 60.0), upright=True)


def drift(rng: np.random.Generator, height_px: int) -> Sprite:
    """A plume from above: from a point along the wind, ever wider and thinner."""
    upright = column(rng, height_px)
    quarter_turns = int(rng.integers(4))
    turned = np.rot90(upright.rgba, quarter_turns).copy()
    return boxed(turned, width_m=upright.width_m, upright=False)


def bank(rng: np.random.Generator, height_px: int) -> Sprite:
    """A body of smoke without a visible source, as over a large fire or in a street."""
    shape = (height_px, max(16, round(height_px * rng.uniform(0.8, 2.5))))
    rgba = np.zeros((*shape, 4), np.float32)
    colour, light = tint(rng), rng.uniform(-1.0, 1.0, 2)
    for _ in range(int(rng.integers(10, 45))):
        place = (rng.normal(0.5, 0.17) * shape[1], rng.normal(0.5, 0.17) * shape[0])
        strength = rng.uniform(0.6 if colour.mean() < DARK else 0.3, 0.9)
        _puff(rgba, place, rng.uniform(0.12, 0.32) * min(shape), strength, colour, light, rng)
    return boxed(_frayed(rgba, rng), width_m=rng.uniform(5.0, 80.0), upright=True)


def veil(rng: np.random.Generator, height_px: int) -> Sprite:
    """Thin smoke through which the ground is seen."""
    shape = (height_px, max(16, round(height_px * rng.uniform(0.7, 2.5))))
    rows, columns = np.indices(shape, dtype=np.float32)
    away = np.hypot(2.0 * columns / shape[1] - 1.0, 2.0 * rows / shape[0] - 1.0)
    body = smoothstep(
        1.0, 0.2, np.asarray(away + 0.7 * (fractal(shape, rng, cells=(2.0, 2.0)) - 0.5), np.float32)
    )
    alpha = body * rng.uniform(0.45, 0.8) * (0.4 + 0.9 * fractal(shape, rng, cells=(3.0, 3.0)))
    rgb = np.broadcast_to(tint(rng, tints=THIN_TINTS), (*shape, 3))
    return boxed(
        _premultiplied(rgb, np.asarray(alpha, np.float32)), width_m=rng.uniform(3.0, 40.0), upright=False
    )


def _plume(
    shape: tuple[int, int], rng: np.random.Generator, *, drift: float, width_m: float, upright: bool
) -> Sprite:
    height_px, width_px = shape
    rgba = np.zeros((*shape, 4), np.float32)
    colour, light = tint(rng), rng.uniform(-1.0, 1.0, 2)
    start = 0.5 * width_px - 0.4 * drift * height_px
    narrow, wide = rng.uniform(0.03, 0.12) * width_px, rng.uniform(0.14, 0.3) * width_px
    thick, thinning = rng.uniform(0.5, 0.95), rng.uniform(0.2, 0.9)
    if colour.mean() < DARK:
        thick, thinning = max(thick, 0.85), min(thinning, 0.5)
    wander = (fractal((1, 64), rng, cells=(1.0, 2.0), octaves=2)[0] - 0.5) * 0.5 * width_px
    # From far to near: the lowest, densest puffs are drawn last.
    for up in np.sort(rng.uniform(0.02, 0.92, int(rng.integers(25, 70))))[::-1]:
        radius_px = narrow + (wide - narrow) * up ** rng.uniform(0.6, 1.0)
        across_px = (
            start + drift * up * height_px + wander[int(63 * up)] * up + rng.normal(0.0, 0.45) * radius_px
        )
        place = (across_px, (1.0 - up) * height_px * 0.94)
        _puff(rgba, place, radius_px, thick * (1.0 - thinning * up), colour, light, rng)
    return boxed(_frayed(rgba, rng), width_m=width_m, upright=upright)


def _puff(
    rgba: Field,
    place_px: tuple[float, float],
    radius_px: float,
    strength: float,
    colour: Field,
    light: np.ndarray[tuple[int], np.dtype[np.float64]],
    rng: np.random.Generator,
) -> None:
    """Draws one lit ball with a soft ragged rim onto ``rgba``, in place."""
    reach = int(np.ceil(radius_px * 1.3)) + 1
    x0, y0 = round(place_px[0]) - reach, round(place_px[1]) - reach
    left, top = max(x0, 0), max(y0, 0)
    right, bottom = min(x0 + 2 * reach, rgba.shape[1]), min(y0 + 2 * reach, rgba.shape[0])
    if left >= right or top >= bottom:
        return
    rows, columns = np.indices((bottom - top, right - left), dtype=np.float32)
    across = (columns + left - place_px[0]) / radius_px
    down = (rows + top - place_px[1]) / radius_px
    ragged = fractal(across.shape, rng, cells=(2.0, 2.0), octaves=4)
    away = np.hypot(across, down) + 0.9 * (ragged - 0.5)
    alpha = strength * smoothstep(1.1, 0.55, np.asarray(away, np.float32))
    bright = 1.0 + 0.2 * (across * light[0] + down * light[1]) + 0.8 * (ragged - 0.5)
    part = rgba[top:bottom, left:right]
    part *= 1.0 - alpha[:, :, None]
    part += _premultiplied(np.clip(bright[:, :, None] * colour, 0.0, 1.0), alpha)


def _frayed(rgba: Field, rng: np.random.Generator) -> Field:
    """``rgba`` stirred at small scale and softened: smoke has no rim."""
    import cv2

    shape = rgba.shape[:2]
    size = min(shape)
    stirred = warped(
        rgba,
        (fractal(shape, rng, cells=(6.0, 6.0)) - 0.5) * 0.12 * size,
        (fractal(shape, rng, cells=(6.0, 6.0)) - 0.5) * 0.12 * size,
    )
    soft = cv2.GaussianBlur(stirred, (0, 0), max(0.4, rng.uniform(0.001, 0.01) * size))
    thinned = np.asarray(soft, np.float32) * (0.75 + 0.5 * fractal(shape, rng, cells=(4.0, 4.0)))[:, :, None]
    thinned *= _away_from_edges(shape)[:, :, None]
    return np.asarray(np.clip(thinned, 0.0, 1.0), np.float32)


def _away_from_edges(shape: tuple[int, int]) -> Field:
    """1 inside, falling to 0 at the edges, so that no straight cut shows."""
    rows, columns = np.indices(shape, dtype=np.float32)
    nearest = np.minimum(np.minimum(columns, shape[1] - 1 - columns), np.minimum(rows, shape[0] - 1 - rows))
    return smoothstep(0.0, 0.06 * min(shape), nearest)


def tint(rng: np.random.Generator, *, tints: int = len(TINTS_RGB)) -> Field:
    """A colour of smoke, (3,) RGB in 0..1: one of the first ``tints``, a little varied."""
    colour = np.array(TINTS_RGB[int(rng.integers(tints))], np.float32)
    return np.asarray(
        np.clip(colour * rng.uniform(0.85, 1.08) + rng.normal(0.0, 0.015, 3), 0.0, 1.0), np.float32
    )


def _premultiplied(rgb: Field, alpha: Field) -> Field:
    return np.dstack([rgb * alpha[:, :, None], alpha]).astype(np.float32)


def boxed(rgba: Field, *, width_m: float, upright: bool) -> Sprite:
    """The sprite of smoke with its box around what is seen."""
    box_px = seen_box_px(rgba[:, :, 3], SEEN_ALPHA) or (0, 0, rgba.shape[1], rgba.shape[0])
    return Sprite(rgba, "smoke", box_px, width_m=width_m, upright=upright)


SMOKE_SPRITES = {"column": column, "drift": drift, "bank": bank, "veil": veil}
