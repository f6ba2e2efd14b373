"""Scenes of built-up places: a street, a car park or market, a village."""

from __future__ import annotations

import numpy as np

from detectors.training import palette
from detectors.training.camera import Floats
from detectors.training.canvas import material
from detectors.training.decals import Rgb, bars, dashes, left_of, strip
from detectors.training.scene import Material
from detectors.training.scene_forest import PARKED_SHARE, along_line
from detectors.training.scene_parts import (
    Task,
    amount,
    any_land,
    bare_earth,
    beside_line,
    crowds,
    distract,
    mount,
    patches,
    plant,
    uneven,
    waving_line,
)

WHITE: Rgb = (0.75, 0.75, 0.72)
YELLOW: Rgb = (0.75, 0.55, 0.1)
# What does not park in a bay, by words in the names of the vehicles.
LARGE = ("truck", "excavator", "tractor", "loader", "tipper", "bus", "flatbed", "songthaew")


def street(task: Task) -> None:
    """A road with markings and pavements, houses beside it, traffic, parked scooters, people."""
    rng, canvas = task.rng, task.canvas
    canvas.set_material(0, paved(task) if rng.random() < 0.6 else any_land(task))
    canvas.set_material(1, _asphalt(task))
    canvas.set_material(2, paved(task))
    yaw_rad = float(rng.uniform(0.0, 2.0 * np.pi))
    width_m = float(rng.uniform(5.0, 22.0))
    line = waving_line(task, rng.normal(0.0, 4.0, 2), yaw_rad, bend=float(rng.uniform(0.0, 0.04)))
    beside_m = beside_line(canvas, line)
    canvas.lay_inside(2, np.float32(width_m / 2.0 + 3.0) - np.abs(beside_m), soft_m=0.1)
    canvas.lay_inside(1, np.float32(width_m / 2.0) - np.abs(beside_m), soft_m=0.1)
    uneven(task)
    _markings(task, line, width_m)
    _crossing(task, line, width_m)
    _houses(task, line, width_m)
    _traffic(task, line, width_m)
    _pavements(task, line, width_m)
    if rng.random() < 0.2:
        task.stage.cluster("people", task.count(5, 70), line[30] + rng.normal(0.0, 6.0, 2), 5.0)
    distract(task, int(rng.integers(0, 10)), lambda points: canvas.share(1, points) < 0.2)
    plant(task, amount(task, 0.1, 25), lambda points: canvas.share(1, points) < 0.1)


def car_park(task: Task) -> None:
    """Rows of parked cars, people between them; or the empty place alone."""
    rng, stage, canvas = task.rng, task.stage, task.canvas
    canvas.set_material(0, any_land(task))
    canvas.set_material(1, paved(task) if rng.random() < 0.5 else _asphalt(task))
    canvas.set_material(2, bare_earth(task))
    patches(task, 2, share=0.1, cell_m=12.0)
    half_m = rng.uniform(0.2, 0.5, 2) * canvas.side_m
    inside_m = np.minimum(half_m[0] - np.abs(canvas.x_m), half_m[1] - np.abs(canvas.y_m))
    canvas.lay_inside(1, np.asarray(inside_m, np.float32), soft_m=0.2)
    uneven(task)
    yaw_rad = float(rng.uniform(0.0, 2.0 * np.pi))
    for row in range(int(rng.integers(1, 5))):
        _row(task, yaw_rad, (row - 1.5) * float(rng.uniform(7.0, 11.0)))
    parked_scooters(task, rng.normal(0.0, 8.0, 2), yaw_rad, task.count(-6, 20))
    crowds(task, task.count(-1, 8), (1, 5), None)
    stage.scatter("vehicles", task.count(-1, 5))
    stage.scatter("houses", int(rng.integers(-2, 4).clip(0)))
    distract(task, int(rng.integers(0, 10)))
    plant(task, int(rng.integers(0, 14)), lambda points: canvas.share(1, points) < 0.5)


def village(task: Task) -> None:
    """Tin-roofed houses along an earth road, yards with people, scooters, pick-ups and stored things."""
    rng, stage, canvas = task.rng, task.stage, task.canvas
    canvas.set_material(0, any_land(task))
    canvas.set_material(1, bare_earth(task))
    canvas.set_material(2, bare_earth(task))
    patches(task, 2, share=float(rng.uniform(0.2, 0.6)), cell_m=20.0)
    line = waving_line(task, rng.normal(0.0, 5.0, 2), float(rng.uniform(0.0, 2.0 * np.pi)))
    width_m = float(rng.uniform(3.0, 7.0))
    canvas.lay_inside(1, np.float32(width_m / 2.0) - np.abs(beside_line(canvas, line)), ragged_m=0.4)
    uneven(task)
    stage.keep_free(line[10:50], width_m / 2.0)
    stage.scatter("houses", amount(task, 0.25, 26))
    along_line(task, "vehicles", line, 0 if task.empty else task.count(0, 7), width_m * 0.25)
    stage.scatter("vehicles", task.count(-1, 5))
    mount(task, stage.scatter("motorcycles", task.count(-1, 10)), PARKED_SHARE)
    crowds(task, task.count(0, 9), (1, 5), None)
    stage.scatter("logs", task.count(-3, 3))
    distract(task, int(rng.integers(2, 20)))
    plant(task, amount(task, 0.2, 40), lambda points: canvas.share(1, points) < 0.2)


