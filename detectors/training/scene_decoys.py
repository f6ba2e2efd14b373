"""Scenes of nothing to be reported, full of what is mistaken for it, on any ground."""

from __future__ import annotations

import numpy as np

from detectors.training import palette
from detectors.training.camera import Floats
from detectors.training.canvas import material
from detectors.training.decals import Rgb, bars, blots, dashes, strip
from detectors.training.mesh import Mesh
from detectors.training.scene import WATER
from detectors.training.scene_parts import (
    DISTRACTORS,
    Task,
    afloat,
    any_land,
    beside_line,
    distract,
    dry,
    patches,
    plant,
    uneven,
    water_of,
    waving_line,
)

WHITE: Rgb = (0.75, 0.75, 0.72)
SHADE: Rgb = (0.025, 0.028, 0.03)


def decoys(task: Task) -> None:
    """Thick with one or two kinds of decoys, as a depot, a pasture or a rubbish tip is."""
    rng, stage = task.rng, task.stage
    _ground(task)
    uneven(task)
    land, wet = dry(task), afloat(task)
    groups = [group for group in (*DISTRACTORS, "street", "shrubs") if stage.catalogue.has(group)]
    for group in rng.choice(groups, size=min(2, len(groups)), replace=False) if groups else ():
        stage.scatter(str(group), int(rng.integers(2, 26)), land)
    distract(task, int(rng.integers(0, 12)), land)
    for group in ("afloat", "rocks"):
        if stage.catalogue.has(group):
            stage.scatter(group, int(rng.integers(0, 16)), wet)
    stage.scatter("houses", int(rng.integers(-4, 6).clip(0)), land)
    _painted(task)
    _shadows(task)
    plant(task, int(rng.integers(0, 25)), land)


def _ground(task: Task) -> None:
    rng, canvas = task.rng, task.canvas
    kinds = ("asphalt", "slabs")
    for slot in range(3):
        hard = rng.random() < 0.3
        made = (
            material(rng, task.tiles, kinds, palette.one_of(rng, palette.CONCRETE))
            if hard
            else any_land(task)
        )
        canvas.set_material(slot, made)
    for slot in (1, 2):
        patches(task, slot, share=float(rng.uniform(0.0, 0.4)), cell_m=float(rng.uniform(4.0, 25.0)))
    canvas.set_material(WATER, water_of(task, foam_share=0.4))
    if rng.random() < 0.4:
        line = waving_line(task, rng.normal(0.0, 8.0, 2), float(rng.uniform(0.0, 2.0 * np.pi)))
        canvas.lay_inside(WATER, beside_line(canvas, line), ragged_m=float(rng.uniform(0.1, 1.5)), soft_m=0.2)


def _painted(task: Task) -> None:
    """Markings, covers, puddles, leaves: flat and of the size of what is looked for."""
    rng, decals, land = task.rng, task.stage.decals, dry(task)
    for at_m in task.stage.places(int(rng.integers(0, 4)), land):
        turn = float(rng.uniform(0.0, 2.0 * np.pi))
        size = (float(rng.uniform(1.0, 5.0)), float(rng.uniform(0.1, 0.6)))
        step_m = size[1] + float(rng.uniform(0.1, 1.0))
        rgb = palette.one_of(rng, (WHITE, (0.7, 0.5, 0.1), (0.5, 0.05, 0.04), (0.05, 0.1, 0.35)))
        decals += bars(at_m, turn, count=int(rng.integers(1, 12)), size_m=size, step_m=step_m, rgb=rgb)
    if rng.random() < 0.3:
        line = waving_line(task, rng.normal(0.0, 8.0, 2), float(rng.uniform(0.0, 2.0 * np.pi)), bend=0.03)
        decals += dashes(line, 0.15, WHITE, dash_m=3.0, gap_m=6.0)
    spots = task.stage.places(int(rng.integers(0, 30)), land)
    if len(spots):
        rgb = palette.one_of(rng, (SHADE, (0.3, 0.3, 0.3), (0.35, 0.2, 0.1), (0.1, 0.12, 0.05)))
        decals.append(blots(spots, rng.uniform(0.1, 0.9, len(spots)), rgb, rng))


def _shadows(task: Task) -> None:
    """Dark shapes of the length of a person's shadow, all one way, and nobody who throws them."""
    rng = task.rng
    if rng.random() < 0.6:
        return
    yaw_rad, long_m = float(rng.uniform(0.0, 2.0 * np.pi)), float(rng.uniform(0.8, 4.0))
    for at_m in task.stage.places(int(rng.integers(1, 14)), dry(task)):
        task.stage.decals += _shadow(at_m, yaw_rad, long_m * float(rng.uniform(0.8, 1.2)), rng)


def _shadow(at_m: Floats, yaw_rad: float, long_m: float, rng: np.random.Generator) -> list[Mesh]:
    forward = np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
    body = np.stack([at_m, at_m + 0.85 * long_m * forward])
    head = (at_m + 0.95 * long_m * forward)[None]
    return [strip(body, float(rng.uniform(0.25, 0.5)), SHADE), blots(head, np.array([0.16]), SHADE, rng)]
