"""Scenes of forest and field: a logging landing, a track through the trees, closed forest, farmland."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from detectors.training import palette
from detectors.training.camera import Floats
from detectors.training.decals import left_of, strip
from detectors.training.placing import Allowed
from detectors.training.scene import Placed
from detectors.training.scene_logyard import laden_truck, laden_trucks
from detectors.training.scene_parts import (
    Task,
    amount,
    any_land,
    bare_earth,
    beside_line,
    crowds,
    distract,
    forest_floor,
    mount,
    patches,
    plant,
    uneven,
    waving_line,
)
from detectors.training.turbulence import Field

Line = Floats
# Half the distance between the wheels of a pick-up or a truck.
TRACK_HALF_M = 0.85
# Who comes along a track rides; where machines stand about, few sit on them.
RIDDEN_SHARE = 0.7
PARKED_SHARE = 0.35
# What works in the forest, by words in the names of the vehicles.
HEAVY = ("truck", "excavator", "tractor", "loader", "tipper", "pickup", "flatbed")


def landing(task: Task) -> None:
    """A churned clearing with many separate piles, machines among them, forest about it."""
    rng, canvas, stage = task.rng, task.canvas, task.stage
    _wood_grounds(task)
    radius_m = _radius_m(task)
    away = np.hypot(canvas.x_m, canvas.y_m)
    canvas.lay_inside(1, np.float32(radius_m) - away, ragged_m=0.35 * radius_m, soft_m=0.8)
    canvas.lay(2, _within(task, radius_m) * np.float32(rng.uniform(0.0, 0.3)))
    _track(task, np.zeros(2))
    uneven(task)
    cleared = _on(task, 1, 0.5)
    laden_trucks(task, task.count(-2, 3), cleared)
    stage.scatter("vehicles", task.count(0, 5), cleared, wanted=heavy)
    stage.scatter("logs", task.count(5, 40), cleared)
    crowds(task, task.count(-1, 4), (1, 4), cleared)
    stage.scatter("debris", int(rng.integers(4, 22)), cleared, crowding=0.0)
    distract(task, int(rng.integers(2, 10)) if not task.empty else int(rng.integers(6, 30)), cleared)
    plant(task, amount(task, float(rng.uniform(0.5, 2.5)), 110), _off(task, 1, 0.3))


def track(task: Task) -> None:
    """A dirt track with ruts through forest or farmland."""
    rng, stage = task.rng, task.stage
    _wood_grounds(task)
    line, width_m = _track(task, rng.normal(0.0, 3.0, 2))
    uneven(task)
    _laden_on(task, line, task.count(-3, 3))
    along_line(task, "vehicles", line, task.count(0, 5), width_m * 0.2)
    mount(task, along_line(task, "motorcycles", line, task.count(-2, 6), width_m * 0.4), RIDDEN_SHARE)
    beside = _off(task, 1, 0.4)
    stage.scatter("logs", task.count(-1, 5), beside)
    crowds(task, task.count(-1, 5), (1, 5), None)
    distract(task, int(rng.integers(0, 12)), beside)
    plant(task, amount(task, float(rng.uniform(0.1, 1.2)), 70), beside)


def forest(task: Task) -> None:
    """Trees with little between them; now and then a felled bunch, a camp, people."""
    rng, stage = task.rng, task.stage
    _wood_grounds(task)
    patches(task, 1, share=float(rng.uniform(0.0, 0.2)), cell_m=12.0)
    uneven(task)
    stage.scatter("logs", task.count(-2, 4))
    stage.scatter("vehicles", task.count(-2, 2))
    crowds(task, task.count(-1, 4), (1, 5), None)
    distract(task, int(rng.integers(0, 12)))
    plant(task, amount(task, float(rng.uniform(0.4, 2.0)), 90))


def farmland(task: Task) -> None:
    """Fields, meadows and what stands in them: bales, cattle, tractors."""
    rng, stage, canvas = task.rng, task.stage, task.canvas
    for slot in range(3):
        canvas.set_material(slot, any_land(task))
    for slot in (1, 2):
        through_m = rng.normal(0.0, canvas.side_m * 0.2, 2)
        line = waving_line(task, through_m, float(rng.uniform(0.0, 2.0 * np.pi)), bend=0.02)
        canvas.lay_inside(slot, beside_line(canvas, line), ragged_m=0.3)
    uneven(task)
    stage.scatter("vehicles", task.count(-1, 5))
    mount(task, stage.scatter("motorcycles", task.count(-2, 3)), PARKED_SHARE)
    stage.scatter("logs", task.count(-2, 3))
    crowds(task, task.count(-1, 6), (1, 6), None)
    distract(task, int(rng.integers(2, 18)))
    stage.scatter("houses", int(rng.integers(-3, 4).clip(0)))
    plant(task, amount(task, float(rng.uniform(0.0, 0.2)), 25))


def heavy(name: str) -> bool:
    """Whether a vehicle's name is one of those that work in the forest."""
    return any(word in name for word in HEAVY)