def _markings(task: Task, line: Floats, width_m: float) -> None:
    rng, aside = task.rng, left_of(line)
    if rng.random() < 0.15:
        return
    rgb = YELLOW if rng.random() < 0.2 else WHITE
    for side in (-1.0, 1.0):
        task.stage.decals.append(strip(line + aside * (side * (width_m / 2.0 - 0.3)), 0.14, WHITE))
    middle = dashes(line, 0.14, rgb, dash_m=3.0, gap_m=float(rng.uniform(3.0, 9.0)))
    task.stage.decals += middle if rng.random() < 0.7 else [strip(line, 0.14, rgb)]
    if width_m > 11.0:
        for side in (-0.25, 0.25):
            task.stage.decals += dashes(line + aside * (side * width_m), 0.14, WHITE, dash_m=3.0, gap_m=6.0)


def _crossing(task: Task, line: Floats, width_m: float) -> None:
    if task.rng.random() > 0.5:
        return
    index = int(task.rng.integers(25, 35))
    ahead = line[index + 1] - line[index]
    along_rad = float(np.arctan2(ahead[1], ahead[0]))
    count = int(width_m / 1.1)
    task.stage.decals += bars(line[index], along_rad, count=count, size_m=(3.0, 0.5), step_m=1.05, rgb=WHITE)
    if not task.empty:
        task.stage.cluster("people", int(task.rng.integers(0, 14)), line[index], width_m * 0.25)


def _houses(task: Task, line: Floats, width_m: float) -> None:
    rng = task.rng
    for side in (-1.0, 1.0):
        if rng.random() < 0.2:
            continue
        for index in range(4, len(line) - 4):
            away_m = width_m / 2.0 + float(rng.uniform(8.0, 14.0))
            at_m = line[index] + left_of(line)[index] * (side * away_m)
            ahead = line[index + 1] - line[index]
            if rng.random() < 0.8:
                task.stage.put("houses", at_m, float(np.arctan2(ahead[1], ahead[0])), crowding=0.8)


def _traffic(task: Task, line: Floats, width_m: float) -> None:
    for lane in (-0.38, -0.14, 0.14, 0.38):
        shifted = line + left_of(line) * (lane * width_m)
        along_line(task, "vehicles", shifted, task.count(0, 16), 0.2, wanted=on_road)
        mount(task, along_line(task, "motorcycles", shifted, task.count(-1, 14), 0.5), 0.95)


def _pavements(task: Task, line: Floats, width_m: float) -> None:
    rng = task.rng
    for side in (-1.0, 1.0):
        edge = line + left_of(line) * (side * (width_m / 2.0 + 1.4))
        for _ in range(task.count(0, 34)):
            task.stage.cluster("people", int(rng.integers(1, 4)), edge[int(rng.integers(12, 48))], 1.1)
        at = int(rng.integers(20, 40))
        ahead = edge[at + 1] - edge[at]
        yaw_rad = float(np.arctan2(ahead[1], ahead[0]))
        if rng.random() < 0.5:
            parked_scooters(task, edge[at] - left_of(line)[at] * (side * 0.6), yaw_rad, task.count(-2, 22))


def parked_scooters(task: Task, start_m: Floats, yaw_rad: float, count: int) -> None:
    """Up to ``count`` motorcycles side by side, their row along ``yaw_rad`` from ``start_m`` (2,)."""
    forward = np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
    step_m = float(task.rng.uniform(0.75, 1.2))
    for number in range(max(0, count)):
        turn = yaw_rad + np.pi / 2.0 + float(task.rng.normal(0.0, 0.12))
        placed = task.stage.put("motorcycles", start_m + forward * (number * step_m), turn, crowding=0.6)
        mount(task, [] if placed is None else [placed], 0.05)


def _row(task: Task, yaw_rad: float, aside_m: float) -> None:
    rng = task.rng
    forward = np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
    left = np.array([-forward[1], forward[0]])
    step_m, full = float(rng.uniform(2.4, 3.0)), float(rng.uniform(0.3, 1.0))
    count = int(rng.integers(4, 16))
    if rng.random() < 0.6:
        middle = left * aside_m - forward * (step_m / 2.0)
        task.stage.decals += bars(
            middle, yaw_rad + np.pi / 2.0, count=count + 1, size_m=(5.0, 0.12), step_m=-step_m, rgb=WHITE
        )
    for number in range(count):
        at_m = left * aside_m + forward * ((number - count / 2.0) * step_m)
        turn = yaw_rad + np.pi * (0.5 + rng.integers(2)) + float(rng.normal(0.0, 0.03))
        if not task.empty and rng.random() < full:
            task.stage.put("vehicles", at_m, float(turn), wanted=small, crowding=0.9)


def small(name: str) -> bool:
    """Whether a vehicle's name is one that parks in a bay."""
    return not any(word in name for word in LARGE)


def on_road(name: str) -> bool:
    """Whether a vehicle's name is one that drives in a town's traffic."""
    return not any(word in name for word in ("excavator", "loader", "bulldozer", "walking"))


def _asphalt(task: Task) -> Material:
    return material(task.rng, task.tiles, ("asphalt",), palette.one_of(task.rng, palette.ASPHALT))


def paved(task: Task) -> Material:
    """Slabs or concrete."""
    kinds = ("slabs", "asphalt")
    return material(task.rng, task.tiles, kinds, palette.one_of(task.rng, palette.CONCRETE))
