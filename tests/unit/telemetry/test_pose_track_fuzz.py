"""No message, however absurd, stops a track from being built."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, add_flight, frame_of

from droneops.telemetry.pose_track import build_pose_track
from droneops.telemetry.tlog import parse_tlog
from droneops.telemetry.vehicles import Vehicle, choose_vehicle
from droneops.types import Pose

READ = (
    "HEARTBEAT",
    "SYSTEM_TIME",
    "ATTITUDE",
    "ATTITUDE_QUATERNION",
    "GLOBAL_POSITION_INT",
    "GPS_RAW_INT",
    "GIMBAL_DEVICE_ATTITUDE_STATUS",
    "MOUNT_STATUS",
    "MOUNT_ORIENTATION",
    "CAMERA_FOV_STATUS",
    "HOME_POSITION",
    "COMMAND_LONG",
    "GIMBAL_MANAGER_SET_PITCHYAW",
)
TYPES = {message.msgname: message for message in mavlink.mavlink_map.values()}
# Bytes of NaN, signalling NaN, infinity and 1e38 beside any others.
WORDS = st.sampled_from([b"\0\0\xc0\x7f", b"\1\0\x80\x7f", b"\0\0\x80\xff", b"\x99\x76\x96\x7e"])
PAYLOADS = st.lists(WORDS | st.binary(min_size=4, max_size=4), min_size=17, max_size=17).map(b"".join)
STAMPS = st.integers(0, 2**64 - 1) | st.integers(START_US, START_US + 20_000_000)


def is_sound(pose: Pose) -> bool:
    numbers = [pose.lat_deg, pose.lon_deg, pose.alt_msl_m, pose.age_s, pose.position_sigma_m.value]
    rotations = [pose.ned_from_body] + ([] if pose.ned_from_gimbal is None else [pose.ned_from_gimbal])
    return (
        all(map(math.isfinite, numbers))
        and abs(pose.lat_deg) <= 90
        and abs(pose.lon_deg) <= 180
        and all(abs(math.hypot(*rotation) - 1) < 1e-9 for rotation in rotations)
        and (pose.hfov_rad is None or 0 < pose.hfov_rad < math.pi)
    )


@given(st.lists(st.tuples(st.sampled_from(READ), PAYLOADS, STAMPS, st.integers(1, 2)), max_size=30))
@settings(max_examples=150, deadline=None)
def test_absurd_numbers_in_every_field_still_give_sound_poses_or_none(
    messages: list[tuple[str, bytes, int, int]],
) -> None:
    log = LogBuilder()
    add_flight(log, boot_ms=(10_000, 11_000))
    for name, payload, stamp_us, version in messages:
        message = TYPES[name]
        sent = payload[: message.unpacker.size]
        is_v1 = version == 1 and message.id < 256
        log.add(frame_of(message.id, sent, crc_extra=message.crc_extra, version=1 if is_v1 else 2), stamp_us)
    add_flight(log, boot_ms=(11_000, 12_000))
    parsed = parse_tlog(log.bytes())
    assert choose_vehicle(parsed, 1) is not None
    track = build_pose_track(parsed, Vehicle(1, 1), drone_id="d")
    for times in ((boot.first_us, boot.last_us) for boot in track.boots):
        for at_us in range(times[0], times[1] + 1, max((times[1] - times[0]) // 50, 1)):
            pose = track.at(at_us)
            assert not isinstance(pose, Pose) or is_sound(pose)
