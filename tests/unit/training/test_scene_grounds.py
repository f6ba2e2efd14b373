"""The grounds of the scenes: tiles of a known size and colour, photographs without what is unlabelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.training.canvas import material
from detectors.training.decals import bars, blots, dashes, strip
from detectors.training.grounds import library, mended
from detectors.training.procedural_ground import TILES
from detectors.training.set_file import LabelledBox

LINE = np.column_stack([np.linspace(0.0, 30.0, 16), np.zeros(16)])
WHITE = (0.8, 0.8, 0.8)


@pytest.mark.parametrize("kind", TILES)
def test_a_drawn_tile_has_a_pattern_and_is_neither_black_nor_blown_out(kind: str) -> None:
    tile = TILES[kind](np.random.default_rng(0))
    assert tile.shape == (512, 512, 3)
    assert 40.0 < tile.mean() < 200.0
    assert tile.std() > 3.0


def test_the_same_library_comes_every_time() -> None:
    one, other = library(None), library(None)
    assert [tile.name for tile in one] == [tile.name for tile in other]
    assert all((a.image_rgb == b.image_rgb).all() for a, b in zip(one, other, strict=True))


def test_a_material_has_the_asked_mean_colour() -> None:
    tiles = [tile for tile in library(None) if tile.kind == "soil"]
    wanted = np.array([0.3, 0.2, 0.1])
    made = [material(np.random.default_rng(seed), tiles, ("soil",), tuple(wanted)) for seed in range(40)]
    means = {tile.name: tile.mean_linear for tile in tiles}
    shown = np.mean([means[each.tile] * np.array(each.tint) for each in made], axis=0)
    assert shown == pytest.approx(wanted, rel=0.1)


def test_boxes_of_a_photograph_are_painted_over() -> None:
    picture = np.full((80, 80, 3), 100, np.uint8)
    picture[30:40, 30:44] = 250
    clean = mended(picture, [LabelledBox((30, 30, 44, 40), "vehicle")])
    assert abs(clean.astype(int) - 100).max() < 5
    assert picture.max() == 250


def test_the_cleared_photographs_have_their_size_in_the_world(shared: Path) -> None:
    tiles = library(shared / "cleared")
    photos = [tile for tile in tiles if tile.kind == "photo"]
    assert len(photos) > 20
    assert all(10.0 < tile.side_m < 400.0 for tile in photos)


def test_a_strip_is_as_wide_as_asked() -> None:
    mesh = strip(LINE, 0.5, WHITE)
    assert np.ptp(mesh.vertices_m, axis=0) == pytest.approx([30.0, 0.5, 0.0])


def test_dashes_fill_their_share_of_the_line() -> None:
    made = dashes(LINE, 0.2, WHITE, dash_m=3.0, gap_m=2.0)
    assert len(made) == 6
    assert all(np.ptp(mesh.vertices_m[:, 0]) == pytest.approx(3.0) for mesh in made)


def test_bars_lie_side_by_side() -> None:
    made = bars(np.zeros(2), 0.0, count=5, size_m=(3.0, 0.5), step_m=1.0, rgb=WHITE)
    assert [float(mesh.vertices_m[:, 1].mean()) for mesh in made] == pytest.approx([-2, -1, 0, 1, 2])


def test_blots_stay_near_their_places() -> None:
    places = np.array([[0.0, 0.0], [10.0, 5.0]])
    mesh = blots(places, np.array([0.5, 1.0]), WHITE, np.random.default_rng(1))
    middles = mesh.vertices_m[:, :2].reshape(2, -1, 2)
    assert np.abs(middles - places[:, None]).max() < 1.31
