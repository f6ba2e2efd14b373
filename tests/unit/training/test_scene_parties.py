"""A motorcycle and its riders, a truck and its logs: each is a thing of its own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from detectors.training.assets import motorcycles
from detectors.training.assets.aboard import Passenger
from detectors.training.assets.motorcycles import SEAT_M
from detectors.training.assets.riders import riders
from detectors.training.assets.trucks import laden_log_truck
from detectors.training.catalogue import Catalogue
from detectors.training.mesh import Mesh
from detectors.training.placing import Stage
from detectors.training.scene import Placed
from detectors.training.soup import world_vertices
from detectors.training.view import random_view

SEEDS = range(6)


def wedge() -> Mesh:
    corners = np.array([[-1, -0.5, 0], [1, -0.5, 0], [1, 0.5, 0], [-1, 0, 1.0]], np.float32)
    return Mesh(corners, np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32))


@pytest.fixture
def stage() -> Stage:
    rng = np.random.default_rng(1)
    return Stage(rng, random_view(rng, (320, 320)), Catalogue({}, 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_riders_sit_on_the_machine_and_not_in_each_other(seed: int) -> None:
    machine = motorcycles.ASSETS["scooter"].make(np.random.default_rng(seed))
    low, high = machine.vertices_m[:, 0].min(), machine.vertices_m[:, 0].max()
    aboard = riders(np.random.default_rng(seed))
    places = [each.position_m for each in aboard]
    assert 1 <= len(places) <= 3
    assert all(low < x < high and z == SEAT_M for x, _, z in places)
    assert all(first[0] - second[0] > 0.3 for first, second in pairwise(places))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rider_is_as_high_as_one_who_sits_on_a_seat(seed: int) -> None:
    for each in riders(np.random.default_rng(seed)):
        heights_m = each.mesh.vertices_m[:, 2] + each.position_m[2]
        assert 1.2 < heights_m.max() < 2.0
        assert heights_m.min() > -0.05


def test_no_machine_brings_a_rider_in_its_own_mesh() -> None:
    for name in ("scooter", "motorbike", "scooter_laden"):
        for seed in SEEDS:
            mesh = motorcycles.ASSETS[name].make(np.random.default_rng(seed))
            assert float(mesh.vertices_m[:, 2].max()) < (1.9 if name == "scooter_laden" else 1.35)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_logs_of_a_truck_lie_over_its_bed(seed: int) -> None:
    truck, load = laden_log_truck(np.random.default_rng(seed))
    low, high = truck.vertices_m.min(axis=0), truck.vertices_m.max(axis=0)
    assert float(load.vertices_m[:, 2].min()) > 0.5
    assert (load.vertices_m[:, 1].min() > low[1] - 0.3) & (load.vertices_m[:, 1].max() < high[1] + 0.3)
    assert float(load.vertices_m[:, 0].max()) < high[0]


def test_what_is_carried_turns_with_its_bearer_and_belongs_to_its_party(stage: Stage) -> None:
    bearer = stage.stand(Placed(wedge(), "motorcycle", (5.0, 2.0, 0.0), np.pi / 2.0))
    other = stage.stand(Placed(wedge(), "motorcycle", (25.0, 2.0, 0.0), 0.0))
    assert bearer is not None
    assert other is not None
    stage.carry(bearer, [Passenger(wedge(), (1.0, 0.0, 0.7), 0.0)])
    carried = stage.objects[-1]
    assert carried.label == "person"
    assert carried.position_m == pytest.approx((5.0, 3.0, 0.7))
    assert carried.party == bearer.party
    assert other.party != bearer.party


def test_nothing_stands_where_something_stands(stage: Stage) -> None:
    first = stage.stand(Placed(wedge(), "vehicle", (0.0, 0.0, 0.0), 0.0))
    assert first is not None
    assert float(world_vertices(first)[:, 2].max()) == pytest.approx(1.0)
    assert stage.stand(Placed(wedge(), "vehicle", (0.2, 0.0, 0.0), 0.0)) is None
