"""What a scene may rely on in the assets of wood and of what is mistaken for it. numpy alone is needed."""

from importlib import import_module

import numpy as np
import pytest

from detectors.training.assets.asset import Asset
from detectors.training.assets.logs import load_of_logs
from detectors.training.assets.planks import load_of_timber
from detectors.training.assets.settle import settled
from detectors.training.assets.shapes import ball, boxes, loft, yaw_turn
from detectors.training.assets.timber import Lie, look, trunks
from detectors.training.assets.tubes import sticks, tubes
from detectors.training.classes import CLASSES
from detectors.training.mesh import Mesh

FILES = ("logs", "planks", "stumps", "debris", "trees", "shrubs", "rocks", "junk", "camp", "houses")
# What a scene of hundreds of objects can afford: a pile 12,000 faces, a plant 2,500, a herd of others 3,500.
MOST_FACES = {"logs": 12_000, "planks": 12_000, "trees": 2_500, "shrubs": 2_500}


def table(file: str) -> dict[str, Asset]:
    return dict(import_module(f"detectors.training.assets.{file}").ASSETS)


def all_assets() -> list[tuple[str, str]]:
    return [(file, name) for file in FILES for name in table(file)]


def _on_land(file: str, name: str) -> bool:
    return table(file)[name].place == "land"


def _bytes(mesh: Mesh) -> bytes:
    return mesh.vertices_m.tobytes() + (b"" if mesh.colours is None else mesh.colours.tobytes())


def made(file: str, name: str, seed: int) -> Mesh:
    return table(file)[name].make(np.random.default_rng(seed))


@pytest.mark.parametrize(("file", "name"), all_assets())
def test_every_asset_is_a_sound_mesh_in_its_budget(file: str, name: str) -> None:
    for seed in range(2):
        mesh = made(file, name, seed)
        assert np.isfinite(mesh.vertices_m).all()
        assert mesh.faces.min() >= 0
        assert mesh.faces.max() < len(mesh.vertices_m)
        assert mesh.colours is not None
        assert mesh.colours.min() >= 0.0
        assert mesh.colours.max() <= 1.0
        assert 0 < len(mesh.faces) <= MOST_FACES.get(file, 3_500)


@pytest.mark.parametrize(("file", "name"), all_assets())
def test_the_same_seed_makes_the_same_asset_and_another_seed_another(file: str, name: str) -> None:
    first, again, other = made(file, name, 3), made(file, name, 3), made(file, name, 4)
    assert np.array_equal(first.vertices_m, again.vertices_m)
    assert np.array_equal(first.colours, again.colours)
    assert _bytes(first) != _bytes(other)


@pytest.mark.parametrize(("file", "name"), [each for each in all_assets() if _on_land(*each)])
def test_nothing_on_land_reaches_noticeably_below_the_ground(file: str, name: str) -> None:
    lowest = min(float(made(file, name, seed).vertices_m[:, 2].min()) for seed in range(2))
    # 0.1 m: a leaning stem's rim, or a branch of the waste; the ground hides nothing.
    assert lowest >= -0.1


def test_wood_is_labelled_and_what_is_mistaken_for_it_is_not() -> None:
    piles = {asset.label for file in ("logs", "planks") for asset in table(file).values()}
    others = {asset.label for file in FILES[2:] for asset in table(file).values()}
    assert piles == {"log_pile"}
    assert others.isdisjoint(CLASSES)


def test_names_are_unique_over_all_files() -> None:
    names = [name for _, name in all_assets()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("load", [load_of_logs, load_of_timber])
def test_a_load_stays_on_the_bed_it_was_made_for(load: object) -> None:
    assert callable(load)
    for seed in range(20):
        low, high = _bounds(load(np.random.default_rng(seed), 4.0, 1.8))
        assert low[2] == pytest.approx(0.0, abs=1e-5)
        assert high[1] - low[1] <= 1.8 * 1.25  # a log on top may stand out a little
        assert high[0] - low[0] <= 4.0 * 1.25


def test_logs_on_a_pile_rest_on_those_below_and_not_inside_them() -> None:
    heights = settled(np.zeros(3), np.full(3, 0.4))
    assert heights[0] == pytest.approx(0.2)
    assert np.all(np.diff(heights) > 0.2)


def test_logs_side_by_side_all_lie_on_the_ground() -> None:
    heights = settled(np.arange(5) * 0.5, np.full(5, 0.4))
    assert heights == pytest.approx(np.full(5, 0.2))


def test_a_trunk_has_the_length_and_thickness_asked_for() -> None:
    rng = np.random.default_rng(1)
    lie = Lie(np.zeros((1, 3)), np.zeros(1), np.zeros(1), np.array([6.0]), np.array([0.4]))
    low, high = _bounds(trunks(rng, lie, look(rng), bend=0.0))
    assert high[0] - low[0] == pytest.approx(6.0, abs=0.01)
    assert high[2] - low[2] == pytest.approx(0.4, rel=0.45)  # bark and taper


def test_a_tube_is_closed_only_when_its_ends_have_colours() -> None:
    axes, radii, colours = np.array([[[0.0, 0, 0], [1.0, 0, 0]]]), np.full((1, 2), 0.1), np.ones((1, 3))
    open_tube = tubes(axes, radii, colours, sides=6)
    closed = tubes(axes, radii, colours, sides=6, ends=np.ones((1, 2, 2, 3)))
    assert len(open_tube.faces) == 12
    assert len(closed.faces) == 24


def test_an_upright_stick_is_as_thick_as_asked_on_all_sides() -> None:
    stick = sticks(np.zeros((1, 3)), np.array([[0.0, 0.0, 2.0]]), 0.1, np.ones((1, 3)), sides=8)
    low, high = _bounds(stick)
    assert high == pytest.approx([0.1, 0.1, 2.0], abs=1e-6)
    assert low == pytest.approx([-0.1, -0.1, 0.0], abs=1e-6)


def test_a_box_turns_from_x_towards_y() -> None:
    turned = boxes(
        np.zeros((1, 3)), np.array([[4.0, 1.0, 1.0]]), np.ones((1, 3)), yaw_turn(np.array([np.pi / 2.0]))
    )
    low, high = _bounds(turned)
    assert high - low == pytest.approx([1.0, 4.0, 1.0], abs=1e-5)


def test_a_ball_is_closed_and_of_radius_one() -> None:
    for halvings in (0, 1, 2):
        points, faces = ball(halvings)
        edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        assert len(faces) == 20 * 4**halvings
        assert set(np.unique(edges, axis=0, return_counts=True)[1]) == {2}
        assert np.linalg.norm(points, axis=1) == pytest.approx(np.ones(len(points)), abs=1e-6)


def test_a_loft_takes_one_colour_one_by_ring_or_one_by_vertex() -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, 5)[:-1]
    ring = np.stack([np.zeros(4), np.cos(turn), np.sin(turn)], axis=1)
    rings = np.stack([ring + np.array([x, 0.0, 0.0]) for x in (0.0, 1.0, 2.0)])
    for colours in (np.ones(3), np.ones((3, 3)), np.ones((3, 4, 3))):
        assert len(loft(rings, colours).faces) == 2 * 8 + 2 * 4


def _bounds(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    return mesh.vertices_m.min(axis=0), mesh.vertices_m.max(axis=0)
