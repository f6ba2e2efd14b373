"""Frames of every size and kind go through a model in tiles, and what is no picture is told in one line."""

from __future__ import annotations

import numpy as np
import pytest
from test_bad_models import install
from tiny_onnx import light_model

import detectors
from detectors import DetectorError


@pytest.fixture
def detector(tmp_path):
    return detectors.make(str(install(tmp_path, light_model())), {"min_score": 0.9, "threads": 1})


def dark(height, width):
    return np.full((height, width, 3), 20, np.uint8)


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 5000), (5000, 1), (2, 3), (33, 47), (719, 1281), (3000, 4000)]
)
@pytest.mark.parametrize("gsd_m", [None, np.full((5, 4), 0.05, np.float32)])
def test_any_size_is_looked_at_and_boxes_lie_in_the_picture(detector, height, width, gsd_m) -> None:
    picture = np.full((height, width, 3), 255, np.uint8)
    found = detector.detect(picture, gsd_m)
    assert len(found) >= 1
    assert (found.xyxy_px >= 0).all()
    assert (found.xyxy_px <= np.array([width, height, width, height])).all()
    assert len(detector.detect(dark(height, width), gsd_m)) == 0


def test_of_a_picture_that_is_half_black_the_other_half_is_seen(detector) -> None:
    picture = dark(720, 1280)
    picture[:360] = 0
    picture[500:560, 900:960] = 255
    found = detector.detect(picture)
    assert len(found) >= 1
    assert (found.xyxy_px[:, 1] > 400).all()


@pytest.mark.parametrize("kind", ["grey", "grey with a channel", "16 bit", "16 bit colour"])
def test_a_hot_thing_is_seen_in_frames_of_one_channel_and_of_16_bits(detector, kind) -> None:
    # Ground of 20 to 30 degrees and a fire, in hundredths of a kelvin.
    frame = np.linspace(29_300, 30_300, 240 * 320).reshape(240, 320).astype(np.uint16)
    frame[100:140, 200:240] = 45_000
    picture = {
        "grey": np.clip((frame.astype(int) - 29_300) // 64, 0, 255).astype(np.uint8),
        "grey with a channel": np.clip((frame.astype(int) - 29_300) // 64, 0, 255).astype(np.uint8)[
            :, :, None
        ],
        "16 bit": frame,
        "16 bit colour": np.repeat(frame[:, :, None], 3, axis=2),
    }[kind]
    found = detector.detect(picture)
    assert len(found) >= 1
    middle = (found.xyxy_px[0, :2] + found.xyxy_px[0, 2:]) / 2
    assert np.abs(middle - (220, 120)).max() < 40


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (np.full((72, 128, 3), np.nan, np.float32), "a picture of type float32"),
        (np.zeros((72, 128, 3), np.float64), "a picture of type float64"),
        (np.zeros((72, 128, 4), np.uint8), r"a picture of shape \(72, 128, 4\)"),
        (np.zeros((0, 128, 3), np.uint8), "without pixels"),
        (None, "is a numpy array"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line_and_the_next_is_looked_at(detector, picture, says) -> None:
    with pytest.raises(DetectorError, match=says) as caught:
        detector.detect(picture)
    assert "\n" not in str(caught.value)
    assert len(detector.detect(dark(72, 128))) == 0


@pytest.mark.parametrize(
    "gsd_m",
    [
        np.full((5, 4), np.nan, np.float32),
        np.full((5, 4), np.inf, np.float32),
        np.zeros((5, 4), np.float32),
        np.full((5, 4), -1, np.float32),
        np.full((1, 1), 1e-30, np.float32),
        np.full((300, 400), 0.05, np.float32),
    ],
)
def test_sample_distances_that_mean_nothing_or_are_very_fine_break_nothing(detector, gsd_m) -> None:
    assert detector.detect(dark(720, 1280), gsd_m).tiles >= 1
