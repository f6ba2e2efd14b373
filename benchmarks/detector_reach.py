"""From how far the model sees what: the same rendered things from ever greater distances.

    python benchmarks/detector_reach.py CARD... [--scenes 4] [--depression-deg 90 45] [--grid] [--json]

It needs a renderer (`pip install .[training]` and EGL), but no pictures: the grounds are drawn. Each scene is
a field of one kind of thing; the camera backs away along its axis, so that from step to step only the size of
things in the picture changes. A thing counts as found by a box of its class that overlaps it by half, at the
shipped threshold. The model is told the ground sample distance, as a patrol tells it; ``--grid``: it is not.
Rendered things are easier than real ones: what is not seen here is not seen there, the reverse is not so.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import detectors
from detectors.evaluation.matching import match
from detectors.training import palette
from detectors.training.asset_groups import asset_groups
from detectors.training.camera import Camera, focal_px
from detectors.training.canvas import Canvas, material
from detectors.training.catalogue import Catalogue
from detectors.training.degrade import degraded
from detectors.training.grounds import library
from detectors.training.instances import Instance
from detectors.training.light import daylight
from detectors.training.placing import Stage
from detectors.training.render import Renderer
from detectors.training.scene import WATER, Scene
from detectors.training.view import View, ground_bounds
from detectors.types import Detector

SIZE_PX = (1280, 720)
HFOV_RAD = float(np.radians(70.0))
"""A common drone's wide lens."""
GSD_M = (0.02, 0.03, 0.045, 0.065, 0.09, 0.13, 0.18, 0.25, 0.36, 0.5)
GROUPS = {
    "person": "people",
    "vehicle": "vehicles",
    "motorcycle": "motorcycles",
    "boat": "boats",
    "log_pile": "logs",
}
"""Fire and smoke have no size of their own, so there is no distance for them."""
FIELD_M = {"person": 12.0, "motorcycle": 16.0, "vehicle": 30.0, "boat": 40.0, "log_pile": 40.0}
"""Half of this about the middle the things stand: some of them are in the nearest picture too."""
LANDS = {"grass": palette.GRASS, "soil": palette.SOIL, "litter": palette.LITTER}
THINGS = 25
SEED = 906


@dataclass(frozen=True, slots=True)
class Step:
    """What was seen of one class from one distance."""

    gsd_m: float
    range_m: float
    side_px: float
    things: int
    found: int
    false_alarms: int


