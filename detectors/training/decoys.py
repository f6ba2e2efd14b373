"""What is mistaken for fire and smoke: mist, foam, clouds, glint, lamps, and things of fire's colours."""

from __future__ import annotations

import numpy as np

from detectors.training.sprites import Sprite
from detectors.training.turbulence import Field, fractal, ridged, smoothstep


def mist(rng: np.random.Generator, height_px: int) -> Sprite:
    """A flat bank of mist: wide, even, without a source, and thinner than the smoke that is labelled."""
    shape = (height_px, round(height_px * rng.uniform(2.5, 6.0)))
    alpha = rng.uniform(0.1, 0.3) * _bump(shape) * (0.5 + fractal(shape, rng, cells=(2.0, 6.0)))
    return _lying(np.array([0.90, 0.92, 0.94], np.float32), alpha, width_m=60.0)


def foam(rng: np.random.Generator, height_px: int) -> Sprite:
    """White water: threads and clots along a flow."""
    shape = (height_px, round(height_px * rng.uniform(1.0, 4.0)))
    threads = smoothstep(0.72, 0.95, ridged(shape, rng, cells=(8.0, 4.0)))
    alpha = (
        threads
        * _bump(shape)
        * rng.uniform(0.5, 1.0)
        * smoothstep(0.3, 0.6, fractal(shape, rng, cells=(4.0, 4.0)))
    )
    return _lying(np.array([0.93, 0.94, 0.92], np.float32), alpha, width_m=8.0)


def cloud_shadow(rng: np.random.Generator, height_px: int) -> Sprite:
    """A dark soft patch on the ground."""
    shape = (height_px, round(height_px * rng.uniform(0.8, 2.0)))
    alpha = rng.uniform(0.3, 0.6) * _bump(shape) * smoothstep(0.3, 0.6, fractal(shape, rng, cells=(2.0, 2.0)))
    return _lying(np.array([0.02, 0.03, 0.04], np.float32), alpha, width_m=60.0)


def cloud(rng: np.random.Generator, height_px: int) -> Sprite:
    """A cumulus with a flat base, for the sky."""
    shape = (height_px, round(height_px * rng.uniform(1.5, 4.0)))
    down = np.linspace(0.0, 1.0, height_px, dtype=np.float32)[:, None]
    heap = fractal(shape, rng, cells=(3.0, 5.0)) + 0.35 * _bump(shape) - 0.25
    alpha = (
        smoothstep(0.4, 0.6, np.asarray(heap, np.float32)) * smoothstep(1.0, 0.8, down) * _bump(shape) ** 0.5
    )
    shade = np.clip(1.0 - 0.25 * down + 0.1 * (heap - 0.5), 0.6, 1.0)
    rgb = np.asarray(shade[:, :, None] * np.array([0.97, 0.98, 1.0]), np.float32)
    return _standing(
        _premultiplied(rgb, np.asarray(alpha * rng.uniform(0.6, 1.0), np.float32)), width_m=300.0
    )


def glint(rng: np.random.Generator, height_px: int) -> Sprite:
    """The sun on ripples: white specks, dense in the middle."""
    shape = (height_px, round(height_px * rng.uniform(0.7, 2.5)))
    specks = rng.random(shape, dtype=np.float32) < 0.10 * _bump(shape) ** 2
    alpha = _blurred(specks.astype(np.float32), rng.uniform(0.5, 1.2)) * 2.5
    warm = rng.uniform(0.75, 1.0)
    return _lying(np.array([1.0, 0.5 + 0.5 * warm, warm], np.float32), np.clip(alpha, 0.0, 1.0), width_m=10.0)


def tarpaulin(rng: np.random.Generator, height_px: int) -> Sprite:
    """A creased sheet, or any flat painted thing, in a colour that may be fire's."""
    shape = (height_px, round(height_px * rng.uniform(0.6, 2.2)))
    colour = np.array(_pick(rng, SHEET_RGB), np.float32)
    shade = 0.75 + 0.5 * (ridged(shape, rng, cells=(3.0, 3.0), octaves=2) - 0.5)
    rgb = np.clip(shade[:, :, None] * colour, 0.0, 1.0)
    return _standing(_premultiplied(rgb, _polygon(shape, rng, corners=4)), width_m=4.0)


