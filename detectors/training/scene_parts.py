"""What the kinds of scenes have in common: grounds to lay, trees, what is mistaken for labelled things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training import palette
from detectors.training.assets.riders import riders
from detectors.training.camera import Floats
from detectors.training.canvas import Canvas, material
from detectors.training.grounds import Tile
from detectors.training.placing import Allowed, Stage
from detectors.training.scene import WATER, Material, Placed
from detectors.training.turbulence import Field
from detectors.training.view import gsd_m

# The groups of what is easily mistaken for a log pile, a person or a boat, and how often each comes.
DISTRACTORS = {"junk": 0.45, "rocks": 0.12, "wood": 0.2, "debris": 0.08, "camp": 0.15}

# Trees and roofs on a photographed ground lie flat: seen from lower than this it shows.
PHOTO_RAD = float(np.radians(50.0))
# Enlarged more than so, a photograph is softer than any camera's picture.
PHOTO_STRETCH = 1.8
# Above this depression the horizon is far outside the picture.
BACKDROP_RAD = float(np.radians(40.0))


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a kind of scene is built with: ``empty``: nothing labelled may be put."""

    rng: np.random.Generator
    stage: Stage
    canvas: Canvas
    tiles: Sequence[Tile]
    empty: bool

    def count(self, low: int, high: int) -> int:
        """A number of labelled things, skewed to few; 0 in an empty scene. Below 0 counts as none, so that a
        negative ``low`` makes none likelier."""
        if self.empty:
            return 0
        return max(0, round(low + (high - low) * float(self.rng.random()) ** 1.7))


def forest_floor(task: Task) -> Material:
    """Litter, grass or closed canopy, or a real picture of such."""
    kind = str(task.rng.choice(["litter", "grass", "canopy", "photo"], p=[0.3, 0.2, 0.2, 0.3]))
    return _of_kind(task, kind)


def bare_earth(task: Task) -> Material:
    """Soil as it is on tracks, banks and clearings."""
    kind = str(task.rng.choice(["soil", "churned"]))
    return material(task.rng, task.tiles, (kind,), palette.one_of(task.rng, palette.SOIL))


def any_land(task: Task) -> Material:
    """Whatever ground a patrol flies over."""
    kinds = ["litter", "grass", "canopy", "photo", "soil", "furrows"]
    return _of_kind(task, str(task.rng.choice(kinds, p=[0.12, 0.24, 0.06, 0.33, 0.17, 0.08])))


def water_of(task: Task, *, foam_share: float = 0.12) -> Material:
    """A river or lake of any colour."""
    kind = "foamy_water" if task.rng.random() < foam_share else "water"
    return material(task.rng, task.tiles, (kind,), palette.one_of(task.rng, palette.WATER))


def _of_kind(task: Task, kind: str) -> Material:
    colours = {
        "litter": palette.LITTER,
        "grass": palette.GRASS,
        "canopy": palette.CANOPY,
        "soil": palette.SOIL,
        "furrows": palette.SOIL,
    }
    photos = _photos(task)
    if kind == "photo" and photos:
        return material(task.rng, photos, (kind,))
    kind = "grass" if kind == "photo" else kind
    return material(task.rng, task.tiles, (kind,), palette.one_of(task.rng, colours[kind]))


def _photos(task: Task) -> list[Tile]:
    """The photographs that are fine enough for the view."""
    if task.stage.view.camera.depression_rad < PHOTO_RAD:
        return []
    coarsest_m = PHOTO_STRETCH * gsd_m(task.stage.view)
    return [
        tile
        for tile in task.tiles
        if tile.kind == "photo" and tile.side_m / tile.image_rgb.shape[1] <= coarsest_m
    ]


def patches(task: Task, slot: int, *, share: float, cell_m: float) -> None:
    """Lays a slot in ragged patches over about ``share`` of the ground."""
    noise = task.canvas.noise(cell_m)
    edge = float(np.quantile(noise[::8, ::8], 1.0 - share))
    task.canvas.lay_inside(slot, (noise - np.float32(edge)) * np.float32(cell_m), soft_m=0.05 * cell_m)


def uneven(task: Task) -> None:
    """Large and small changes of brightness that hide the tiles' repeats."""
    amount = np.float32(task.rng.uniform(0.1, 0.5))
    side_m = task.canvas.side_m
    task.canvas.shade(amount * task.canvas.noise(side_m / 4.0, 3) + amount * task.canvas.noise(6.0, 4))


def dry(task: Task) -> Allowed:
    """Where no water lies."""
    return lambda points: task.canvas.share(WATER, points) < 0.1


def afloat(task: Task) -> Allowed:
    """Where water lies."""
    return lambda points: task.canvas.share(WATER, points) > 0.9


