"""What is put into a scene stands free, on the right ground, and the same again for the same seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from detectors.training.camera import Floats
from detectors.training.catalogue import Catalogue
from detectors.training.mesh import Mesh, merged
from detectors.training.placing import Stage, footprint
from detectors.training.scene import Placed
from detectors.training.view import random_view
from detectors.types import DetectorError


def block(length_m: float, width_m: float) -> Mesh:
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)])
    faces = np.array([[0, 1, 3], [0, 3, 2], [4, 5, 7], [4, 7, 6]], np.int32)
    return Mesh((corners * [length_m, width_m, 1.5]).astype(np.float32), faces)


@dataclass(frozen=True)
class Block:
    label: str | None = "vehicle"
    weight: float = 1.0
    length_m: float = 4.0

    def make(self, rng: np.random.Generator) -> Mesh:
        return block(self.length_m * rng.uniform(0.9, 1.1), 1.8)


@pytest.fixture
def stage() -> Stage:
    rng = np.random.default_rng(1)
    view = random_view(rng, (832, 832), person_px=(20.0, 20.0), steep_share=1.0)
    return Stage(rng, view, Catalogue({"vehicles": {"car": Block()}, "none": {}}, 1))


def test_things_do_not_stand_in_each_other(stage: Stage) -> None:
    stage.scatter("vehicles", 60)
    middles = np.array([each.position_m[:2] for each in stage.objects])
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    assert len(middles) > 10
    assert apart[np.triu_indices(len(middles), 1)].min() > 1.6


def test_nothing_is_put_where_something_stands(stage: Stage) -> None:
    assert stage.put("vehicles", np.zeros(2), 0.0) is not None
    assert stage.put("vehicles", np.array([2.0, 0.0]), 0.0) is None
    assert stage.put("vehicles", np.array([0.0, 2.4]), 0.0) is not None


def test_a_place_can_be_kept_free(stage: Stage) -> None:
    stage.keep_free(np.zeros((1, 2)), 5.0)
    assert stage.put("vehicles", np.array([3.0, 3.0])) is None


def test_scattering_keeps_to_what_is_allowed(stage: Stage) -> None:
    stage.scatter("vehicles", 40, lambda points: points[:, 0] > 0.0)
    assert stage.objects
    assert all(each.position_m[0] > 0.0 for each in stage.objects)


def test_a_footprint_covers_a_long_thing_along_its_length() -> None:
    discs = footprint(Placed(block(12.0, 2.0), None, (5.0, 5.0, 0.0), np.pi / 2.0))
    assert discs[:, 0] == pytest.approx(5.0, abs=1e-6)
    assert (discs[:, 1] - discs[:, 2]).min() == pytest.approx(-1.0, abs=1e-5)
    assert (discs[:, 1] + discs[:, 2]).max() == pytest.approx(11.0, abs=1e-5)


def test_an_empty_group_is_refused(stage: Stage) -> None:
    with pytest.raises(DetectorError, match="no asset in the group 'none'"):
        stage.put("none", np.zeros(2))


def test_a_catalogue_makes_the_same_meshes_for_the_same_seed() -> None:
    def picked(seed: int) -> Floats:
        rng = np.random.default_rng(7)
        mesh, _ = Catalogue({"vehicles": {"car": Block()}}, seed).pick(rng, "vehicles")
        return np.asarray(mesh.vertices_m, np.float64)

    assert (picked(1) == picked(1)).all()
    assert (picked(1) != picked(2)).any()


def test_meshes_merge_into_one_with_all_their_faces() -> None:
    one, other = block(2.0, 1.0), block(4.0, 1.0)
    both = merged([one, other])
    assert len(both.faces) == len(one.faces) + len(other.faces)
    assert both.vertices_m[both.faces[len(one.faces) :]] == pytest.approx(other.vertices_m[other.faces])


def test_a_mesh_of_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="vertices_m must be"):
        Mesh(np.zeros((3, 2), np.float32), np.zeros((1, 3), np.int32))
    with pytest.raises(ValueError, match="colours has 2 rows for 3 vertices"):
        Mesh(np.zeros((3, 3), np.float32), np.zeros((1, 3), np.int32), np.zeros((2, 3), np.float32))
