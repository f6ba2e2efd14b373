"""Scenes of water: a river with its banks, open water with boats and swimmers."""

from __future__ import annotations

import numpy as np

from detectors.training import palette
from detectors.training.assets.aboard import passengers
from detectors.training.camera import Floats
from detectors.training.canvas import material
from detectors.training.decals import blots
from detectors.training.placing import Allowed, Stage
from detectors.training.scene import WATER, Material, Placed
from detectors.training.scene_forest import PARKED_SHARE
from detectors.training.scene_parts import (
    Task,
    afloat,
    amount,
    any_land,
    bare_earth,
    beside_line,
    crowds,
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

# Boats that move have people aboard, many moored ones too; the rest lie empty.
MANNED_SHARE = 0.6
FOAM = (0.75, 0.78, 0.76)


def river(task: Task) -> None:
    """A bank or both, mud or sand along the water, forest or fields behind; boats, logs, people, trucks."""
    rng, canvas = task.rng, task.canvas
    canvas.set_material(0, forest_floor(task) if rng.random() < 0.6 else any_land(task))
    canvas.set_material(1, bare_earth(task) if rng.random() < 0.7 else _sand(task))
    canvas.set_material(2, any_land(task))
    canvas.set_material(WATER, water_of(task))
    patches(task, 2, share=float(rng.uniform(0.0, 0.4)), cell_m=15.0)
    yaw_rad = float(rng.uniform(0.0, 2.0 * np.pi))
    bank_m = beside_line(canvas, waving_line(task, rng.normal(0.0, 0.1 * _span_m(task), 2), yaw_rad))
    ragged_m = float(rng.uniform(0.1, 1.5))
    canvas.lay_inside(1, bank_m + np.float32(rng.uniform(0.5, 12.0)), ragged_m=2.0 * ragged_m, soft_m=0.8)
    canvas.lay_inside(WATER, bank_m, ragged_m=ragged_m, soft_m=0.15)
    if rng.random() < 0.25:
        width_m = np.float32(rng.uniform(25.0, 90.0))
        canvas.lay_inside(1, bank_m - width_m, ragged_m=2.0 * ragged_m, soft_m=0.8)
        canvas.lay_inside(0, bank_m - width_m - np.float32(rng.uniform(1.0, 8.0)), ragged_m=ragged_m)
    uneven(task)
    _boats(task, task.count(0, 9))
    _ashore(task)
    plant(task, amount(task, float(rng.uniform(0.0, 0.5)), 40), _behind_bank(task))


def open_water(task: Task) -> None:
    """Water to every side: boats, wakes, swimmers, rubbish, rocks."""
    rng, canvas = task.rng, task.canvas
    for slot in range(3):
        canvas.set_material(slot, any_land(task))
    canvas.set_material(WATER, water_of(task, foam_share=0.25))
    canvas.lay(WATER, np.ones_like(canvas.x_m))
    uneven(task)
    _boats(task, task.count(1, 10))
    swimmers = task.count(-6, 14)
    if swimmers > 0:
        for middle_m in task.stage.places(swimmers, None)[: max(1, swimmers // 2)]:
            _swim(task, middle_m)
    distract_afloat(task, int(rng.integers(0, 7)))


def _swim(task: Task, middle_m: Floats) -> None:
    for _ in range(int(task.rng.integers(1, 4))):
        at_m = middle_m + task.rng.normal(0.0, 3.0, 2)
        if afloat(task)(at_m[None])[0]:
            task.stage.put("swimmers", at_m)


def _boats(task: Task, count: int) -> None:
    made = task.stage.scatter("boats", count, afloat(task))
    made += task.stage.scatter("boats", task.count(-3, 6), _moored(task))
    for placed in made:
        if task.rng.random() < MANNED_SHARE:
            man(task.stage, placed, task.rng)
    if task.rng.random() < 0.2:
        task.stage.scatter("boats", task.count(0, 3), _on_bank(task))
    if task.stage.catalogue.has("rafts"):
        task.stage.scatter("rafts", task.count(-4, 3), afloat(task))
    for placed in made:
        if task.rng.random() < 0.35:
            wake(task.stage, placed, task.rng)


def man(stage: Stage, boat: Placed, rng: np.random.Generator) -> None:
    """People aboard, each labelled as its own."""
    length_m = float(np.ptp(boat.mesh.vertices_m[:, 0]))
    stage.carry(boat, passengers(rng, boat.mesh, int(np.clip(length_m / 1.5, 1, 8))))


def wake(stage: Stage, placed: Placed, rng: np.random.Generator) -> None:
    """Foam behind a boat, spreading and thinning out."""
    length_m = float(np.ptp(placed.mesh.vertices_m[:, 0]))
    reach_m = length_m * rng.uniform(2.0, 9.0)
    count = int(rng.integers(150, 500))
    back = rng.random(count) ** 1.4 * reach_m
    half_m = 0.12 * length_m + back * rng.uniform(0.08, 0.25)
    aside = half_m * np.where(
        rng.random(count) < 0.6, np.sign(rng.normal(size=count)), rng.uniform(-1, 1, count)
    )
    aside += rng.normal(0.0, 0.05 * length_m, count)
    forward = np.array([np.cos(placed.yaw_rad), np.sin(placed.yaw_rad)])
    left = np.array([-forward[1], forward[0]])
    stern = np.array(placed.position_m[:2]) - forward * (0.45 * length_m)
    places = stern - back[:, None] * forward + aside[:, None] * left
    radii = 0.05 * length_m * (1.1 - back / reach_m) * rng.uniform(0.3, 1.4, count)
    stage.decals.append(blots(places, radii, FOAM, rng))


def distract_afloat(task: Task, count: int) -> None:
    """Floating and standing things in the water that are no boat."""
    for group, share in (("afloat", 0.7), ("rocks", 0.3)):
        if task.stage.catalogue.has(group):
            task.stage.scatter(group, round(count * share), afloat(task))


def _ashore(task: Task) -> None:
    rng, stage, land = task.rng, task.stage, dry(task)
    bank = _on_bank(task)
    stage.scatter("logs", task.count(-1, 5), bank if rng.random() < 0.6 else land)
    stage.scatter("vehicles", task.count(-1, 4), land)
    mount(task, stage.scatter("motorcycles", task.count(-2, 4), land), PARKED_SHARE)
    crowds(task, task.count(-1, 5), (1, 6), bank if rng.random() < 0.5 else land)
    if not task.empty and rng.random() < 0.25:
        crowds_in_water(task)
    distract(task, int(rng.integers(0, 12)), land)
    distract_afloat(task, int(rng.integers(0, 5)))


def crowds_in_water(task: Task) -> None:
    """A few people swimming or wading."""
    for middle_m in task.stage.places(12, afloat(task))[:2]:
        _swim(task, middle_m)


def _moored(task: Task) -> Allowed:
    """Afloat within a few metres of land."""
    around = [np.array([np.cos(turn), np.sin(turn)]) * 4.0 for turn in np.linspace(0.0, 5.5, 8)]
    return lambda points: (
        afloat(task)(points)
        & np.any([task.canvas.share(WATER, points + step) < 0.5 for step in around], axis=0)
    )


def _on_bank(task: Task) -> Allowed:
    return lambda points: task.canvas.share(1, points) > 0.5


def _behind_bank(task: Task) -> Allowed:
    return lambda points: task.canvas.share(1, points) + task.canvas.share(WATER, points) < 0.3


def _span_m(task: Task) -> float:
    return task.canvas.side_m * 0.4


def _sand(task: Task) -> Material:
    return material(task.rng, task.tiles, ("soil",), palette.one_of(task.rng, palette.SAND))
