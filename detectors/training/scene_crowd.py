"""A busy street as a drone sees it obliquely: crowds on both sides, scooters among the cars, stalls."""

from __future__ import annotations

import numpy as np

from detectors.training.camera import Floats
from detectors.training.decals import left_of
from detectors.training.scene_forest import along_line
from detectors.training.scene_parts import Task, mount, waving_line
from detectors.training.scene_town import on_road, street

# Dense enough that people hide each other, few enough that a picture takes about a second.
MOST_WALKERS = 70


def busy_street(task: Task) -> None:
    """A street with its usual traffic, and along another line through the picture a crowd and a swarm."""
    rng, stage = task.rng, task.stage
    street(task)
    if task.empty:
        return
    view_rad = stage.view.camera.yaw_rad
    line = waving_line(task, rng.normal(0.0, 5.0, 2), view_rad + float(rng.normal(0.0, 0.7)), bend=0.02)
    _swarm(task, line)
    walkers = int(np.exp(rng.uniform(np.log(8), np.log(MOST_WALKERS))))
    stage.scatter("people", walkers // 2)
    for middle_m in stage.places(20)[: max(1, walkers // 8)]:
        stage.cluster("people", int(rng.integers(2, 10)), middle_m, float(rng.uniform(0.5, 2.2)))
    if stage.catalogue.has("street"):
        stage.scatter("street", int(rng.integers(2, 18)))


def _swarm(task: Task, line: Floats) -> None:
    """Scooters and cars all going about one way, close to each other."""
    rng, aside = task.rng, left_of(line)
    for lane_m in rng.uniform(-6.0, 6.0, 3):
        shifted = line + aside * float(lane_m)
        made = along_line(task, "motorcycles", shifted, int(rng.integers(0, 12)), 0.8)
        mount(task, made, 0.95)
        along_line(task, "vehicles", shifted, int(rng.integers(0, 5)), 0.4, wanted=on_road)
