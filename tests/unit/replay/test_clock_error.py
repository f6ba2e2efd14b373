"""What the clocks of video and vehicle add to a camera's error of time."""

from __future__ import annotations

import pytest

from droneops.camera_file import assumed_camera
from droneops.replay.prepare import RECORDER_SIGMA_S, with_clock_error
from droneops.telemetry.clock import RECORD_STAMPS, SYSTEM_TIME, Boot
from droneops.video.start import VideoStart

START_US = 1_795_169_100_000_000
MINUTE_US = 60_000_000
BAD = Boot(0, 0, 1_960_000, RECORD_STAMPS, START_US, START_US + MINUTE_US)
GOOD = Boot(9, 0, 19_600, SYSTEM_TIME, START_US + 2 * MINUTE_US, START_US + 4 * MINUTE_US)


def sigma_s(begin_min: float, duration_min: float | None) -> float:
    camera = assumed_camera(640, 480)
    start = VideoStart(START_US + round(begin_min * MINUTE_US), "sidecar")
    duration_us = None if duration_min is None else round(duration_min * MINUTE_US)
    found = with_clock_error(camera, start, (BAD, GOOD), duration_us).sigma.time_offset_s
    return float((found**2 - camera.sigma.time_offset_s**2) ** 0.5)


@pytest.mark.parametrize("duration_min", [1.0, None])
def test_a_boot_that_ended_before_the_video_adds_no_error_to_it(duration_min: float | None) -> None:
    assert sigma_s(2.5, duration_min) == pytest.approx(0.01)


def test_a_video_over_two_boots_has_the_error_of_the_worse() -> None:
    assert sigma_s(0.5, 3.0) == pytest.approx((1.0 + RECORDER_SIGMA_S**2) ** 0.5)
    assert sigma_s(0.5, None) == pytest.approx((1.0 + RECORDER_SIGMA_S**2) ** 0.5)


def test_a_boot_that_began_after_the_video_adds_no_error_to_it() -> None:
    assert sigma_s(0.2, 0.5) == pytest.approx((1.0 + RECORDER_SIGMA_S**2) ** 0.5)


def test_a_video_beside_all_boots_is_given_the_worst() -> None:
    assert sigma_s(1.2, 0.5) == pytest.approx((1.0 + RECORDER_SIGMA_S**2) ** 0.5)
