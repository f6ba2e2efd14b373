"""How the estimator's own word changes what is believed of a position."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, attitude, gps, heartbeat, position, system_time

from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import parse_tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import NoPose, Pose, Reason

NAVIGATES = 0x33F
CONSTANT_POSITION = 0xA7
FLOW_ONLY = NAVIGATES & ~0x210


def ekf(*, flags: int = NAVIGATES, horizontal: float = 0.1, vertical: float = 0.1, compass: float = 0.1):
    return mavlink.MAVLink_ekf_status_report_message(flags, 0.1, horizontal, vertical, compass, 0.0)


def px4(
    *,
    flags: int = NAVIGATES,
    horizontal_m: float = 0.0,
    vertical_m: float = 0.0,
    ratio: float = 0.1,
    mag_ratio: float = 0.1,
):
    return mavlink.MAVLink_estimator_status_message(
        0, flags, 0.1, ratio, 0.1, mag_ratio, 0.1, 0.1, horizontal_m, vertical_m
    )


def flown(*reports, receiver=None, silent_after_s: float = 1e9) -> PoseTrack:
    """Ten seconds of flight with the reports once a second; the receiver tells 0.5 and 0.8 m."""
    log = LogBuilder()
    receiver = receiver or gps(h_acc_mm=500, v_acc_mm=800)
    for at_ms in range(10_000, 20_000, 100):
        log.stamp_us = START_US + at_ms * 1000
        if at_ms % 1000 == 0:
            log.send(heartbeat())
            log.send(receiver)
            log.send(system_time(at_ms, START_US + at_ms * 1000))
            if at_ms < 10_000 + silent_after_s * 1e3:
                for report in reports:
                    log.send(report)
        log.send(attitude(at_ms))
        log.send(position(at_ms, lat_deg=16.44 + at_ms * 1e-8))
    return build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="d")


def pose(track: PoseTrack, seconds: float = 15.0) -> Pose:
    answer = track.at(START_US + round(seconds * 1e6))
    assert isinstance(answer, Pose), answer
    return answer


def horizontal(track: PoseTrack, seconds: float = 15.0) -> tuple[float, str]:
    sigma = pose(track, seconds).position_sigma_m
    return sigma.value, sigma.source


def vertical(track: PoseTrack) -> tuple[float, str]:
    sigma = pose(track).altitude_sigma_m
    return sigma.value, sigma.source


def test_without_its_word_the_receivers_stands() -> None:
    assert horizontal(flown()) == (0.5, "GPS_RAW_INT.h_acc")
    assert vertical(flown()) == (0.8, "GPS_RAW_INT.v_acc")


def test_an_estimator_content_with_its_receiver_changes_nothing() -> None:
    assert horizontal(flown(ekf(horizontal=0.99), px4(ratio=0.99))) == (0.5, "GPS_RAW_INT.h_acc")


def test_the_larger_of_receiver_and_estimator_counts() -> None:
    large = flown(px4(horizontal_m=7.0, vertical_m=9.0))
    assert horizontal(large) == (7.0, "ESTIMATOR_STATUS.pos_horiz_accuracy")
    assert vertical(large) == (9.0, "ESTIMATOR_STATUS.pos_vert_accuracy")
    assert horizontal(flown(px4(horizontal_m=0.25))) == (0.5, "GPS_RAW_INT.h_acc")


def test_where_the_receiver_says_nothing_the_estimator_counts_though_smaller() -> None:
    track = flown(px4(horizontal_m=0.5), receiver=gps())
    assert horizontal(track) == (0.5, "ESTIMATOR_STATUS.pos_horiz_accuracy")


def test_a_test_ratio_above_one_multiplies_and_is_named() -> None:
    track = flown(ekf(horizontal=4.0, vertical=2.0))
    assert horizontal(track) == (2.0, "GPS_RAW_INT.h_acc, test ratio")
    assert vertical(track) == pytest.approx((1.6, "GPS_RAW_INT.v_acc, test ratio"))
    both = flown(px4(horizontal_m=7.0, ratio=2.0))
    assert horizontal(both) == (14.0, "ESTIMATOR_STATUS.pos_horiz_accuracy, test ratio")


def test_an_old_report_says_nothing_of_now() -> None:
    track = flown(ekf(horizontal=4.0), silent_after_s=1)
    assert horizontal(track, 12.0)[0] == 2.0
    assert horizontal(track, 16.0)[0] == 0.5


def test_dead_reckoning_by_optical_flow_is_no_fix() -> None:
    track = flown(ekf(flags=FLOW_ONLY))
    assert track.at(START_US + 15_000_000) == NoPose(START_US + 15_000_000, Reason.NO_FIX)
    assert [gap.what for gap in track.gaps] == ["no_fix"]


def test_in_constant_position_mode_ardupilot_passes_on_the_receiver_and_px4_nothing() -> None:
    assert horizontal(flown(ekf(flags=CONSTANT_POSITION))) == (0.5, "GPS_RAW_INT.h_acc")
    track = flown(px4(flags=CONSTANT_POSITION))
    assert track.at(START_US + 15_000_000) == NoPose(START_US + 15_000_000, Reason.NO_FIX)


def test_flags_of_zero_come_from_an_autopilot_without_an_estimator() -> None:
    assert horizontal(flown(ekf(flags=0), px4(flags=0))) == (0.5, "GPS_RAW_INT.h_acc")


def test_a_fix_in_two_dimensions_knows_no_height() -> None:
    assert vertical(flown(receiver=gps(2, h_acc_mm=500, v_acc_mm=800))) == (50.0, "GPS_RAW_INT.fix_type")
    assert vertical(flown(receiver=gps(3, h_acc_mm=500, v_acc_mm=800)))[0] == 0.8


def test_a_rejected_compass_is_a_warning_and_no_wider_attitude() -> None:
    for report in (ekf(compass=2.3), px4(mag_ratio=2.3)):
        track = flown(report)
        (text,) = track.warnings
        assert "rejected its compass in 10 of 10 reports" in text
        assert pose(track).attitude_sigma_rad == pose(flown()).attitude_sigma_rad


FLOATS = st.one_of(
    st.sampled_from([math.nan, math.inf, -math.inf, 1e38, -1e38, -1.0, 0.0]), st.floats(width=32)
)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 65535), FLOATS, FLOATS, FLOATS, FLOATS)
def test_no_number_makes_a_sigma_smaller_than_the_receivers_or_endless(flags, a, b, c, d) -> None:
    track = flown(
        ekf(flags=flags, horizontal=a, vertical=b, compass=c), px4(horizontal_m=c, vertical_m=d, ratio=a)
    )
    answer = track.at(START_US + 15_000_000)
    if isinstance(answer, Pose):
        assert 0.5 <= answer.position_sigma_m.value < 1e8
        assert 0.8 <= answer.altitude_sigma_m.value < 1e8
