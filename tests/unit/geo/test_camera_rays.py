"""The lens model against OpenCV's own projection."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.geo.camera import Lens, normalised

LENSES = {
    "the recorded patrol's": (-0.08, 0.01, 0.0, 0.0, 0.0),
    "a strong wide lens": (-0.28, 0.09, 0.001, -0.0008, -0.012),
    "a pincushion": (0.05, 0.02, -0.002, 0.001, 0.0),
    "none": (0.0, 0.0, 0.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", LENSES)
@given(st.tuples(st.floats(-0.55, 0.55), st.floats(-0.32, 0.32)))
def test_a_pixel_gives_back_the_ray_that_opencv_projected_onto_it(name: str, xy: tuple[float, float]) -> None:
    lens = Lens(1280, 720, 1065.1, 1070.3, 646.3, 355.2, LENSES[name])
    matrix = np.array([[1065.1, 0, 646.3], [0, 1070.3, 355.2], [0, 0, 1.0]])
    point = np.array([[xy[0], xy[1], 1.0]])
    pixel, _ = cv2.projectPoints(point, np.zeros(3), np.zeros(3), matrix, np.array(LENSES[name]))
    assert normalised(pixel.reshape(1, 2), lens)[0] == pytest.approx(xy, abs=1e-9)


def test_a_pixel_that_no_ray_can_reach_is_unknown_rather_than_wrong() -> None:
    folded = Lens(1280, 720, 300.0, 300.0, 639.5, 359.5, (-0.5, 0.0, 0.0, 0.0, 0.0))
    assert np.isnan(normalised(np.array([[1279.0, 719.0]]), folded)).all()


def test_a_field_of_view_spans_the_picture_from_edge_to_edge() -> None:
    lens = Lens(1280, 720, None, None, 639.5, 359.5, (0.0,) * 5).with_hfov(math.radians(62))
    left, right = normalised(np.array([[-0.5, 359.5], [1279.5, 359.5]]), lens)
    assert math.degrees(math.atan(right[0]) - math.atan(left[0])) == pytest.approx(62.0)


def test_a_lens_without_focal_length_says_so() -> None:
    with pytest.raises(ValueError, match="focal length"):
        normalised(np.zeros((1, 2)), Lens(10, 10, None, None, 4.5, 4.5, (0.0,) * 5))


@pytest.mark.parametrize(
    ("distortion", "focal_px"),
    [((-0.28, 0.07, 0.0002, 1e-5, -0.008), 700.0), ((-0.3, 0.0, 0.0, 0.0, 0.0), 1000.0)],
)
def test_no_pixel_is_taken_for_one_on_the_other_side_of_the_picture(distortion, focal_px) -> None:
    lens = Lens(1920, 1080, focal_px, focal_px, 959.5, 539.5, distortion)
    u, v = np.meshgrid(np.arange(0, 1920, 15.0), np.arange(0, 1080, 15.0))
    pixels = np.column_stack((u.ravel(), v.ravel()))
    ideal = normalised(pixels, lens)
    offset = pixels - (959.5, 539.5)
    known = np.isfinite(ideal[:, 0])
    assert known.mean() > 0.5
    assert ((ideal * offset).sum(axis=1)[known] >= 0).all()
    radius = np.hypot(*ideal[known].T)
    order = np.argsort(np.hypot(*offset[known].T))
    assert np.corrcoef(radius[order], np.arange(order.size))[0, 1] > 0.9
