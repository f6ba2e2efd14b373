"""A recording in which two vehicles spoke under one system id."""

from __future__ import annotations

import pytest
from telemetry_synthetic import START_US, LogBuilder, attitude, gps, heartbeat, position, system_time

from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import parse_tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import NoPose, Pose

ALONE_S, TOGETHER_S = 20, 20


def track_of_two(other_boot_s: float) -> PoseTrack:
    """The first alone, then both, then the first alone again."""
    log = LogBuilder()
    for tenth in range((2 * ALONE_S + TOGETHER_S) * 10):
        both = ALONE_S * 10 <= tenth < (ALONE_S + TOGETHER_S) * 10
        for boot_s, lat_deg in ((100.0, 16.5), (other_boot_s, 16.6))[: 1 + both]:
            boot_ms = round(boot_s * 1000) + tenth * 100
            log.stamp_us = START_US + tenth * 100_000
            log.send(system_time(boot_ms, log.stamp_us))
            log.send(heartbeat())
            log.send(gps())
            log.send(attitude(boot_ms))
            log.send(position(boot_ms, lat_deg=lat_deg))
    return build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="patrol")


@pytest.mark.parametrize("other_boot_s", [20.0, 5_000.0])
def test_neither_is_believed_while_both_speak_and_the_one_alone_before_and_after(other_boot_s: float) -> None:
    track = track_of_two(other_boot_s)
    told = {second: track.at(START_US + second * 1_000_000) for second in range(1, 59)}
    before = [told[second] for second in range(1, ALONE_S)]
    after = [told[second] for second in range(ALONE_S + TOGETHER_S + 1, 59)]
    assert all(isinstance(pose, Pose) and pose.lat_deg == pytest.approx(16.5) for pose in before + after)
    between = [told[second] for second in range(ALONE_S + 2, ALONE_S + TOGETHER_S - 1)]
    assert all(isinstance(pose, NoPose) for pose in between)
    assert len(track.warnings) <= 3
    assert "two vehicles spoke as system 1 at the same time" in track.warnings[0]


def test_one_vehicle_that_restarts_several_times_is_not_taken_for_two() -> None:
    log = LogBuilder()
    for boot in range(4):
        for tenth in range(100):
            log.stamp_us = START_US + boot * 15_000_000 + tenth * 100_000
            log.send(system_time(1000 + tenth * 100, log.stamp_us))
            log.send(attitude(1000 + tenth * 100))
            log.send(position(1000 + tenth * 100))
    track = build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="patrol")
    assert len(track.boots) == 4
    assert not any("two vehicles" in warning for warning in track.warnings)
