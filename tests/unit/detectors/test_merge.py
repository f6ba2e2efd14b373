"""What several tiles show is told once, and whole."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.decode import Candidates
from detectors.merge import Piece, together
from detectors.tiles import Tile

SIZE = (200, 100)
WHOLE, LEFT, RIGHT = Tile(0, 0, *SIZE), Tile(0, 0, 110, 100), Tile(90, 0, 110, 100)
GROUPS = np.array([0, 1, 1], np.int64)


def piece(tile, *rows, scale=1.0):
    """``rows`` are (box, label id, score)."""
    boxes = np.array([row[0] for row in rows], np.float32).reshape(len(rows), 4)
    labels = np.array([row[1] for row in rows], np.int64)
    return Piece(tile, scale, Candidates(boxes, labels, np.array([row[2] for row in rows], np.float32)))


def merged(*pieces):
    return together(pieces, GROUPS, SIZE).xyxy_px.tolist()


def test_a_box_cut_at_an_inner_edge_gives_way_to_the_whole_thing():
    whole = [80, 40, 140, 60]
    assert merged(piece(LEFT, ([80, 40, 110, 60], 0, 0.9)), piece(WHOLE, (whole, 0, 0.7))) == [whole]


def test_the_labels_that_mean_the_same_are_one():
    whole = [80, 40, 140, 60]
    assert merged(piece(LEFT, ([80, 40, 110, 60], 1, 0.9)), piece(WHOLE, (whole, 2, 0.7))) == [whole]
    assert len(merged(piece(LEFT, ([80, 40, 110, 60], 0, 0.9)), piece(WHOLE, (whole, 2, 0.7)))) == 2


def test_a_faint_giant_does_not_take_the_place_of_what_was_seen_clearly():
    assert (
        len(merged(piece(LEFT, ([80, 40, 110, 60], 0, 0.9)), piece(WHOLE, ([0, 0, 200, 100], 0, 0.1)))) == 2
    )


def test_two_things_side_by_side_both_stay():
    rows = [([70, 40, 92, 60], 0, 0.9), ([92, 40, 112, 60], 0, 0.8)]
    assert len(merged(piece(LEFT, rows[0]), piece(RIGHT, rows[1]))) == 2
    assert len(merged(piece(WHOLE, *rows))) == 2


def test_a_thing_that_ends_where_the_picture_ends_is_whole():
    edge = [0, 40, 20, 60]
    assert merged(piece(LEFT, (edge, 0, 0.5)), piece(WHOLE, ([0, 30, 60, 70], 0, 0.9)))[0] == edge


def test_of_two_parts_that_hold_most_of_each_other_one_stays():
    parts = piece(LEFT, ([88, 40, 110, 60], 0, 0.9)), piece(RIGHT, ([90, 40, 113, 60], 0, 0.9))
    assert merged(*parts) == [[90, 40, 113, 60]]


def test_what_a_net_guesses_beyond_its_tile_is_cut_off():
    assert merged(piece(LEFT, ([100, 40, 150, 60], 0, 0.9))) == [[100, 40, 110, 60]]


def test_how_near_to_the_edge_a_cut_box_ends_counts_in_pixels_of_the_input():
    whole = piece(WHOLE, ([80, 40, 140, 60], 0, 0.9))
    part = ([80, 40, 102, 60], 0, 0.9)
    assert len(merged(piece(LEFT, part, scale=0.5), whole)) == 1
    assert len(merged(piece(LEFT, part, scale=1.0), whole)) == 2


def test_nothing_in_any_tile_is_nothing():
    assert merged(piece(LEFT), piece(RIGHT)) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_tiles_does_not_change_what_is_told(seed):
    rng = np.random.default_rng(seed)
    pieces = []
    for tile in (WHOLE, LEFT, RIGHT):
        corner = rng.uniform(0, 100, (12, 2)) + np.array([tile.left_px, 0])
        boxes = np.hstack([corner, corner + rng.uniform(5, 60, (12, 2))])
        pieces.append(piece(tile, *zip(boxes, rng.integers(0, 3, 12), rng.uniform(0.3, 1, 12), strict=True)))
    assert sorted(merged(*pieces)) == sorted(merged(*pieces[::-1]))
