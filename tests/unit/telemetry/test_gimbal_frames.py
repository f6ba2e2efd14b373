"""Where the gimbal looked, by what the two gimbal protocols say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, add_flight, attitude, camera_fov, gimbal

from droneops.telemetry.gimbal import GimbalFrame, in_vehicle_frame
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.quaternion import from_euler
from droneops.telemetry.tlog import parse_tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import Pose

HEADING = math.radians(90)
DOWN_60 = from_euler([0.0], [math.radians(-60)], [0.0])[0]
AT_US = START_US + 15_000_000


def q_of(rotation: np.ndarray) -> tuple[float, float, float, float]:
    w, x, y, z = rotation.tolist()
    return w, x, y, z


def track_of(messages: list[Any], *, frame: GimbalFrame = "auto") -> PoseTrack:
    """A flight heading east with ``messages`` at its end."""
    log = LogBuilder()
    add_flight(log, yaw_rad=HEADING)
    for message in messages:
        at_ms = getattr(message, "time_boot_ms", 15_000)
        log.send(message, stamp_us=START_US + at_ms * 1000)
    return build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="d", gimbal_frame=frame)


def looking(track: PoseTrack, at_us: int = AT_US) -> np.ndarray:
    """The direction of the gimbal's forward axis, north, east, down."""
    pose = track.at(at_us)
    assert isinstance(pose, Pose)
    assert pose.ned_from_gimbal is not None
    w, x, y, z = pose.ned_from_gimbal
    return np.array([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)])


NORTH_DOWN = pytest.approx([0.5, 0, math.sin(math.radians(60))], abs=1e-6)
EAST_DOWN = pytest.approx([0, 0.5, math.sin(math.radians(60))], abs=1e-6)

FLAGS = [
    (0, True),
    (4 | 8, True),
    (32, True),
    (32 | 16, True),
    (32 | 4 | 8, True),
    (16, False),
    (64, False),
    (64 | 16, False),
    (64 | 4 | 8, False),
    (32 | 64, True),
]


@pytest.mark.parametrize(("flags", "vehicle_frame"), FLAGS)
def test_the_flags_tell_the_frame_of_a_v2_gimbal(flags: int, vehicle_frame: bool) -> None:
    track = track_of([gimbal(at, q_of(DOWN_60), flags) for at in (14_900, 15_100)])
    assert looking(track) == (EAST_DOWN if vehicle_frame else NORTH_DOWN)


def test_the_override_beats_the_flags() -> None:
    flags = np.array([0, 16, 32, 64], dtype=np.uint16)
    assert in_vehicle_frame(flags, "earth").tolist() == [False] * 4
    assert in_vehicle_frame(flags, "vehicle").tolist() == [True] * 4
    messages = [gimbal(at, q_of(DOWN_60), 32) for at in (14_900, 15_100)]
    assert looking(track_of(messages, frame="earth")) == NORTH_DOWN


def test_the_heading_folded_in_is_that_of_the_gimbals_own_time() -> None:
    log = LogBuilder()
    add_flight(log, boot_ms=(10_000, 11_000))
    for at_ms in range(11_000, 14_000, 100):
        log.send(attitude(at_ms, yaw=(at_ms - 11_000) * 1e-3))
    log.send(gimbal(11_500, q_of(DOWN_60), 32))
    log.send(gimbal(12_500, q_of(DOWN_60), 32))
    track = build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="d")
    # 11.1 s is beyond the first gimbal sample; positions end at 10.9 s.
    ned = track._segments[0].gimbal
    assert ned.time_us == (START_US + 11_500_000, START_US + 12_500_000)
    for quaternion, yaw in zip(ned.target_from_source, (0.5, 1.5), strict=True):
        expected = from_euler([0.0], [math.radians(-60)], [yaw])[0]
        assert abs(float(np.dot(quaternion, expected))) == pytest.approx(1, abs=1e-7)


def test_a_v1_mount_is_level_to_the_horizon_and_turned_from_the_heading() -> None:
    status = mavlink.MAVLink_mount_status_message(0, 0, -6000, 0, 9000)
    orientation = mavlink.MAVLink_mount_orientation_message(15_000, 0, -60, 90, math.nan)
    absolute = mavlink.MAVLink_mount_orientation_message(15_000, 0, -60, 90, 360)
    half, down = math.cos(math.radians(60)), math.sin(math.radians(60))
    for message in (status, orientation):
        assert looking(track_of([message])) == pytest.approx([-half, 0, down], abs=1e-3)
    assert looking(track_of([absolute])) == pytest.approx([half, 0, down], abs=1e-3)


def test_a_gimbal_with_a_computer_of_its_own_is_timed_by_the_record() -> None:
    log = LogBuilder()
    add_flight(log, yaw_rad=HEADING)
    log.send(gimbal(999_000, q_of(DOWN_60), 32), source=(1, 154), stamp_us=AT_US)
    track = build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="d")
    # The record lies at the end of the file, where stamps run 2 ms late.
    assert looking(track, AT_US) == EAST_DOWN