def main() -> None:
    """Render, look and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cards", type=Path, nargs="+")
    parser.add_argument("--scenes", type=int, default=4)
    parser.add_argument("--depression-deg", type=float, nargs="+", default=[90.0, 45.0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--grid", action="store_true", help="do not tell the ground sample distance")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = {card.parent.name: _of_card(card, given) for card in given.cards}
    print(json.dumps(figures, indent=1) if given.json else _report(figures))


def _of_card(card: Path, given: argparse.Namespace) -> dict[str, dict[str, list[dict[str, Any]]]]:
    detector = detectors.make(str(card), {"threads": given.threads})
    tiles = library(None)
    renderer = Renderer(*SIZE_PX, {tile.name: tile.image_rgb for tile in tiles})
    catalogue = Catalogue(asset_groups(None), SEED)
    known = {detector.label_map.get(label, label) for label in detector.labels}
    figures: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for depression_deg in given.depression_deg:
        own = figures.setdefault(f"{depression_deg:g}", {})
        for label in (label for label in GROUPS if label in known):
            scenes = [
                _field(label, number, depression_deg, catalogue, tiles) for number in range(given.scenes)
            ]
            steps = [_step(detector, renderer, scenes, label, gsd_m, told=not given.grid) for gsd_m in GSD_M]
            own[label] = [_values(step) for step in steps if step.things]
    return figures


def _field(label: str, number: int, depression_deg: float, catalogue: Catalogue, tiles: Any) -> Scene:
    """Things of one class on one ground, seen from the least distance."""
    rng = np.random.default_rng([SEED, number, list(GROUPS).index(label)])
    camera = _camera(GSD_M[0], float(np.radians(depression_deg)), yaw_rad=float(rng.uniform(0.0, 6.28)))
    wide = View(_moved(camera, GSD_M[-1]), reach_m=1e4)
    canvas, stage = Canvas(rng, *ground_bounds(wide)), Stage(rng, wide, catalogue)
    land = str(rng.choice(list(LANDS)))
    for slot in range(WATER):
        canvas.set_material(slot, material(rng, tiles, (land,), palette.one_of(rng, LANDS[land])))
    canvas.set_material(WATER, material(rng, tiles, ("water",), palette.one_of(rng, palette.WATER)))
    canvas.lay(WATER, np.full(canvas.x_m.shape, label == "boat", np.float32))
    for middle_m in rng.uniform(-0.5, 0.5, (THINGS * 3, 2)) * FIELD_M[label]:
        if len(stage.objects) < THINGS:
            stage.put(GROUPS[label], middle_m)
    return Scene("field", camera, daylight(rng), canvas.ground(1.0), tuple(stage.objects))


def _camera(gsd_m: float, depression_rad: float, yaw_rad: float) -> Camera:
    still = Camera(*SIZE_PX, HFOV_RAD, (0.0, 0.0, 1.0), yaw_rad, depression_rad)
    return _moved(still, gsd_m)


def _moved(camera: Camera, gsd_m: float) -> Camera:
    """The same view of the origin from where a pixel there is ``gsd_m`` across."""
    range_m = gsd_m * focal_px(camera)
    behind_m = range_m * np.cos(camera.depression_rad)
    at_m = -behind_m * np.cos(camera.yaw_rad), -behind_m * np.sin(camera.yaw_rad)
    height_m = range_m * np.sin(camera.depression_rad)
    return replace(camera, position_m=(float(at_m[0]), float(at_m[1]), float(height_m)))


def _step(
    detector: Detector, renderer: Renderer, scenes: list[Scene], label: str, gsd_m: float, *, told: bool
) -> Step:
    sides: list[float] = []
    found = false_alarms = 0
    for number, scene in enumerate(scenes):
        seen = renderer.draw(replace(scene, camera=_moved(scene.camera, gsd_m)))
        image = degraded(seen.image_bgr, np.random.default_rng([SEED, number]))
        answer = detector.detect(image, np.full((9, 16), gsd_m, np.float32) if told else None)
        things = np.array([each.xyxy_px for each in _clear(seen.instances, label)], float).reshape(-1, 4)
        hidden = np.array([each.xyxy_px for each in _unclear(seen.instances, label)], float).reshape(-1, 4)
        rows = [detector.label_map.get(own, own) == label for own in map(answer.label, range(len(answer)))]
        matches = match(
            answer.xyxy_px[rows].astype(float),
            answer.score[rows].astype(float),
            np.vstack([things, hidden]),
            np.repeat([False, True], [len(things), len(hidden)]),
            least_overlap=0.5,
        )
        found += int(matches.hit.sum())
        false_alarms += int((~matches.hit).sum())
        sides += list(_narrow(things))
    focal = focal_px(scenes[0].camera)
    middle = float(np.median(sides)) if sides else 0.0
    return Step(gsd_m, gsd_m * focal, middle, len(sides), found, false_alarms)


def _clear(instances: tuple[Instance, ...], label: str) -> Iterator[Instance]:
    return (each for each in instances if each.label == label and each.visible_fraction >= 0.6)


def _unclear(instances: tuple[Instance, ...], label: str) -> Iterator[Instance]:
    return (each for each in instances if each.label == label and each.visible_fraction < 0.6)


def _narrow(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).min(axis=1))


def _values(step: Step) -> dict[str, Any]:
    return {
        "gsd_m": step.gsd_m,
        "range_m": round(step.range_m, 1),
        "narrower_side_px": round(step.side_px, 1),
        "things": step.things,
        "recall": round(step.found / step.things, 3),
        "false_alarms": step.false_alarms,
    }


def _report(figures: dict[str, Any]) -> str:
    lines = [
        "| model | depression | class | cm a pixel | range m | narrower side px | found | false alarms |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    for name, angles in figures.items():
        for angle, classes in angles.items():
            lines += [
                _row(f"{name} | {angle} deg | {label}", s) for label, steps in classes.items() for s in steps
            ]
    return "\n".join(lines)


def _row(head: str, step: dict[str, Any]) -> str:
    found = f"{step['recall']:.2f} of {step['things']}"
    place = f"{100 * step['gsd_m']:.1f} | {step['range_m']:.0f} | {step['narrower_side_px']:.0f}"
    return f"| {head} | {place} | {found} | {step['false_alarms']} |"


if __name__ == "__main__":
    main()
