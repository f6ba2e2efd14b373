"""Which pieces of a picture are looked at."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorError
from detectors.card import Card
from detectors.tiles import WIDTH_M, Tile, demands_m, plan

HD = (1280, 720)
SIDE = 640
OVERLAP = 64


def card(**changes):
    """A model with an input of 640 px, 2 x 2 tiles, that finds people of 10 px and cars of 17."""
    tiles = {"grid": [2, 2], "overlap_px": OVERLAP, "max_upscale": 2.0, "max_tiles": 64} | changes.pop(
        "tiles", {}
    )
    plain = {
        "name": "t",
        "version": "1",
        "file": "t.onnx",
        "sha256": "0" * 64,
        "licence": "CC0-1.0",
        "source": "made in the test",
        "layout": "yolox",
        "labels": ["person", "car"],
        "label_map": {"car": "vehicle"},
        "input": {"width_px": SIDE, "height_px": SIDE, "colour": "bgr", "resize": "letterbox"},
        "thresholds": {"default": 0.3, "nms_iou": 0.5},
        "tiles": tiles,
        "least_px": {"person": 10, "car": 17},
    }
    return Card.model_validate(plain | changes)


def planned(gsd_m, of=None, size_px=HD):
    of = of or card()
    return plan(size_px, of, demands_m(of), gsd_m)


def even(gsd_m):
    return np.full((9, 12), gsd_m, np.float32)


def scale_of(tile):
    return min(SIDE / tile.width_px, SIDE / tile.height_px)


def oblique(height_m, depression_deg, size_px=HD, rows=18, columns=24):
    """Metres per pixel over level ground, with a lens of 62 degrees."""
    focal_px = size_px[0] / 2 / np.tan(np.radians(31))
    v = (np.arange(rows) + 0.5) / rows * size_px[1] - size_px[1] / 2
    down = np.sin(np.radians(depression_deg)) + np.cos(np.radians(depression_deg)) * v / focal_px
    depth_m = np.where(down > 0.05, height_m / np.maximum(down, 0.05), np.nan)
    return np.repeat((depth_m / focal_px).astype(np.float32)[:, None], columns, axis=1)


def test_without_a_tiles_section_the_whole_picture_is_looked_at_once():
    plain = card().model_dump(exclude={"tiles"}, mode="json")
    old = Card.model_validate(plain)
    assert planned(even(0.05), old).tiles == planned(None, old).tiles == (Tile(0, 0, *HD),)


def test_without_a_known_distance_the_grid_is_looked_at_and_covers_the_picture():
    tiles = planned(None).tiles
    assert tiles[0] == Tile(0, 0, *HD)
    assert len(tiles) == 5
    seen = np.zeros(HD[::-1], np.int64)
    for left, top, right, bottom in (tile.edges_px() for tile in tiles[1:]):
        seen[top:bottom, left:right] += 1
    assert seen.min() == 1


def test_neighbours_of_a_grid_share_the_overlap():
    _, left, right, *_ = planned(None).tiles
    shared_px = left.edges_px()[2] - right.left_px
    assert shared_px * scale_of(left) == pytest.approx(OVERLAP, abs=2)


@pytest.mark.parametrize("size_px", [HD, (720, 1280), (4000, 3000), (1000, 1000)])
@pytest.mark.parametrize("grid", [[2, 2], [3, 3], [4, 2], [1, 3]])
def test_a_thing_as_large_as_the_overlap_lies_whole_in_a_piece_of_the_grid(size_px, grid):
    pieces = planned(None, card(tiles={"grid": grid, "full": False}), size_px=size_px).tiles
    thing_px = OVERLAP / scale_of(pieces[0]) - 2
    for axis, length_px in enumerate(size_px):
        spans = {(tile.edges_px()[axis], tile.edges_px()[axis + 2]) for tile in pieces}
        assert (min(spans)[0], max(spans)[1]) == (0, length_px)
        for start_px in np.arange(0, length_px - thing_px):
            assert any(first <= start_px and start_px + thing_px <= end for first, end in spans)


def test_a_picture_that_is_small_already_is_not_cut_up():
    assert len(planned(None, size_px=(320, 240)).tiles) == 1
    assert len(planned(None, size_px=(1, 1)).tiles) == 1


@pytest.mark.parametrize("size_px", [(1, 5000), (5000, 1), (4000, 3000), (641, 479), (2, 3)])
def test_whatever_its_size_tiles_lie_in_the_picture_and_none_is_there_twice(size_px):
    for gsd_m in (None, even(0.03), even(0.2), oblique(60, 30, size_px)):
        tiles = planned(gsd_m, size_px=size_px).tiles
        assert len(set(tiles)) == len(tiles) >= 1
        for left, top, right, bottom in (tile.edges_px() for tile in tiles):
            assert 0 <= left < right <= size_px[0]
            assert 0 <= top < bottom <= size_px[1]


def test_near_ground_needs_no_tiles():
    # 0.5 m over 10 px is 0.05 m a pixel of the input, twice as many of the picture, less the doubt.
    assert len(planned(even(0.02)).tiles) == 1
    assert len(planned(even(0.022)).tiles) > 1


def test_ground_too_far_for_anything_and_the_sky_get_no_tiles():
    assert len(planned(even(np.nan)).tiles) == 1
    assert len(planned(even(1.0)).tiles) == 1


def test_too_far_for_people_tiles_are_as_fine_as_cars_ask():
    people = planned(even(0.1)).tiles[1:]
    cars = planned(even(0.15)).tiles[1:]
    assert {round(scale_of(tile), 1) for tile in people} == {2.0}
    assert {round(scale_of(tile), 1) for tile in cars} == {1.8}


@pytest.mark.parametrize("depression_deg", [15, 30, 45, 60, 90])
@pytest.mark.parametrize("height_m", [20, 60, 100])
def test_every_person_that_can_be_shown_spans_the_least_pixels_in_some_tile(height_m, depression_deg):
    gsd_m = oblique(height_m, depression_deg)
    tiles = planned(gsd_m).tiles
    for (row, column), metres in np.ndenumerate(gsd_m):
        if not WIDTH_M["person"] / metres * 2.0 >= 10:
            continue
        x, y = (column + 0.5) * HD[0] / 24, (row + 0.5) * HD[1] / 18
        best = max(
            scale_of(tile)
            for tile in tiles
            if tile.left_px <= x <= tile.edges_px()[2] and tile.top_px <= y <= tile.edges_px()[3]
        )
        assert WIDTH_M["person"] / metres * best >= 9.9


def test_where_the_ground_is_near_tiles_are_coarser_than_where_it_is_far():
    bands = {}
    for tile in planned(oblique(40, 35)).tiles[1:]:
        bands.setdefault(tile.top_px, scale_of(tile))
    far, near = bands[min(bands)], bands[max(bands)]
    assert near < far


def test_only_the_columns_with_ground_in_reach_get_tiles():
    gsd_m = even(0.05)
    gsd_m[:, :6] = np.nan
    for tile in planned(gsd_m).tiles[1:]:
        assert tile.edges_px()[2] > HD[0] / 2
    assert len(planned(gsd_m).tiles) < len(planned(even(0.05)).tiles)


@pytest.mark.parametrize("most", range(1, 12))
def test_there_are_never_more_tiles_than_allowed_and_the_shortfall_is_told(most):
    limited = card(tiles={"max_tiles": most})
    for gsd_m in (None, even(0.05), even(0.1), oblique(60, 30), oblique(60, 80)):
        found = planned(gsd_m, limited)
        assert len(found.tiles) <= most
        assert found.tiles[0] == Tile(0, 0, *HD)
        free = planned(gsd_m)
        if most > 1:
            assert found.wanted == len(free.tiles)
            assert (found.wanted > len(found.tiles)) == (len(free.tiles) > most)


def test_with_too_few_tiles_allowed_all_the_ground_is_still_looked_at():
    limited = card(tiles={"max_tiles": 4, "full": False})
    seen = np.zeros(HD[::-1], np.bool_)
    for left, top, right, bottom in (tile.edges_px() for tile in planned(even(0.08), limited).tiles):
        seen[top:bottom, left:right] = True
    assert seen.all()


def test_without_a_look_at_the_whole_near_ground_is_in_a_tile_all_the_same():
    assert planned(even(0.01), card(tiles={"full": False})).tiles == (Tile(0, 0, *HD),)


def test_labels_whose_width_nobody_knows_ask_for_nothing():
    assert demands_m(card(labels=["person", "kite"], label_map={}, least_px={"kite": 10})) == ()
    assert demands_m(card()) == pytest.approx((0.05, 0.1))


def test_sample_distances_that_are_no_grid_are_refused():
    with pytest.raises(DetectorError, match="rows, columns"):
        planned(np.zeros(5, np.float32))