def test_samples_that_are_no_rotation_are_left_out_and_counted() -> None:
    nan = math.nan
    bad = [(0.0, 0.0, 0.0, 0.0), (nan, nan, nan, nan), (1e38, 0.0, 0.0, 0.0)]
    good = [gimbal(at, q_of(DOWN_60), 32) for at in (14_900, 15_100)]
    track = track_of([*good, *(gimbal(15_000, q, 32) for q in bad)])
    assert track.gimbal_rejected == 3
    assert looking(track) == EAST_DOWN
    assert any("3 samples" in text for text in track.warnings)


def test_without_gimbal_data_near_the_time_there_is_no_gimbal_rotation() -> None:
    for messages in ([], [gimbal(12_000, q_of(DOWN_60), 32)]):
        pose = track_of(messages).at(AT_US)
        assert isinstance(pose, Pose)
        assert pose.ned_from_gimbal is None
        assert pose.gimbal_sigma_rad.source == "unknown"


def still_flight(seconds: int, extra: list[Any]) -> PoseTrack:
    log = LogBuilder()
    add_flight(log, boot_ms=(10_000, 10_000 + seconds * 1000))
    for at_ms in range(10_000, 10_000 + seconds * 1000, 500):
        log.send(gimbal(at_ms, (1.0, 0.0, 0.0, 0.0), 32))
    for message in extra:
        log.send(message)
    return build_pose_track(parse_tlog(log.bytes()), Vehicle(1, 1), drone_id="d")


def test_a_gimbal_that_never_moves_is_said() -> None:
    command = mavlink.MAVLink_command_long_message(1, 1, 1000, 0, -60, 0, 0, 0, 0, 0, 0)
    for_another = mavlink.MAVLink_command_long_message(2, 1, 1000, 0, -60, 0, 0, 0, 0, 0, 0)
    moves = gimbal(12_100, q_of(DOWN_60), 32)

    def says_so(track: PoseTrack) -> bool:
        return any("does not move" in text for text in track.warnings)

    assert says_so(still_flight(70, []))
    pose = still_flight(70, []).at(AT_US)
    assert isinstance(pose, Pose)
    assert pose.ned_from_gimbal is None
    assert says_so(still_flight(10, [command]))
    assert not says_so(still_flight(10, []))
    assert not says_so(still_flight(10, [for_another]))
    assert not says_so(still_flight(70, [command, moves]))


def test_a_gimbal_that_disagrees_with_the_camera_is_said_with_the_angle() -> None:
    gimbals = [gimbal(at, q_of(DOWN_60), 32) for at in range(12_000, 18_000, 100)]
    east = from_euler([0.0], [math.radians(-60)], [HEADING])[0]
    cameras = [camera_fov(at, q_of(east)) for at in range(12_000, 18_000, 200)]
    assert track_of(gimbals + cameras).warnings == ()
    (warning,) = track_of(gimbals + cameras, frame="earth").warnings
    assert "CAMERA_FOV_STATUS" in warning
    assert "90.0 deg" in warning


def test_a_gimbal_that_disagrees_is_as_uncertain_as_the_difference() -> None:
    gimbals = [gimbal(at, q_of(DOWN_60), 32) for at in range(12_000, 18_000, 100)]
    elsewhere = from_euler([0.0], [math.radians(-30)], [HEADING])[0]
    cameras = [camera_fov(at, q_of(elsewhere)) for at in range(12_000, 18_000, 200)]
    pose = track_of(gimbals + cameras).at(AT_US)
    assert isinstance(pose, Pose)
    assert pose.gimbal_sigma_rad.value == pytest.approx(math.radians(30), rel=0.01)
    by_hand = track_of(gimbals + cameras, frame="vehicle").at(AT_US)
    assert isinstance(by_hand, Pose)
    assert by_hand.gimbal_sigma_rad.value < math.radians(1)


def test_of_two_gimbals_one_is_used_and_the_other_named() -> None:
    level = from_euler([0.0], [0.0], [0.0])[0]
    both = [gimbal(at, q_of(DOWN_60), 32) for at in range(12_000, 18_000, 100)]
    other = [gimbal(at, q_of(level), 32) for at in range(12_050, 18_000, 200)]
    for message in other:
        message.gimbal_device_id = 2
    track = track_of(both + other)
    assert looking(track) == EAST_DOWN
    assert any("several gimbals" in text for text in track.warnings)


@pytest.mark.parametrize("hfov_deg", [0.0, math.nan, -5.0, 1e38])
def test_a_field_of_view_that_is_not_told_is_unknown(hfov_deg: float) -> None:
    pose = track_of([camera_fov(15_000, hfov_deg=hfov_deg)]).at(AT_US)
    assert isinstance(pose, Pose)
    assert pose.hfov_rad is None


def test_the_field_of_view_is_the_one_told_nearest_within_five_seconds() -> None:
    track = track_of([camera_fov(11_000, hfov_deg=60.0), camera_fov(12_000, hfov_deg=20.0)])
    for at_s, hfov_deg in ((11.4, 60), (11.6, 20), (16.9, 20)):
        pose = track.at(START_US + round(at_s * 1e6))
        assert isinstance(pose, Pose)
        assert pose.hfov_rad == pytest.approx(math.radians(hfov_deg))
    late = track.at(START_US + 17_100_000)
    assert isinstance(late, Pose)
    assert late.hfov_rad is None