def plant(task: Task, count: int, allowed: Allowed | None = None) -> None:
    """Up to ``count`` trees and half as many shrubs; they may stand into each other, but in nothing else."""
    for group, number in (("trees", count), ("shrubs", count // 2)):
        if task.stage.catalogue.has(group):
            task.stage.scatter(group, number, allowed, crowding=0.25)


def backdrop(task: Task) -> None:
    """Trees far behind everything, where a flat view would show a bare horizon."""
    camera = task.stage.view.camera
    if camera.depression_rad > BACKDROP_RAD or not task.stage.catalogue.has("trees"):
        return
    for bearing_rad in task.rng.uniform(-0.6, 0.6, int(task.rng.integers(0, 60))) * camera.hfov_rad:
        away_m = task.stage.view.reach_m * task.rng.uniform(0.6, 1.25)
        turn = camera.yaw_rad + bearing_rad
        at_m = np.array(camera.position_m[:2]) + away_m * np.array([np.cos(turn), np.sin(turn)])
        if task.canvas.share(WATER, at_m[None])[0] < 0.1:
            task.stage.put("trees", at_m, crowding=0.0, scale=1.3)


def distract(task: Task, count: int, allowed: Allowed | None = None) -> None:
    """Up to ``count`` things that are none of the classes."""
    groups = [group for group in DISTRACTORS if task.stage.catalogue.has(group)]
    if not groups:
        return
    weights = np.array([DISTRACTORS[group] for group in groups])
    for group, number in zip(groups, task.rng.multinomial(count, weights / weights.sum()), strict=True):
        task.stage.scatter(group, int(number), allowed)


def crowds(task: Task, groups: int, size: tuple[int, int], allowed: Allowed | None = None) -> None:
    """Groups of people."""
    for middle_m in task.stage.places(groups * 3, allowed)[:groups]:
        count = int(task.rng.integers(size[0], size[1] + 1))
        task.stage.cluster("people", count, middle_m, float(task.rng.uniform(0.6, 2.5)))


def mount(task: Task, machines: Sequence[Placed], share: float) -> None:
    """People on about ``share`` of ``machines``, motorcycles that stand already."""
    for placed in machines:
        if task.rng.random() < share:
            task.stage.carry(placed, riders(task.rng))


def waving_line(task: Task, through_m: Floats, yaw_rad: float, *, bend: float = 0.12) -> Floats:
    """A line (n, 2) across the whole ground, through a point, that wanders by ``bend`` of its length."""
    length = 1.5 * task.canvas.side_m
    along = np.linspace(-0.5, 0.5, 60) * length
    phase, waves = task.rng.uniform(0.0, 2.0 * np.pi), task.rng.uniform(0.5, 2.5)
    aside = (
        bend * length / waves * (np.sin(waves * along / length * 2.0 * np.pi + phase) - np.sin(phase)) / 2.0
    )
    forward = np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
    return through_m + along[:, None] * forward + aside[:, None] * np.array([-forward[1], forward[0]])


def beside_line(canvas: Canvas, line_m: Floats) -> Field:
    """Signed distance (CELLS, CELLS) of the cells from a line, metres, above 0 on its left."""
    import cv2

    cells = canvas.x_m.shape[0]
    scale = cells / canvas.side_m
    drawn = np.full((cells, cells), 255, np.uint8)
    pixels = ((line_m - canvas.middle_m) / canvas.side_m + 0.5) * cells
    cv2.polylines(drawn, [pixels.round().astype(np.int32)], False, 0, 1)
    distance = cv2.distanceTransform(drawn, cv2.DIST_L2, 3) / np.float32(scale)
    side = _left_mask(canvas, line_m)
    return np.asarray(np.where(side, distance, -distance), np.float32)


def _left_mask(canvas: Canvas, line_m: Floats) -> npt.NDArray[np.bool_]:
    import cv2

    cells = canvas.x_m.shape[0]
    forward = line_m[-1] - line_m[0]
    left = np.array([-forward[1], forward[0]]) / max(float(np.hypot(*forward)), 1e-9) * 4.0 * canvas.side_m
    outline = np.vstack([line_m, line_m[-1] + left, line_m[0] + left])
    pixels = ((outline - canvas.middle_m) / canvas.side_m + 0.5) * cells
    mask = np.zeros((cells, cells), np.uint8)
    cv2.fillPoly(mask, [pixels.round().astype(np.int32)], 1)
    return np.asarray(mask > 0)


def amount(task: Task, per_are: float, most: int) -> int:
    """A number for a density (per 100 m2) over the ground in the middle of the picture, at most ``most``."""
    side_m = 832.0 * gsd_m(task.stage.view)
    return int(min(most, round(per_are * side_m * side_m / 100.0)))
