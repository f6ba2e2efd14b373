"""Wood seen closely: piles of 100 to 400 pixels, logs fanned out, planks, laden log trucks."""

from __future__ import annotations

import numpy as np

from detectors.training.assets.aboard import Passenger
from detectors.training.assets.trucks import laden_log_truck
from detectors.training.camera import Floats
from detectors.training.placing import Allowed
from detectors.training.scene import Placed
from detectors.training.scene_parts import (
    Task,
    amount,
    any_land,
    bare_earth,
    crowds,
    distract,
    forest_floor,
    mount,
    patches,
    plant,
    uneven,
)


def log_yard(task: Task) -> None:
    """A few piles close to the camera, chips and branches between them, who loads them, and a truck."""
    rng, stage, canvas = task.rng, task.stage, task.canvas
    canvas.set_material(0, forest_floor(task) if rng.random() < 0.5 else any_land(task))
    canvas.set_material(1, bare_earth(task))
    canvas.set_material(2, any_land(task))
    patches(task, 1, share=float(rng.uniform(0.1, 0.9)), cell_m=float(rng.uniform(5.0, 20.0)))
    patches(task, 2, share=float(rng.uniform(0.0, 0.3)), cell_m=8.0)
    uneven(task)
    for at_m in stage.places(task.count(-2, 3)):
        laden_truck(task, at_m)
    # A part of a large pile, cut by the picture's edges, is seen as often as a whole one.
    stage.scatter("logs", task.count(1, 9))
    stage.scatter("logs", task.count(-1, 4), wanted=thrown, crowding=0.5)
    crowds(task, task.count(-1, 4), (1, 4), None)
    mount(task, stage.scatter("motorcycles", task.count(-3, 3)), 0.3)
    stage.scatter("debris", int(rng.integers(0, 10)), crowding=0.0)
    distract(task, int(rng.integers(0, 8)) if not task.empty else int(rng.integers(4, 20)))
    plant(task, amount(task, float(rng.uniform(0.0, 1.2)), 25))


def thrown(name: str) -> bool:
    """Whether a pile's name is one of those that lie loosely."""
    return any(word in name for word in ("fan", "felled", "heap", "row"))


def laden_truck(task: Task, at_m: Floats, yaw_rad: float | None = None) -> Placed | None:
    """A lorry of logs: the vehicle, and a log pile on it. None where no room is."""
    truck, load = laden_log_truck(task.rng)
    turn = float(task.rng.uniform(0.0, 2.0 * np.pi)) if yaw_rad is None else yaw_rad
    placed = task.stage.stand(Placed(truck, "vehicle", (float(at_m[0]), float(at_m[1]), 0.0), turn))
    if placed is not None:
        task.stage.carry(placed, [Passenger(load, (0.0, 0.0, 0.0), 0.0)], "log_pile")
    return placed


def laden_trucks(task: Task, count: int, allowed: Allowed | None = None) -> None:
    """Up to ``count`` lorries of logs."""
    for at_m in task.stage.places(count, allowed):
        laden_truck(task, at_m)
