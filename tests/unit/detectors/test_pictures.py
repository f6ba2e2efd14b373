"""Any picture as 8 bit BGR: thermal frames use few of their 16 bits."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorError
from detectors.pictures import LEAST_SPAN, as_bgr


def thermal(low=29_300, span=1_500, shape=(120, 160)):
    """Kelvin times 100: ground of 20 to 35 degrees."""
    return np.linspace(low, low + span, shape[0] * shape[1]).reshape(shape).astype(np.uint16)


def test_a_radiometric_frame_fills_the_greys_in_its_own_order():
    grey = as_bgr(thermal())[:, :, 0]
    assert (grey.min(), grey.max()) == (0, 255)
    assert (np.diff(grey.ravel().astype(int)) >= 0).all()
    assert np.median(grey) == pytest.approx(127, abs=3)


def test_a_person_stands_out_although_a_dead_pixel_and_the_sun_s_glint_are_in_the_picture():
    frame = thermal(span=300)
    frame[50:60, 70:75] = 31_000
    frame[0, 0], frame[1, 1] = 0, 65_535
    grey = as_bgr(frame)[:, :, 0].astype(int)
    assert grey[50:60, 70:75].min() == 255
    assert np.median(grey) < 100
    assert grey[100].mean() - grey[5].mean() > 30


def test_an_even_surface_s_noise_is_not_blown_up():
    noise = np.random.default_rng(0).integers(-4, 5, (100, 100)) + 30_000
    grey = as_bgr(noise.astype(np.uint16))[:, :, 0]
    assert np.ptp(grey.astype(int)) <= np.ptp(noise) * 255 / LEAST_SPAN + 1
    assert 100 < grey.mean() < 156


def test_a_16_bit_picture_that_uses_all_its_bits_stays_as_it_is():
    grey = np.linspace(0, 255, 10_000).reshape(100, 100).astype(np.uint8)
    assert np.abs(as_bgr(grey.astype(np.uint16) << 8)[:, :, 0].astype(int) - grey).max() <= 1


def test_colour_keeps_its_hue():
    picture = np.zeros((50, 50, 3), np.uint16)
    picture[:, :25] = (1000, 2000, 3000)
    stretched = as_bgr(picture)[0, 0].astype(float)
    assert stretched / stretched.max() == pytest.approx([1 / 3, 2 / 3, 1], abs=0.01)


@pytest.mark.parametrize("value", [0, 1, 30_000, 65_535])
def test_a_picture_of_one_value_is_one_grey(value):
    assert np.ptp(as_bgr(np.full((9, 9), value, np.uint16))) == 0


def test_grey_is_the_same_in_all_channels_and_8_bit_is_left_alone():
    grey = np.arange(100, dtype=np.uint8).reshape(10, 10)
    for picture in (grey, grey[:, :, np.newaxis]):
        assert (as_bgr(picture) == grey[:, :, np.newaxis]).all()


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (np.full((4, 4, 3), np.nan, np.float32), "of type float32 .give uint8 or uint16"),
        (np.zeros((4, 4, 3), np.int16), "of type int16"),
        (np.zeros((4, 4, 4), np.uint8), r"of shape \(4, 4, 4\)"),
        (np.zeros((4,), np.uint8), r"of shape \(4,\)"),
        (np.zeros((0, 4, 3), np.uint8), "without pixels"),
        (np.zeros((0, 4), np.uint16), "without pixels"),
        ([[0, 0]], "numpy array, this is list"),
        (None, "numpy array, this is NoneType"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(picture, says):
    with pytest.raises(DetectorError, match=says) as caught:
        as_bgr(picture)
    assert "\n" not in str(caught.value)
