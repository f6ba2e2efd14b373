"""Vehicles, motorcycles, people and boats for the scenes: their labels, sizes and frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.training.assets import boats, motorcycles, people, vehicles
from detectors.training.assets.aboard import ROOM_M, passengers, top_m
from detectors.training.assets.asset import Asset
from detectors.training.assets.baking import MOST_FACES, baked
from detectors.training.assets.cleared import MODELS, cleared_assets
from detectors.training.assets.shapes import box
from detectors.training.assets.waterline import above_water
from detectors.training.mesh import Mesh
from detectors.types import DetectorError

TABLES = {"vehicle": vehicles, "motorcycle": motorcycles, "person": people, "boat": boats}
MOVING = {name: asset for table in TABLES.values() for name, asset in table.ASSETS.items()}
SEEDS = range(4)
# Longest and shortest real things of a label, metres, along the longer side of their outline.
LENGTHS_M = {"vehicle": (2.0, 13.5), "motorcycle": (1.6, 2.4), "person": (0.3, 2.7), "boat": (2.0, 32.0)}


def made(asset: Asset, seed: int) -> Mesh:
    return asset.make(np.random.default_rng(seed))


def outline_m(mesh: Mesh) -> tuple[float, float]:
    along, across = np.ptp(mesh.vertices_m[:, :2], axis=0)
    return float(along), float(across)


@pytest.mark.parametrize("label", TABLES)
def test_every_asset_of_a_table_has_the_tables_label(label: str) -> None:
    assert {asset.label for asset in TABLES[label].ASSETS.values()} == {label}


@pytest.mark.parametrize("name", MOVING)
def test_an_asset_depends_on_the_seed_alone(name: str) -> None:
    first, again, other = (made(MOVING[name], seed) for seed in (0, 0, 1))
    assert np.array_equal(first.vertices_m, again.vertices_m)
    assert not np.array_equal(first.vertices_m, other.vertices_m)


@pytest.mark.parametrize("name", MOVING)
def test_an_asset_is_as_long_as_the_real_thing(name: str) -> None:
    least, most = LENGTHS_M[MOVING[name].label or ""]
    for seed in SEEDS:
        assert least <= max(outline_m(made(MOVING[name], seed))) <= most


@pytest.mark.parametrize("name", MOVING)
def test_an_asset_stands_on_the_ground_or_floats_on_the_water(name: str) -> None:
    for seed in SEEDS:
        low = float(made(MOVING[name], seed).vertices_m[:, 2].min())
        assert abs(low) < (0.3 if MOVING[name].place == "water" else 0.06)


@pytest.mark.parametrize("name", MOVING)
def test_an_asset_is_coloured_and_cheap_to_draw(name: str) -> None:
    mesh = made(MOVING[name], 2)
    assert mesh.colours is not None
    assert float(mesh.colours.min()) >= 0.0
    assert float(mesh.colours.max()) <= 1.0
    assert len(mesh.faces) <= MOST_FACES


@pytest.mark.parametrize("name", ["sedan", "pickup", "bus", "longtail", "scooter"])
def test_what_moves_is_longer_ahead_than_aside(name: str) -> None:
    along, across = outline_m(made(MOVING[name], 3))
    assert along > 1.5 * across


@pytest.mark.parametrize("name", boats.ASSETS)
def test_passengers_sit_apart_and_within_the_boat(name: str) -> None:
    boat = made(boats.ASSETS[name], 1)
    aboard = passengers(np.random.default_rng(5), boat, 4)
    low, high = boat.vertices_m.min(axis=0), boat.vertices_m.max(axis=0)
    places = np.array([person.position_m for person in aboard]).reshape(-1, 3)
    assert ((places[:, :2] >= low[:2]) & (places[:, :2] <= high[:2])).all()
    apart = np.linalg.norm(places[:, None, :2] - places[None, :, :2], axis=2) + 9.0 * np.eye(len(places))
    assert apart.size == 0 or float(apart.min()) > ROOM_M


def test_the_highest_face_over_a_point_is_found() -> None:
    mesh = box((2.0, 1.0, 0.7), np.full(3, 0.5))
    assert top_m(mesh, np.array([0.3, 0.2])) == pytest.approx(0.7)
    assert top_m(mesh, np.array([3.0, 0.0])) is None


def test_nothing_is_left_under_the_water() -> None:
    sunk = Mesh(box((1.0, 1.0, 1.0), np.full(3, 0.5)).vertices_m - np.float32([0, 0, 0.4]), _faces_of_a_box())
    dry = above_water(sunk)
    assert float(dry.vertices_m[:, 2].min()) == 0.0
    assert float(dry.vertices_m[:, 2].max()) == pytest.approx(0.6)
    assert len(dry.faces) < len(sunk.faces)


def _faces_of_a_box() -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    return box((1.0, 1.0, 1.0), np.full(3, 0.5)).faces


def test_a_folder_without_the_models_gives_no_assets(tmp_path: Path) -> None:
    assert cleared_assets(tmp_path) == {}


def test_every_cleared_model_names_its_licence_and_author() -> None:
    assert all(model.licence.startswith("CC") and model.author for model in MODELS.values())


def test_a_broken_model_is_told_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("trimesh", reason="reads the models; in the extra 'training'")
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"no model")
    with pytest.raises(DetectorError, match=r"broken\.glb"):
        baked(broken)


@pytest.mark.parametrize("name", ["gazebo_hatchback", "quaternius_boat"])
def test_a_cleared_model_comes_in_our_frame_and_size(name: str, shared: Path) -> None:
    pytest.importorskip("trimesh", reason="reads the models; in the extra 'training'")
    model = MODELS[name]
    mesh = made(cleared_assets(shared / "cleared")[model.group][name], 0)
    along, across = outline_m(mesh)
    assert model.size_m[0] <= along <= model.size_m[1]
    assert along > across
    assert abs(float(mesh.vertices_m[:, 2].min())) < 1e-3
