"""Every kind of scene is built for any camera, is the same again for the same seed, and can be empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from detectors.training.canvas import CELLS, Canvas
from detectors.training.catalogue import Catalogue
from detectors.training.classes import CLASSES
from detectors.training.grounds import Tile, library
from detectors.training.mesh import Mesh
from detectors.training.placing import Stage
from detectors.training.scene import WATER, Scene
from detectors.training.scene_kinds import KINDS, random_scene
from detectors.training.scene_parts import Task, beside_line
from detectors.training.thermal import thermal
from detectors.training.view import ground_bounds, random_view

LABELS: Mapping[str, str | None] = {
    "logs": "log_pile",
    "vehicles": "vehicle",
    "motorcycles": "motorcycle",
    "people": "person",
    "swimmers": "person",
    "boats": "boat",
    "rafts": "log_pile",
}
OTHERS = ("trees", "shrubs", "junk", "rocks", "wood", "debris", "camp", "houses", "afloat", "street")


@dataclass(frozen=True)
class Spike:
    label: str | None
    weight: float = 1.0

    def make(self, rng: np.random.Generator) -> Mesh:
        corners = np.array([[-1, -0.5, 0], [1, -0.5, 0], [0, 0.5, 0], [0, 0, 1.5]], np.float32)
        return Mesh(corners, np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32))


@pytest.fixture(scope="module")
def tiles() -> tuple[Tile, ...]:
    return library(None)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    groups = {group: {group: Spike(label)} for group, label in LABELS.items()}
    return Catalogue(groups | {group: {group: Spike(None)} for group in OTHERS}, 1)


def built(name: str, seed: int, catalogue: Catalogue, tiles: tuple[Tile, ...], *, empty: bool) -> Stage:
    rng = np.random.default_rng(seed)
    view = random_view(rng, (320, 320))
    stage, canvas = Stage(rng, view, catalogue), Canvas(rng, *ground_bounds(view))
    KINDS[name].build(Task(rng, stage, canvas, tiles, empty))
    canvas.ground(1.0)
    return stage


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_an_empty_scene_holds_no_labelled_thing(
    name: str, seed: int, catalogue: Catalogue, tiles: tuple[Tile, ...]
) -> None:
    stage = built(name, seed, catalogue, tiles, empty=True)
    assert not [each.label for each in stage.objects if each.label in CLASSES]


@pytest.mark.parametrize("name", [name for name in KINDS if name != "decoys"])
def test_a_full_scene_holds_labelled_things_before_long(
    name: str, catalogue: Catalogue, tiles: tuple[Tile, ...]
) -> None:
    for seed in range(12):
        stage = built(name, seed, catalogue, tiles, empty=False)
        if any(each.label in CLASSES for each in stage.objects):
            return
    pytest.fail("twelve scenes with nothing in them")


@pytest.mark.parametrize("seed", range(3))
def test_decoys_are_many_and_of_no_class(seed: int, catalogue: Catalogue, tiles: tuple[Tile, ...]) -> None:
    stage = built("decoys", seed, catalogue, tiles, empty=False)
    assert len(stage.objects) + len(stage.decals) > 3
    assert not [each.label for each in stage.objects if each.label in CLASSES]


def test_only_the_kinds_asked_for_are_built(catalogue: Catalogue, tiles: tuple[Tile, ...]) -> None:
    kinds = {
        random_scene(
            np.random.default_rng(seed), (320, 320), catalogue, tiles, empty=True, kinds=("forest", "square")
        ).kind
        for seed in range(8)
    }
    assert kinds == {"forest", "square"}


def test_a_square_is_seen_from_above_and_holds_people_and_motorcycles(
    catalogue: Catalogue, tiles: tuple[Tile, ...]
) -> None:
    labels: list[str | None] = []
    for seed in range(6):
        scene = random_scene(
            np.random.default_rng(seed), (320, 320), catalogue, tiles, empty=False, kinds=("square",)
        )
        assert scene.camera.depression_rad >= np.radians(50.0) - 1e-9
        labels += [each.label for each in scene.objects]
    assert labels.count("person") > 30
    assert labels.count("motorcycle") > 6


def test_boats_are_afloat_and_cars_are_not(catalogue: Catalogue, tiles: tuple[Tile, ...]) -> None:
    rng = np.random.default_rng(4)
    view = random_view(rng, (320, 320), steep_share=1.0)
    canvas, stage = Canvas(rng, *ground_bounds(view)), Stage(rng, view, catalogue)
    canvas.lay(WATER, (canvas.x_m > 0.0).astype(np.float32))
    wet = canvas.share(WATER, np.array([[canvas.side_m / 8.0, 0.0], [-canvas.side_m / 8.0, 0.0]]))
    assert wet == pytest.approx([1.0, 0.0])
    assert stage.scatter("boats", 5, lambda points: canvas.share(WATER, points) > 0.9)
    assert all(each.position_m[0] > -1e-6 for each in stage.objects)


def scene_of(seed: int, catalogue: Catalogue, tiles: tuple[Tile, ...]) -> Scene:
    return random_scene(np.random.default_rng(seed), (320, 320), catalogue, tiles, empty=False)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_seed_builds_the_same_scene(
    seed: int, catalogue: Catalogue, tiles: tuple[Tile, ...]
) -> None:
    one, other = (scene_of(seed, catalogue, tiles) for _ in range(2))
    assert one.camera == other.camera
    assert one.light == other.light
    assert [each.position_m for each in one.objects] == [each.position_m for each in other.objects]
    assert (one.ground.weights == other.ground.weights).all()


def test_the_weights_of_a_ground_fill_each_cell(catalogue: Catalogue, tiles: tuple[Tile, ...]) -> None:
    for seed in range(8):
        total = scene_of(seed, catalogue, tiles).ground.weights.astype(int).sum(axis=2)
        assert np.abs(total - 255).max() <= 2


def test_the_distance_from_a_line_is_in_metres_and_signed() -> None:
    canvas = Canvas(np.random.default_rng(0), np.array([-50.0, -50.0]), np.array([50.0, 50.0]))
    line = np.column_stack([np.linspace(-80.0, 80.0, 30), np.zeros(30)])
    beside_m = beside_line(canvas, line)
    above = beside_m[round(CELLS * (0.5 + 20.0 / canvas.side_m)), CELLS // 2]
    below = beside_m[round(CELLS * (0.5 - 20.0 / canvas.side_m)), CELLS // 2]
    assert above == pytest.approx(20.0, abs=1.0)
    assert below == pytest.approx(-20.0, abs=1.0)


def test_a_thermal_scene_is_grey_and_people_are_its_brightest(
    catalogue: Catalogue, tiles: tuple[Tile, ...]
) -> None:
    scene = thermal(scene_of(2, catalogue, tiles), np.random.default_rng(0))
    colours = {each.label: each.mesh.colours for each in scene.objects}
    assert all(np.ptp(colour, axis=1).max() < 1e-6 for colour in colours.values() if colour is not None)
    assert all(material.tint[0] == material.tint[2] for material in scene.ground.materials)
