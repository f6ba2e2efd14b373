"""PX4's ULog becomes a pose track."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droneops.errors import InputError
from droneops.telemetry.log import LogFormat, log_format_of, read_pose_track
from droneops.telemetry.pose_track import PoseTrack, track_of
from droneops.telemetry.quaternion import yaw_of
from droneops.telemetry.ulog import parse_ulog
from droneops.telemetry.ulog_samples import WANTED, ulog_samples
from droneops.types import NoPose, Pose, Reason

START_US = 1_795_169_100_000_000
METRES = 111_195.0
LETTERS = {"uint64_t": "Q", "double": "d", "float": "f", "uint8_t": "B", "uint16_t": "H", "int32_t": "i"}

TOPICS = {
    "vehicle_global_position": "uint64_t timestamp;double lat;double lon;float alt;float eph;float epv;",
    "vehicle_gps_position": (
        "uint64_t timestamp;uint64_t time_utc_usec;int32_t lat;int32_t lon;int32_t alt;"
        "float eph;float epv;uint8_t fix_type;"
    ),
    "vehicle_attitude": "uint64_t timestamp;float[4] q;",
    "gimbal_device_attitude_status": "uint64_t timestamp;float[4] q;uint16_t device_flags;",
    "home_position": "uint64_t timestamp;float alt;uint8_t valid_alt;",
}
EAST = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
DOWN_60 = (math.cos(math.radians(30)), 0.0, -math.sin(math.radians(30)), 0.0)


def message(kind: str, body: bytes) -> bytes:
    return struct.pack("<HB", len(body), ord(kind)) + body


def packed(topic: str, *values: object) -> bytes:
    letters = "<"
    for field in TOPICS[topic].split(";")[:-1]:
        kind = field.split(" ")[0]
        letters += LETTERS.get(kind, "4f")
    return struct.pack(letters, *values)


def ulog(rows: list[tuple[str, tuple[object, ...]]]) -> bytes:
    names = list(TOPICS)
    data = b"ULog\x01\x12\x35\x01" + struct.pack("<Q", 0) + message("B", bytes(40))
    data += b"".join(message("F", f"{name}:{fields}".encode()) for name, fields in TOPICS.items())
    used = [name for name in names if any(topic == name for topic, _ in rows)]
    data += b"".join(message("A", struct.pack("<BH", 0, names.index(n)) + n.encode()) for n in used)
    for topic, values in rows:
        data += message("D", struct.pack("<H", names.index(topic)) + packed(topic, *values))
    return data


def flight(*, skip: str = "", utc: bool = True, fix: int = 3) -> list[tuple[str, tuple[object, ...]]]:
    """Ten seconds at 10 Hz, north at 10 m/s, nose east, camera 60 degrees down in the vehicle's frame."""
    rows: list[tuple[str, tuple[object, ...]]] = [("home_position", (0, 212.0, 1))]
    for tick in range(100):
        at, lat = 1_000_000 + tick * 100_000, 16.44 + tick / METRES
        utc_us = START_US + at if utc else 0
        receiver = (at, utc_us, round(lat * 1e7), 1_047_500_000, 312_000, 1.5, 2.5, fix)
        rows += [
            ("vehicle_global_position", (at, lat, 104.75, 312.0, 0.5, 0.75)),
            ("vehicle_gps_position", receiver),
            ("vehicle_attitude", (at, *EAST)),
            ("gimbal_device_attitude_status", (at, *DOWN_60, 32)),
        ]
    return [row for row in rows if row[0] != skip]


def track_from(data: bytes, **told: float) -> PoseTrack:
    samples = ulog_samples(parse_ulog(data, WANTED), **told)  # type: ignore[arg-type]
    return track_of(samples, drone_id="d")


def pose_at(track: PoseTrack, seconds: float) -> Pose:
    pose = track.at(START_US + round(seconds * 1e6))
    assert isinstance(pose, Pose), pose
    return pose


def test_a_flight_is_placed_in_utc_by_the_receivers_time() -> None:
    track = track_from(ulog(flight()))
    pose = pose_at(track, 5.55)
    assert pose.lat_deg == pytest.approx(16.44 + 45.5 / METRES, abs=1e-8)
    assert (pose.alt_msl_m, pose.alt_above_home_m) == (312, 100)
    assert pose.velocity_ned_mps == pytest.approx([10, 0, 0], abs=0.01)
    assert np.degrees(yaw_of(pose.ned_from_body)) == pytest.approx(90, abs=1e-4)
    assert pose.position_sigma_m.source == "vehicle_global_position.eph"
    assert pose.position_sigma_m.value == pytest.approx(0.5, abs=0.01)
    assert track.boots[0].utc_minus_boot_us == START_US
    assert (track.home_source, track.warnings) == ("home_position", ())


