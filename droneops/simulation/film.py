"""The frames of one drone's film in order: its picture, or why there is none, and the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.simulation.bodies import Body, actors_at, strewn
from droneops.simulation.draw import paint_shadows
from droneops.simulation.eye import eye_of
from droneops.simulation.light import light_of
from droneops.simulation.paint import painted_ground
from droneops.simulation.picture import Stage, make_stage, render
from droneops.simulation.scenario import PICTURE_FAULTS, Scenario
from droneops.simulation.truth import truth_row
from droneops.simulation.words import Vehicle

Picture = npt.NDArray[np.uint8]
# A wet leaf on the lens lets a glow through, and no edge.
_COVERED_BLUR_PX = 60.0
_DEFOCUS_BLUR_PX = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """Frame ``number`` at ``t_s``; ``truth`` is its line of truth.jsonl."""

    number: int
    t_s: float
    image_bgr: Picture
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Set:
    """What is built once for a scenario, and all its drones film."""

    ground: Picture
    strewn: tuple[Body, ...]


def build(scenario: Scenario) -> Set:
    """Paints the ground, with the shadows of what never moves. Takes seconds."""
    things = strewn(scenario.file)
    ground = painted_ground(scenario.file)
    paint_shadows(ground, things, light_of(scenario.file.light), scenario.file.place.reach_m)
    return Set(ground, things)


def shots(vehicle: Vehicle, built: Set) -> Iterator[Shot]:
    """Every frame that the camera takes, from second 0 to the scenario's end, faults of the picture in it."""
    file = vehicle.scenario.file
    stage = make_stage(built.ground, built.strewn, vehicle.camera.lens, light_of(file.light), file.seed)
    last: Picture | None = None
    for number in range(frame_count(vehicle)):
        t_s = number / file.video.fps
        faults = faults_at(vehicle, t_s)
        image, truth = _taken(vehicle, stage, number)
        image = last if "frozen" in faults and last is not None else faulty(image, faults)
        last = image
        yield Shot(number, t_s, image, truth)


def frame_count(vehicle: Vehicle) -> int:
    """How many frames the film has."""
    return int(vehicle.scenario.file.duration_s * vehicle.scenario.file.video.fps)


def faults_at(vehicle: Vehicle, t_s: float) -> tuple[str, ...]:
    """The kinds of fault that are on."""
    return tuple(fault.kind for fault in vehicle.drone.fault if fault.from_s <= t_s < fault.to_s)


def faulty(image: Picture, faults: tuple[str, ...]) -> Picture:
    """The picture with what the faults black, covered and defocused do to it."""
    import cv2

    for kind in (kind for kind in faults if kind in PICTURE_FAULTS):
        if kind == "black":
            image = np.asarray(image // 64, np.uint8)
        elif kind == "defocused":
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), _DEFOCUS_BLUR_PX), np.uint8)
        elif kind == "covered":
            small = cv2.resize(image, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
            glow = cv2.GaussianBlur(small, (0, 0), _COVERED_BLUR_PX / 8)
            size = (image.shape[1], image.shape[0])
            image = np.asarray(cv2.resize(glow, size, interpolation=cv2.INTER_LINEAR) // 4, np.uint8)
    return image


def _taken(vehicle: Vehicle, stage: Stage, number: int) -> tuple[Picture, dict[str, Any]]:
    file = vehicle.scenario.file
    t_s = number / file.video.fps
    state = vehicle.state(t_s)
    eye = eye_of(state, vehicle.camera)
    actors = actors_at(file.actor, t_s)
    image = render(stage, eye, actors, number)
    row = truth_row(file.place, vehicle.utc_us(t_s), number, state, eye, actors, faults_at(vehicle, t_s))
    return image, row
