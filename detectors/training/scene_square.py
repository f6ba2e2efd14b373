"""Scenes seen from above with many people and motorcycles: a square, a street, a yard, a bank, a track."""

from __future__ import annotations

import numpy as np

from detectors.training import palette
from detectors.training.camera import Floats
from detectors.training.canvas import material
from detectors.training.decals import Rgb, bars, blots, left_of, strip
from detectors.training.scene import WATER, Material
from detectors.training.scene_forest import along_line
from detectors.training.scene_parts import (
    Task,
    amount,
    any_land,
    bare_earth,
    beside_line,
    distract,
    dry,
    forest_floor,
    mount,
    patches,
    plant,
    uneven,
    water_of,
    waving_line,
)
from detectors.training.scene_town import parked_scooters, paved, small

KERB: Rgb = (0.5, 0.5, 0.48)
WHITE: Rgb = (0.75, 0.75, 0.72)
DARK: Rgb = (0.04, 0.04, 0.045)
# People to 100 square metres where they are few and where they throng; more to a picture cost too much time.
THIN_PER_ARE, DENSE_PER_ARE = 0.4, 12.0
MOST_PEOPLE = 90


def square(task: Task) -> None:
    """Any open ground with people standing, walking, sitting on it and motorcycles parked and ridden."""
    rng, stage = task.rng, task.stage
    line, width_m = _ground(task)
    uneven(task)
    _marks(task, line, width_m)
    _motorcycles(task, line, width_m)
    land = dry(task)
    _people(task, line)
    stage.scatter("vehicles", task.count(-4, 7), land, wanted=small)
    stage.scatter("houses", int(rng.integers(-4, 4).clip(0)), land)
    distract(task, int(rng.integers(0, 14)), land)
    if stage.catalogue.has("street"):
        stage.scatter("street", int(rng.integers(0, 14)), land)
    plant(task, amount(task, float(rng.uniform(0.0, 0.4)), 18), land)


def _ground(task: Task) -> tuple[Floats, float]:
    """Lays the ground with a road, a path or a bank's edge over it: its line (n, 2) and width, metres."""
    rng, canvas = task.rng, task.canvas
    kind = str(rng.choice(["town", "yard", "wood", "bank"], p=[0.45, 0.2, 0.2, 0.15]))
    canvas.set_material(0, _floor(task, kind))
    canvas.set_material(1, _road(task, kind))
    canvas.set_material(2, any_land(task))
    line = waving_line(task, rng.normal(0.0, 4.0, 2), float(rng.uniform(0.0, 2.0 * np.pi)), bend=0.03)
    width_m, beside_m = float(rng.uniform(3.0, 14.0)), beside_line(canvas, line)
    patches(task, 2, share=float(rng.uniform(0.0, 0.3)), cell_m=12.0)
    ragged_m = 0.0 if kind == "town" else 0.3
    canvas.lay_inside(1, np.float32(width_m / 2.0) - np.abs(beside_m), ragged_m=ragged_m, soft_m=0.1)
    if kind == "bank":
        canvas.set_material(WATER, water_of(task))
        canvas.lay_inside(WATER, beside_m - np.float32(width_m / 2.0), ragged_m=0.4, soft_m=0.15)
    return line, width_m


def _floor(task: Task, kind: str) -> Material:
    if kind == "town":
        return paved(task)
    return any_land(task) if kind == "yard" else forest_floor(task)


def _road(task: Task, kind: str) -> Material:
    if kind == "town":
        return material(task.rng, task.tiles, ("asphalt",), palette.one_of(task.rng, palette.ASPHALT))
    return bare_earth(task)


def _marks(task: Task, line: Floats, width_m: float) -> None:
    """What is painted or let into the ground: edges, a crossing, drain covers, stains."""
    rng, decals = task.rng, task.stage.decals
    if rng.random() < 0.4:
        rgb = KERB if rng.random() < 0.5 else WHITE
        decals += [strip(line + left_of(line) * (side * width_m / 2.0), 0.18, rgb) for side in (-1.0, 1.0)]
    if rng.random() < 0.3:
        ahead = line[31] - line[30]
        turn = float(np.arctan2(ahead[1], ahead[0]))
        count = max(2, int(width_m / 1.1))
        decals += bars(line[30], turn, count=count, size_m=(3.0, 0.5), step_m=1.05, rgb=WHITE)
    spots = task.stage.places(int(rng.integers(0, 14)), dry(task))
    if len(spots):
        decals.append(blots(spots, rng.uniform(0.15, 0.5, len(spots)), DARK, rng))


def _motorcycles(task: Task, line: Floats, width_m: float) -> None:
    rng, aside = task.rng, left_of(line)
    for side in (-1.0, 1.0):
        at = int(rng.integers(24, 36))
        ahead = line[at + 1] - line[at]
        start = line[at] + aside[at] * (side * (width_m / 2.0 + 0.8))
        parked_scooters(task, start, float(np.arctan2(ahead[1], ahead[0])), task.count(-6, 22))
    for lane in (-0.25, 0.25):
        mount(
            task,
            along_line(task, "motorcycles", line + aside * (lane * width_m), task.count(-1, 7), 0.4),
            0.9,
        )
    mount(task, task.stage.scatter("motorcycles", task.count(-2, 10), dry(task)), 0.5)


def _people(task: Task, line: Floats) -> None:
    """Single people, knots of them, a queue: from a few to a throng."""
    if task.empty:
        return
    rng, stage = task.rng, task.stage
    per_are = float(np.exp(rng.uniform(np.log(THIN_PER_ARE), np.log(DENSE_PER_ARE))))
    total = max(4, amount(task, per_are, MOST_PEOPLE))
    land = dry(task)
    stage.scatter("people", total // 2, land)
    for middle_m in stage.places(12, land)[: max(1, total // 14)]:
        stage.cluster("people", int(rng.integers(2, 9)), middle_m, float(rng.uniform(0.4, 1.6)))
    if rng.random() < 0.4:
        _queue(task, line[30] + rng.normal(0.0, 3.0, 2))


def _queue(task: Task, start_m: Floats) -> None:
    """People one behind the other, looking the same way."""
    yaw_rad = float(task.rng.uniform(0.0, 2.0 * np.pi))
    forward = np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
    at_m = np.array(start_m)
    for _ in range(int(task.rng.integers(4, 16))):
        turn = yaw_rad + float(task.rng.normal(0.0, 0.3))
        task.stage.put("people", at_m + task.rng.normal(0.0, 0.12, 2), turn, crowding=0.7)
        at_m = at_m - forward * float(task.rng.uniform(0.6, 1.3))
