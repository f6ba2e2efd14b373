"""One frame: ground, sky, shadows, bodies, and what the camera does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Lens
from droneops.simulation.bodies import Body
from droneops.simulation.draw import draw_shadows, drawn, lay
from droneops.simulation.eye import Eye, ground_from_ideal, ideal_grid
from droneops.simulation.light import Light, ground_light
from droneops.simulation.paint import PAINT_M_PER_PX, paint_from_ground, pyramid
from droneops.simulation.sprites import Sprites
from droneops.types import FloatArray

Picture = npt.NDArray[np.uint8]
# Rows of a level picture lie at about one range: each band takes the ground from the level that suits it.
_BAND_PX = 40
# A ray flatter than this meets the ground kilometres away, where only haze is.
_FLATTEST = 0.02
_NOISE_MARGIN_PX = 64
# OpenCV mirrors a coordinate step by step: from the horizon's it would not come back.
_FURTHEST_PX = 100_000.0
# A small lens's blur, in pixels (1 sigma).
_LENS_BLUR_PX = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all frames of a film share: the painted ground lit, its coarser levels, the pixels' rays."""

    levels: tuple[Picture, ...]
    grid: npt.NDArray[np.float32]
    noise: npt.NDArray[np.int16]
    light: Light
    reach_m: float
    still: Sprites


def make_stage(ground: Picture, still: Sequence[Body], lens: Lens, light: Light, seed: int) -> Stage:
    """``ground`` is the painted ground with the shadows of ``still``, which never moves."""
    factor = np.sqrt(ground_light(light)) * np.sqrt(light.gain)
    table = np.clip(np.arange(256)[:, None] * factor, 0, 255).astype(np.uint8)
    lit = np.stack([table[:, channel][ground[:, :, channel]] for channel in range(3)], axis=-1)
    rng = np.random.default_rng(seed)
    size = (lens.height_px + _NOISE_MARGIN_PX, lens.width_px + _NOISE_MARGIN_PX, 3)
    noise = np.round(rng.standard_normal(size, dtype=np.float32) * np.float32(light.noise)).astype(np.int16)
    reach_m = ground.shape[0] * PAINT_M_PER_PX / 2.0
    sprites = Sprites(still, _dimmed(light))
    return Stage(pyramid(lit), ideal_grid(lens), noise, light, reach_m, sprites)


def render(stage: Stage, eye: Eye, moving: Sequence[Body], number: int) -> Picture:
    """Frame ``number``, (h, w, 3) uint8 BGR, with what moves and what never does."""
    import cv2

    picture = _ground(stage, eye)
    draw_shadows(picture, moving, eye, stage.light)
    cutouts = stage.still.in_view(eye, picture.shape)
    for each in moving:
        cutout = drawn(each, eye, _dimmed(stage.light), picture.shape)
        if cutout is not None:
            cutouts.append((float(np.hypot(*(each.at_enu_m - eye.enu_m)[:2])), cutout))
    for _, cutout in sorted(cutouts, key=lambda pair: -pair[0]):
        lay(picture, cutout)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), _LENS_BLUR_PX), np.uint8)
    return _noisy(picture, stage.noise, number)


def _dimmed(light: Light) -> Light:
    """The light with the camera's gain in it, as the lit ground has it."""
    return Light(
        light.to_sun, light.sun * light.gain, light.ambient * light.gain, light.sky, light.gain, light.noise
    )


def _ground(stage: Stage, eye: Eye) -> Picture:
    """The ground through the lens, and the sky above it."""
    to_paint = paint_from_ground(stage.reach_m) @ ground_from_ideal(eye)
    height = stage.grid.shape[0]
    picture = np.empty((*stage.grid.shape[:2], 3), np.uint8)
    for top in range(0, height, _BAND_PX):
        rows = slice(top, min(top + _BAND_PX, height))
        picture[rows] = _band(stage, eye, stage.grid[rows], to_paint)
    return picture


def _band(stage: Stage, eye: Eye, grid: npt.NDArray[np.float32], to_paint: FloatArray) -> Picture:
    import cv2

    down = grid @ eye.ned_from_camera[2, :2].astype(np.float32) + np.float32(eye.ned_from_camera[2, 2])
    level = _level(stage, eye, float(down.mean()))
    # A pixel of a coarser level covers 2^level finer ones, and its centre lies amid them.
    shrunk = np.diag([0.5**level, 0.5**level, 1.0])
    shrunk[:2, 2] = 0.5 ** (level + 1) - 0.5
    place = np.clip(cv2.perspectiveTransform(grid, shrunk @ to_paint), -_FURTHEST_PX, _FURTHEST_PX)
    columns, rows = np.ascontiguousarray(place[:, :, 0]), np.ascontiguousarray(place[:, :, 1])
    interpolation, border = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
    ground = cv2.remap(stage.levels[level], columns, rows, interpolation, borderMode=border)
    is_sky = down < _FLATTEST
    if is_sky.any():
        ground[is_sky] = np.sqrt(stage.light.sky * stage.light.gain) * 255.0
    return np.asarray(ground, np.uint8)


def _level(stage: Stage, eye: Eye, down: float) -> int:
    """The level of the pyramid whose pixels are about as large as the camera's on the ground there."""
    range_m = eye.enu_m[2] / max(down, _FLATTEST)
    gsd_m = range_m / (eye.lens.fx_px or 1.0)
    # Along the view a pixel covers more than across it; in between, neither blurs nor flickers much.
    return int(
        np.clip(np.round(np.log2(gsd_m / PAINT_M_PER_PX / max(down, 0.1) ** 0.5)), 0, len(stage.levels) - 1)
    )


def _noisy(picture: Picture, noise: npt.NDArray[np.int16], number: int) -> Picture:
    """Another part of the same noise each frame: drawing new one would cost more than the picture."""
    rng = np.random.default_rng(number)
    top, left = rng.integers(0, _NOISE_MARGIN_PX, 2)
    part = noise[top : top + picture.shape[0], left : left + picture.shape[1]]
    return np.asarray(np.clip(picture + part, 0, 255), np.uint8)