def roof(rng: np.random.Generator, height_px: int) -> Sprite:
    """A tiled roof from above: two slopes, one lit, rows of tiles."""
    shape = (height_px, round(height_px * rng.uniform(1.0, 2.2)))
    rows = np.indices(shape, dtype=np.float32)[0] / height_px
    colour = np.array(_pick(rng, ROOF_RGB), np.float32)
    tiles = 0.06 * np.sin(rows * rng.uniform(60.0, 160.0)) + 0.12 * (
        fractal(shape, rng, cells=(20.0, 20.0)) - 0.5
    )
    shade = np.where(rows < rng.uniform(0.35, 0.65), 1.1, rng.uniform(0.65, 0.9)) + tiles
    rgb = np.clip(shade[:, :, None] * colour, 0.0, 1.0)
    return _standing(_premultiplied(rgb, np.ones(shape, np.float32)), width_m=9.0)


def autumn_crown(rng: np.random.Generator, height_px: int) -> Sprite:
    """A tree crown, or a flowering one, in yellow to red: leafy texture, lit on one side."""
    shape = (height_px, round(height_px * rng.uniform(0.8, 1.3)))
    leaves = fractal(shape, rng, cells=(16.0, 16.0), octaves=4)
    alpha = smoothstep(0.12, 0.25, np.asarray(_bump(shape) + 0.9 * (leaves - 0.5), np.float32))
    slope = np.linspace(rng.uniform(0.7, 1.1), rng.uniform(0.6, 1.1), shape[1], dtype=np.float32)[None, :]
    shade = np.clip((0.1 + 1.2 * smoothstep(0.25, 0.8, leaves)) * slope, 0.0, 1.2)
    rgb = np.clip(shade[:, :, None] * np.array(_pick(rng, CROWN_RGB), np.float32), 0.0, 1.0)
    return _standing(_premultiplied(rgb, alpha), width_m=6.0)


def lamp(rng: np.random.Generator, height_px: int) -> Sprite:
    """A lamp at night: a small burnt-out core in a round halo, as even as no flame is."""
    shape = (height_px, height_px)
    away = 1.0 - _bump(shape)
    core = smoothstep(rng.uniform(0.1, 0.3), 0.05, away)
    halo = rng.uniform(0.15, 0.6) * np.clip(1.0 - away, 0.0, 1.0) ** 3
    colour = np.array(_pick(rng, LAMP_RGB), np.float32)
    rgb = core[:, :, None] + (1.0 - core[:, :, None]) * halo[:, :, None] * colour
    return _standing(np.dstack([rgb, core]).astype(np.float32), width_m=2.0)


def tail_lights(rng: np.random.Generator, height_px: int) -> Sprite:
    """The two red lamps of a vehicle."""
    one = lamp(rng, height_px).rgba * np.array([1.0, 0.25, 0.15, 1.0], np.float32)
    gap = np.zeros((height_px, int(rng.integers(1, 2 * height_px)), 4), np.float32)
    return _standing(np.concatenate([one, gap, one], axis=1), width_m=1.6)


def sunset(rng: np.random.Generator, height_px: int) -> Sprite:
    """A red sky, strongest low down, without a hard edge."""
    shape = (height_px, round(height_px * rng.uniform(2.0, 4.0)))
    down = np.linspace(0.0, 1.0, height_px, dtype=np.float32)[:, None]
    streaks = fractal(shape, rng, cells=(8.0, 2.0))
    rgb = np.stack([0.95 + 0 * streaks, 0.30 + 0.4 * streaks, 0.15 + 0.25 * streaks], axis=2)
    alpha = (down * smoothstep(1.0, 0.75, down) * 1.3 * (0.5 + 0.8 * streaks) * rng.uniform(0.4, 0.9)).clip(
        0.0, 1.0
    )
    return _standing(_premultiplied(rgb, alpha), width_m=1000.0)


def soil(rng: np.random.Generator, height_px: int) -> Sprite:
    """Bare red soil: flat, rough, as bright as its light and no brighter."""
    shape = (height_px, round(height_px * rng.uniform(0.7, 2.5)))
    ragged = 1.6 * (fractal(shape, rng, cells=(3.0, 3.0), octaves=7) - 0.5)
    alpha = smoothstep(0.35, 0.55, np.asarray(1.2 * _bump(shape) ** 0.7 + ragged, np.float32))
    alpha = alpha * smoothstep(0.0, 0.1, _bump(shape)) * np.float32(rng.uniform(0.5, 1.0))
    rough = 0.6 + 0.8 * fractal(shape, rng, cells=(24.0, 24.0), octaves=4)
    rgb = np.clip(rough[:, :, None] * np.array(_pick(rng, SOIL_RGB), np.float32), 0.0, 1.0)
    return _standing(_premultiplied(np.asarray(rgb, np.float32), alpha), width_m=12.0)


