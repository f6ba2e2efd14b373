"""How a picture goes into a model."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.card import Input
from detectors.prepare import prepare

BLUE = np.zeros((40, 80, 3), np.uint8) + np.array([200, 0, 100], np.uint8)


def side(**changes):
    plain = {"width_px": 64, "height_px": 32, "colour": "bgr", "resize": "stretch"}
    return Input.model_validate(plain | changes)


def test_the_input_is_one_picture_with_channels_first():
    tensor = prepare(BLUE, side()).tensor
    assert (tensor.shape, tensor.dtype, tensor.flags.c_contiguous) == ((1, 3, 32, 64), np.float32, True)
    assert tensor[0, :, 5, 5].tolist() == [200, 0, 100]


def test_rgb_turns_the_channels_round():
    assert prepare(BLUE, side(colour="rgb")).tensor[0, :, 5, 5].tolist() == [100, 0, 200]


def test_values_are_divided_then_shifted_then_scaled_in_the_order_of_the_colour():
    card = side(colour="rgb", divide_by=200.0, mean=[0.5, 0.0, 1.0], std=[0.5, 1.0, 0.25])
    assert prepare(BLUE, card).tensor[0, :, 5, 5] == pytest.approx([0.0, 0.0, 0.0])
    card = side(colour="rgb", divide_by=100.0, mean=[0.5, 0.25, 1.0], std=[0.5, 1.0, 0.25])
    assert prepare(BLUE, card).tensor[0, :, 5, 5] == pytest.approx([1.0, -0.25, 4.0])


def test_stretching_scales_each_axis_by_its_own():
    assert prepare(BLUE, side()).scale_xy == pytest.approx((0.8, 0.8))
    assert prepare(BLUE[:, :40], side()).scale_xy == pytest.approx((1.6, 0.8))


def test_a_letterbox_keeps_proportions_at_the_top_left_and_pads_the_rest():
    prepared = prepare(BLUE, side(width_px=32, resize="letterbox", pad_value=7))
    assert prepared.scale_xy == pytest.approx((0.4, 0.4))
    assert prepared.tensor[0, 0, :16, :].min() == 200
    assert prepared.tensor[0, :, 16:, :].tolist() == np.full((3, 16, 32), 7.0).tolist()


def test_a_very_long_picture_still_goes_in():
    line = np.full((1, 5000, 3), 255, np.uint8)
    assert prepare(line, side(resize="letterbox", pad_value=0)).tensor[0, 0, 0].min() == 255


def test_the_picture_itself_is_left_alone():
    before = BLUE.copy()
    prepare(BLUE, side(width_px=80, height_px=40, divide_by=2.0))
    assert np.array_equal(BLUE, before)
