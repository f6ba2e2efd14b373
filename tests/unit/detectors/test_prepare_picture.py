"""How pieces of a picture go into a model."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.card import Input
from detectors.prepare import Feeder, fit, in_picture
from detectors.tiles import Tile

BLUE = np.zeros((40, 80, 3), np.uint8) + np.array([200, 0, 100], np.uint8)


def side(**changes):
    plain = {"width_px": 64, "height_px": 32, "colour": "bgr", "resize": "stretch"}
    return Input.model_validate(plain | changes)


def whole(image):
    return Tile(0, 0, image.shape[1], image.shape[0])


def prepared(image, card):
    """The input of a picture looked at as a whole, and how it fills it."""
    (batch,) = Feeder(card, 1).batches(image, [whole(image)])
    return batch.tensor, batch.fits[0]


def test_the_input_is_one_picture_with_channels_first():
    tensor, _ = prepared(BLUE, side())
    assert (tensor.shape, tensor.dtype, tensor.flags.c_contiguous) == ((1, 3, 32, 64), np.float32, True)
    assert tensor[0, :, 5, 5].tolist() == [200, 0, 100]


def test_rgb_turns_the_channels_round():
    assert prepared(BLUE, side(colour="rgb"))[0][0, :, 5, 5].tolist() == [100, 0, 200]


def test_values_are_divided_then_shifted_then_scaled_in_the_order_of_the_colour():
    card = side(colour="rgb", divide_by=200.0, mean=[0.5, 0.0, 1.0], std=[0.5, 1.0, 0.25])
    assert prepared(BLUE, card)[0][0, :, 5, 5] == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
    card = side(colour="rgb", divide_by=100.0, mean=[0.5, 0.25, 1.0], std=[0.5, 1.0, 0.25])
    assert prepared(BLUE, card)[0][0, :, 5, 5] == pytest.approx([1.0, -0.25, 4.0])


def test_stretching_scales_each_axis_by_its_own():
    assert prepared(BLUE, side())[1].scale_xy == pytest.approx((0.8, 0.8))
    assert prepared(BLUE[:, :40], side())[1].scale_xy == pytest.approx((1.6, 0.8))


def test_a_letterbox_keeps_proportions_at_the_top_left_and_pads_the_rest():
    tensor, fitted = prepared(BLUE, side(width_px=32, resize="letterbox", pad_value=7))
    assert fitted.scale_xy == pytest.approx((0.4, 0.4))
    assert tensor[0, 0, :16, :].min() == 200
    assert tensor[0, :, 16:, :].tolist() == np.full((3, 16, 32), 7.0).tolist()


def test_with_free_sides_a_letterbox_is_no_larger_than_it_must_be():
    card = side(width_px=64, height_px=64, resize="letterbox", step_px=16)
    assert fit(Tile(0, 0, 128, 72), card).side == (48, 64)
    assert fit(Tile(0, 0, 64, 64), card).side == (64, 64)
    assert fit(Tile(0, 0, 1, 5000), card).side == (64, 16)


@pytest.mark.parametrize("shape", [(1, 5000, 3), (5000, 1, 3), (1, 1, 3)])
def test_a_very_long_or_tiny_picture_still_goes_in(shape):
    tensor, _ = prepared(np.full(shape, 255, np.uint8), side(resize="letterbox", pad_value=0))
    assert tensor[0, :, 0, 0].tolist() == [255, 255, 255]


def test_the_picture_itself_is_left_alone():
    before = BLUE.copy()
    prepared(BLUE, side(width_px=80, height_px=40, divide_by=2.0))
    assert np.array_equal(BLUE, before)


def test_tiles_of_one_input_size_go_together_and_no_more_at_once_than_asked():
    card = side(width_px=64, height_px=64, resize="letterbox", step_px=32)
    tiles = [Tile(0, 0, 80, 40), Tile(0, 0, 40, 40), Tile(40, 0, 40, 40), Tile(20, 0, 40, 40)]
    batches = [(batch.tensor.shape, batch.tiles) for batch in Feeder(card, 2).batches(BLUE, tiles)]
    assert batches == [
        ((1, 3, 32, 64), (tiles[0],)),
        ((2, 3, 64, 64), (tiles[1], tiles[2])),
        ((1, 3, 64, 64), (tiles[3],)),
    ]


def test_each_tile_holds_its_own_part_of_the_picture_whatever_was_there_before():
    image = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64, 1).repeat(3, axis=2).astype(np.uint8)
    card = side(width_px=32, height_px=32, resize="letterbox", pad_value=9)
    feeder = Feeder(card, 4)
    list(feeder.batches(np.full((50, 50, 3), 255, np.uint8), [Tile(0, 0, 50, 50)]))
    tiles = [Tile(0, 0, 32, 32), Tile(32, 16, 32, 32), Tile(0, 40, 32, 16)]
    (batch,) = feeder.batches(image, tiles)
    assert batch.tensor[0, 0].tolist() == image[:32, :32, 0].tolist()
    assert batch.tensor[1, 1].tolist() == image[16:48, 32:, 1].tolist()
    assert batch.tensor[2, 2, :16].tolist() == image[40:56, :32, 2].tolist()
    assert (batch.tensor[2, :, 16:] == 9).all()


def test_a_box_in_a_tile_s_input_comes_back_to_its_place_in_the_picture():
    card = side(width_px=64, height_px=64, resize="letterbox")
    tile = Tile(100, 50, 32, 16)
    box = np.array([[2, 4, 64, 32]], np.float32)
    assert in_picture(box, tile, fit(tile, card)).tolist() == [[101, 52, 132, 66]]


@pytest.mark.parametrize("size_px", [(674, 379), (1273, 720), (720, 1273), (5000, 1), (3, 5)])
def test_the_far_corner_of_a_letterbox_comes_back_to_the_far_corner_of_its_tile(size_px):
    card = side(width_px=640, height_px=640, resize="letterbox", step_px=32)
    tile = Tile(10, 20, *size_px)
    fitted = fit(tile, card)
    inner = np.array([[0, 0, fitted.inner[1], fitted.inner[0]]], np.float32)
    assert in_picture(inner, tile, fitted)[0] == pytest.approx(tile.edges_px(), abs=1e-3)
    ratio = min(640 / side_px for side_px in size_px)
    assert np.abs(np.array(fitted.inner[::-1]) - np.array(size_px) * ratio).max() < 1


def test_shrinking_by_area_misses_no_pixel():
    lines = np.zeros((64, 128, 3), np.uint8)
    lines[:, ::4] = 200
    linear, area = (prepared(lines, side(width_px=32, shrink=way))[0] for way in ("linear", "area"))
    assert linear.max() == 0
    assert area == pytest.approx(50.0)
    enlarged = [prepared(BLUE[:8, :8], side(shrink=way))[0].tolist() for way in ("linear", "area")]
    assert enlarged[0] == enlarged[1]
