"""What the GPS receivers' word makes of a position: one that falls silent, and two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, attitude, gps, heartbeat, position, system_time

from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import parse_tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import NoPose, Pose, Reason


def gps2(fix_type: int = 3, *, eph: int = 65535, h_acc_mm: int = 0, v_acc_mm: int = 0) -> Any:
    at = (164400000, 1047500000, 312000)
    return mavlink.MAVLink_gps2_raw_message(
        0, fix_type, *at, eph, 65535, 0, 0, 10, 0, 0, 0, 0, h_acc_mm, v_acc_mm, 0, 0
    )


Says = Callable[[float], list[Any]]


def flown(says: Says, lon_deg: Callable[[float], float] = lambda _: 104.75) -> PoseTrack:
    """40 s aloft at 10 Hz; once a second what the receivers say."""
    log = LogBuilder()
    for at_ms in range(0, 40_000, 100):
        log.stamp_us = START_US + at_ms * 1000
        boot_ms = at_ms + 100_000
        if at_ms % 1000 == 0:
            told = [heartbeat(), system_time(boot_ms, log.stamp_us), *says(at_ms / 1000)]
            for message in told:
                log.send(message)
        lat_deg = 0.0 if lon_deg(at_ms / 1000) == 0 else 16.44
        log.send(position(boot_ms, lat_deg=lat_deg, lon_deg=lon_deg(at_ms / 1000)))
        log.send(attitude(boot_ms))
    return build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="d")


def horizontal(track: PoseTrack, seconds: float) -> tuple[float, str]:
    pose = track.at(START_US + round(seconds * 1e6))
    assert isinstance(pose, Pose), pose
    return pose.position_sigma_m.value, pose.position_sigma_m.source


def silence_warnings(track: PoseTrack) -> list[str]:
    return [text for text in track.warnings if "no GPS receiver was heard" in text]


def test_a_receiver_that_falls_silent_is_believed_for_5_s_and_then_not_and_it_is_said() -> None:
    track = flown(lambda t: [gps(h_acc_mm=14)] if t < 20 else [])
    assert horizontal(track, 23) == (0.014, "GPS_RAW_INT.h_acc")
    assert horizontal(track, 25) == (3.0, "default")
    assert len(silence_warnings(track)) == 1
    assert "for 16 s of flight" in silence_warnings(track)[0]


@pytest.mark.parametrize("silent", [(20, 24), (20, 27), (41, 41)])
def test_a_few_reports_lost_on_the_way_are_no_warning(silent: tuple[int, int]) -> None:
    track = flown(lambda t: [] if silent[0] <= t < silent[1] else [gps(h_acc_mm=800)])
    assert silence_warnings(track) == []
    assert horizontal(track, 39) == (0.8, "GPS_RAW_INT.h_acc")


def test_a_log_without_any_report_is_no_silence() -> None:
    track = flown(lambda _: [])
    assert (horizontal(track, 39), silence_warnings(track)) == ((3.0, "default"), [])


def test_a_receiver_that_lost_its_fix_and_fell_silent_has_not_found_it_again() -> None:
    track = flown(lambda t: [gps(3 if t < 10 else 1)] if t < 20 else [])
    assert track.at(START_US + 35_000_000) == NoPose(START_US + 35_000_000, Reason.NO_FIX)


def test_with_the_first_receiver_dead_the_position_is_by_the_second() -> None:
    track = flown(lambda _: [gps(1), gps2(6, h_acc_mm=20)])
    assert horizontal(track, 30) == (0.02, "GPS2_RAW.h_acc")
    assert track.gaps == ()


@pytest.mark.parametrize(
    ("says", "sigma"),
    [
        ([gps(6, h_acc_mm=20), gps2(3, h_acc_mm=900)], (0.02, "GPS_RAW_INT.h_acc")),
        ([gps(3, h_acc_mm=900), gps2(4, h_acc_mm=400)], (0.4, "GPS2_RAW.h_acc")),
        ([gps(3, h_acc_mm=900), gps2(4, eph=60)], (1.2, "GPS2_RAW.eph")),
        ([gps(3, h_acc_mm=900), gps2(3, h_acc_mm=1900)], (1.9, "GPS2_RAW.h_acc")),
        ([gps(3, h_acc_mm=1900), gps2(3, h_acc_mm=900)], (1.9, "GPS_RAW_INT.h_acc")),
        ([gps(3), gps2(3, h_acc_mm=900)], (0.9, "GPS2_RAW.h_acc")),
        ([gps(3, h_acc_mm=900), gps2(3)], (0.9, "GPS_RAW_INT.h_acc")),
        ([gps(3, h_acc_mm=900), gps2(0)], (0.9, "GPS_RAW_INT.h_acc")),
        ([gps2(3, h_acc_mm=900)], (0.9, "GPS2_RAW.h_acc")),
    ],
)
def test_the_sigma_is_that_of_the_better_fix_and_of_equal_ones_the_larger_told(
    says: list[Any], sigma: tuple[float, str]
) -> None:
    found_m, source = horizontal(flown(lambda _: says), 30)
    assert (pytest.approx(found_m), source) == sigma


def test_without_a_fix_of_either_there_is_no_position() -> None:
    track = flown(lambda _: [gps(1), gps2(1)])
    assert track.at(START_US + 30_000_000) == NoPose(START_US + 30_000_000, Reason.NO_FIX)


def test_a_second_receiver_that_fell_silent_with_its_fix_does_not_hide_that_the_first_has_none() -> None:
    track = flown(lambda t: [gps(1), *([gps2(6, h_acc_mm=20)] if t < 20 else [])])
    assert horizontal(track, 22) == (0.02, "GPS2_RAW.h_acc")
    assert track.at(START_US + 30_000_000) == NoPose(START_US + 30_000_000, Reason.NO_FIX)


def test_a_two_dimensional_fix_of_the_receiver_in_use_holds_no_height() -> None:
    track = flown(lambda _: [gps(1), gps2(2, h_acc_mm=500, v_acc_mm=800)])
    pose = track.at(START_US + 30_000_000)
    assert isinstance(pose, Pose)
    assert (pose.altitude_sigma_m.value, pose.altitude_sigma_m.source) == (50.0, "GPS2_RAW.fix_type")


@pytest.mark.parametrize("way", [1, -1])
def test_zeros_while_crossing_the_180th_meridian_leave_no_track_around_the_world(way: int) -> None:
    def lon_deg(seconds: float) -> float:
        if 20.0 <= seconds < 20.4:
            return 0.0
        east = (seconds - 20.25) * 1e-4
        return way * (180 + east if east < 0 else east - 180)

    track = flown(lambda _: [gps(h_acc_mm=800)], lon_deg)
    for seconds in (19.65, 20.65, 30.05):
        pose = track.at(START_US + round(seconds * 1e6))
        assert isinstance(pose, Pose)
        assert abs(abs(pose.lon_deg) - 180) < 2e-3
    assert [gap.what for gap in track.gaps] == ["no_fix"]