def dust(rng: np.random.Generator, height_px: int) -> Sprite:
    """Dust behind a car: a low trail, dense at one end, of the ground's colour."""
    shape = (height_px, round(height_px * rng.uniform(1.5, 5.0)))
    along = np.linspace(0.0, 1.0, shape[1], dtype=np.float32)[None, :]
    trail = smoothstep(0.0, 0.08, along) * (1.0 - along) ** rng.uniform(0.5, 1.5)
    alpha = (
        _bump(shape) ** 0.4 * trail * (0.3 + fractal(shape, rng, cells=(3.0, 8.0))) * rng.uniform(0.5, 0.9)
    )
    flipped = alpha[:, ::-1] if rng.random() < 0.5 else alpha
    return _lying(np.array(_pick(rng, DUST_RGB), np.float32), np.asarray(flipped, np.float32), width_m=20.0)


SOIL_RGB = ((0.56, 0.33, 0.21), (0.66, 0.42, 0.28), (0.48, 0.28, 0.20), (0.74, 0.54, 0.38))
DUST_RGB = ((0.80, 0.70, 0.56), (0.74, 0.55, 0.42), (0.82, 0.80, 0.76))
SHEET_RGB = (
    (1.0, 0.45, 0.05),
    (0.95, 0.75, 0.1),
    (0.85, 0.1, 0.08),
    (0.1, 0.35, 0.8),
    (0.9, 0.9, 0.9),
    (0.35, 0.3, 0.1),
)
ROOF_RGB = (
    (0.75, 0.30, 0.18),
    (0.62, 0.22, 0.15),
    (0.85, 0.42, 0.25),
    (0.45, 0.42, 0.40),
    (0.55, 0.25, 0.12),
)
CROWN_RGB = (
    (0.95, 0.55, 0.08),
    (0.70, 0.30, 0.14),
    (0.90, 0.74, 0.20),
    (0.68, 0.42, 0.20),
    (0.85, 0.45, 0.50),
)
LAMP_RGB = ((1.0, 0.75, 0.35), (1.0, 0.6, 0.2), (0.9, 0.95, 1.0), (1.0, 0.9, 0.6), (1.0, 0.3, 0.2))

DECOYS = {
    "mist": mist,
    "foam": foam,
    "cloud_shadow": cloud_shadow,
    "cloud": cloud,
    "glint": glint,
    "tarpaulin": tarpaulin,
    "roof": roof,
    "autumn_crown": autumn_crown,
    "lamp": lamp,
    "tail_lights": tail_lights,
    "sunset": sunset,
    "soil": soil,
    "dust": dust,
}


def _pick(
    rng: np.random.Generator, colours: tuple[tuple[float, float, float], ...]
) -> tuple[float, float, float]:
    return colours[int(rng.integers(len(colours)))]


def _bump(shape: tuple[int, int]) -> Field:
    """1 in the middle, 0 at the edges and beyond the inscribed ellipse."""
    rows, columns = np.indices(shape, dtype=np.float32)
    away = np.hypot(2.0 * (columns + 0.5) / shape[1] - 1.0, 2.0 * (rows + 0.5) / shape[0] - 1.0)
    return np.asarray(np.clip(1.0 - away, 0.0, 1.0), np.float32)


def _polygon(shape: tuple[int, int], rng: np.random.Generator, *, corners: int) -> Field:
    import cv2

    turn = np.sort(
        rng.uniform(0.0, 2.0 * np.pi)
        + (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2.0 * np.pi / corners
    )
    points = np.stack([0.5 + 0.46 * np.cos(turn), 0.5 + 0.46 * np.sin(turn)], axis=1) * (shape[1], shape[0])
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 255, lineType=cv2.LINE_AA)
    return np.asarray(mask, np.float32) / np.float32(255.0)


def _blurred(field: Field, sigma_px: float) -> Field:
    import cv2

    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma_px), np.float32)


def _premultiplied(rgb: Field, alpha: Field) -> Field:
    return np.dstack([rgb * alpha[:, :, None], alpha]).astype(np.float32)


def _lying(colour: Field, alpha: Field, *, width_m: float) -> Sprite:
    rgba = _premultiplied(
        np.broadcast_to(colour, (*alpha.shape, 3)), np.asarray(alpha, np.float32).clip(0.0, 1.0)
    )
    return Sprite(rgba, None, (0, 0, alpha.shape[1], alpha.shape[0]), width_m=width_m, upright=False)


def _standing(rgba: Field, *, width_m: float) -> Sprite:
    return Sprite(rgba, None, (0, 0, rgba.shape[1], rgba.shape[0]), width_m=width_m, upright=True)
