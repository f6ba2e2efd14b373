"""A random scene of one of the kinds that a patrol sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.training.canvas import Canvas
from detectors.training.catalogue import Catalogue
from detectors.training.degrade import LAMPLIT_SHARE, NIGHT_SHARE
from detectors.training.grounds import Tile
from detectors.training.light import daylight
from detectors.training.placing import Stage
from detectors.training.scene import Placed, Scene
from detectors.training.scene_crowd import busy_street
from detectors.training.scene_decoys import decoys
from detectors.training.scene_forest import farmland, forest, landing, track
from detectors.training.scene_logyard import log_yard
from detectors.training.scene_parts import Task, backdrop
from detectors.training.scene_square import square
from detectors.training.scene_town import car_park, street, village
from detectors.training.scene_water import open_water, river
from detectors.training.view import LOW_DEG, STEEP_DEG, View, ground_bounds, random_view


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of scene is built, how often, from how far (a person's size in pixels in the middle of the
    picture), the share of steep views, how steep those and the others are, how many are at night, and how
    many of these under lamps."""

    build: Callable[[Task], None]
    weight: float
    person_px: tuple[float, float]
    steep_share: float
    steep_deg: tuple[float, float] = STEEP_DEG
    low_deg: tuple[float, float] = LOW_DEG
    night_share: float = NIGHT_SHARE
    lamplit_share: float = LAMPLIT_SHARE


# Piles are flown over higher than people are looked for; streets matter most as VisDrone sees them, obliquely
# and with people of 8 to 40 px.
KINDS: Mapping[str, Kind] = {
    "river": Kind(river, 0.19, (6.0, 60.0), 0.5),
    "open_water": Kind(open_water, 0.09, (6.0, 60.0), 0.45),
    "landing": Kind(landing, 0.17, (8.0, 45.0), 0.6),
    "track": Kind(track, 0.1, (6.0, 70.0), 0.6),
    "forest": Kind(forest, 0.07, (6.0, 70.0), 0.6),
    "farmland": Kind(farmland, 0.07, (6.0, 70.0), 0.55),
    "street": Kind(street, 0.22, (8.0, 60.0), 0.3),
    "car_park": Kind(car_park, 0.06, (8.0, 60.0), 0.55),
    "village": Kind(village, 0.07, (7.0, 60.0), 0.5),
    # From above a person is as wide as the shoulders: a third of the height that these sizes are of.
    "square": Kind(square, 0.12, (14.0, 110.0), 0.9, steep_deg=(70.0, 90.0), low_deg=(50.0, 70.0)),
    "busy_street": Kind(
        busy_street, 0.1, (11.0, 45.0), 0.1, low_deg=(18.0, 48.0), night_share=0.3, lamplit_share=0.7
    ),
    "log_yard": Kind(log_yard, 0.08, (30.0, 110.0), 0.55),
    "decoys": Kind(decoys, 0.04, (8.0, 110.0), 0.6),
}


def random_scene(
    rng: np.random.Generator,
    size_px: tuple[int, int],
    catalogue: Catalogue,
    tiles: Sequence[Tile],
    *,
    empty: bool,
    kinds: Sequence[str] = tuple(KINDS),
) -> Scene:
    """A scene of one of ``kinds`` seen in a picture of ``size_px`` (width, height); ``empty``: with nothing
    labelled in it."""
    names = list(kinds)
    weights = np.array([KINDS[name].weight for name in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    kind = KINDS[name]
    view = random_view(
        rng,
        size_px,
        person_px=kind.person_px,
        steep_share=kind.steep_share,
        steep_deg=kind.steep_deg,
        low_deg=kind.low_deg,
    )
    stage, canvas = Stage(rng, view, catalogue), Canvas(rng, *ground_bounds(view))
    task = Task(rng, stage, canvas, tiles, empty)
    kind.build(task)
    backdrop(task)
    ripple = float(np.exp(rng.uniform(np.log(0.15), np.log(2.5))))
    return Scene(
        name, view.camera, daylight(rng), canvas.ground(ripple), _in_reach(stage, view), tuple(stage.decals)
    )


def _in_reach(stage: Stage, view: View) -> tuple[Placed, ...]:
    nadir = np.array(view.camera.position_m[:2])
    far_m = 1.3 * view.reach_m
    return tuple(each for each in stage.objects if float(np.hypot(*(each.position_m[:2] - nadir))) < far_m)