def along_line(
    task: Task,
    group: str,
    line: Line,
    count: int,
    aside_m: float,
    *,
    wanted: Callable[[str], bool] | None = None,
) -> list[Placed]:
    """Up to ``count`` of ``group`` on a line of points (n, 2), heading along it either way; what was put."""
    near = [index for index in range(1, len(line) - 1) if np.hypot(*line[index]) < 0.5 * task.canvas.side_m]
    made: list[Placed] = []
    for _ in range(count if near else 0):
        index = near[int(task.rng.integers(len(near)))]
        ahead = line[index + 1] - line[index - 1]
        yaw_rad = float(np.arctan2(ahead[1], ahead[0]) + np.pi * task.rng.integers(2))
        at_m = line[index] + ahead * task.rng.uniform(-0.5, 0.5)
        at_m = at_m + task.rng.normal(0.0, aside_m, 1) * np.array([-np.sin(yaw_rad), np.cos(yaw_rad)])
        turn = yaw_rad + float(task.rng.normal(0.0, 0.08))
        placed = task.stage.put(group, at_m, turn, wanted=wanted)
        made += [] if placed is None else [placed]
    return made


def _laden_on(task: Task, line: Line, count: int) -> None:
    for index in task.rng.integers(20, 40, count):
        ahead = line[index + 1] - line[index]
        laden_truck(task, line[index], float(np.arctan2(ahead[1], ahead[0])))


def _wood_grounds(task: Task) -> None:
    task.canvas.set_material(0, forest_floor(task))
    task.canvas.set_material(1, bare_earth(task))
    task.canvas.set_material(2, any_land(task))
    patches(task, 2, share=float(task.rng.uniform(0.0, 0.35)), cell_m=float(task.rng.uniform(5.0, 25.0)))


def _track(task: Task, through_m: Floats) -> tuple[Line, float]:
    rng, canvas = task.rng, task.canvas
    line = waving_line(task, through_m, float(rng.uniform(0.0, 2.0 * np.pi)))
    width_m = float(rng.uniform(2.4, 6.0))
    beside_m = beside_line(canvas, line)
    canvas.lay_inside(1, np.float32(width_m / 2.0) - np.abs(beside_m), ragged_m=float(rng.uniform(0.1, 0.5)))
    rut = palette.one_of(rng, palette.RUT)
    if rng.random() < 0.6:
        sides = left_of(line) * TRACK_HALF_M
        task.stage.decals += [strip(line + sides, 0.4, rut), strip(line - sides, 0.4, rut)]
    return line, width_m


def _radius_m(task: Task) -> float:
    return float(task.canvas.side_m * task.rng.uniform(0.2, 0.45))


def _within(task: Task, radius_m: float) -> Field:
    noise = task.canvas.noise(8.0)
    inside = np.hypot(task.canvas.x_m, task.canvas.y_m) < 0.9 * radius_m
    return np.asarray(inside & (noise > 0.08), np.float32)


def _on(task: Task, slot: int, least: float) -> Allowed:
    return lambda points: task.canvas.share(slot, points) >= least


def _off(task: Task, slot: int, most: float) -> Allowed:
    return lambda points: task.canvas.share(slot, points) <= most