def test_the_gimbal_is_in_the_vehicles_frame_by_its_flags_unless_told_otherwise() -> None:
    data = ulog(flight())
    by_flags = pose_at(track_from(data), 5).ned_from_gimbal
    as_told = pose_at(track_from(data, gimbal_frame="earth"), 5).ned_from_gimbal  # type: ignore[arg-type]
    assert by_flags is not None
    assert as_told is not None
    assert np.degrees([yaw_of(by_flags), yaw_of(as_told)]) == pytest.approx([90, 0], abs=1e-3)


def test_without_the_estimate_the_receivers_positions_serve_and_are_named() -> None:
    track = track_from(ulog(flight(skip="vehicle_global_position")))
    pose = pose_at(track, 5)
    assert (pose.lat_deg, pose.alt_msl_m) == (pytest.approx(16.44 + 40 / METRES, abs=1e-7), 312)
    assert pose.position_sigma_m.source == "vehicle_gps_position.eph"
    assert any("positions are the receiver's" in text for text in track.warnings)


def test_without_a_fix_the_receivers_positions_are_none() -> None:
    track = track_from(ulog(flight(skip="vehicle_global_position", fix=1)))
    assert track.at(START_US + 5_000_000) == NoPose(START_US + 5_000_000, Reason.NO_FIX)


def test_without_home_there_is_no_pose_until_its_height_is_given() -> None:
    data = ulog(flight(skip="home_position"))
    assert track_from(data).at(START_US + 5_000_000) == NoPose(START_US + 5_000_000, Reason.NO_POSE)
    assert pose_at(track_from(data, home_alt_msl_m=202.0), 5).alt_above_home_m == 110


def test_a_log_that_never_tells_utc_gives_no_pose_and_says_so() -> None:
    track = track_from(ulog(flight(utc=False)))
    assert track.first_us is None
    assert any("never tells UTC" in text for text in track.warnings)


@pytest.mark.parametrize(
    "row",
    [(5_050_000, math.nan, 104.75, 1.0, 1.0, 1.0), (5_050_000, 400.0, 104.75, 1.0, 1.0, 1.0),
     (5_050_000, 16.44, 104.75, 1e38, 1.0, 1.0)],
)  # fmt: skip
def test_impossible_numbers_are_left_out_and_counted(row: tuple[object, ...]) -> None:
    track = track_from(ulog([*flight(), ("vehicle_global_position", row)]))
    assert "1 positions with impossible numbers were left out" in track.warnings
    assert pose_at(track, 5.05).alt_msl_m == 312


@given(st.integers(0, 3000), st.binary(max_size=20), st.integers(0, 3000))
@settings(max_examples=150, deadline=None)
def test_no_bytes_stop_the_reader(at: int, noise: bytes, cut: int) -> None:
    data = ulog(flight()[:40])
    damaged = (data[:at] + noise + data[at + len(noise) :])[: len(data) - cut]
    try:
        track = track_from(damaged)
    except InputError as error:
        assert "\n" not in str(error)
        return
    pose = None if track.first_us is None else track.at(track.first_us)
    assert not isinstance(pose, Pose) or (abs(pose.lat_deg) <= 90 and math.isfinite(pose.alt_msl_m))


def test_a_header_alone_and_less_are_refused_or_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flight.dat"
    path.write_bytes(ulog([])[:12])
    assert log_format_of(path) is LogFormat.ULOG
    with pytest.raises(InputError, match="Header too short"):
        read_pose_track(path, drone_id="d")
    path.write_bytes(ulog([]))
    with pytest.raises(InputError, match="tells where the drone was"):
        read_pose_track(path, drone_id="d")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["px4_sample_log_small.ulg", "px4_sample_px4_events_position.ulg"])
def test_real_logs_hold_what_another_reader_counted(shared: Path, name: str) -> None:
    expected = json.loads((shared / "logs/expected-counts.json").read_text())["files"][f"logs/{name}"]
    log = parse_ulog((shared / "logs" / name).read_bytes(), WANTED)
    assert dict(log.messages) == expected["counts_all"]
    assert log.dropouts == expected["dropouts"]
    path = read_pose_track(shared / "logs" / name, drone_id="d").path()
    box = next(iter(expected["bbox"].values()))
    assert len(path.time_us) == box["n"]
    assert (path.lat_deg.min(), path.lat_deg.max()) == pytest.approx(
        (box["lat_min"], box["lat_max"]), abs=1e-9
    )
    assert (path.lon_deg.min(), path.lon_deg.max()) == pytest.approx(
        (box["lon_min"], box["lon_max"]), abs=1e-9
    )


def test_a_real_log_gives_poses_above_its_home(shared: Path) -> None:
    track = read_pose_track(shared / "logs/px4_sample_px4_events_position.ulg", drone_id="d")
    pose = track.at(1_710_773_370_754_000)
    assert isinstance(pose, Pose)
    assert pose.alt_msl_m - pose.alt_above_home_m == pytest.approx(487.746, abs=0.001)
    assert pose.alt_above_home_m == pytest.approx(1.26, abs=0.1)
