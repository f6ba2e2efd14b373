"""ArduPilot's DataFlash logs become the same pose track as the .tlog of the flight."""

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
from droneops.telemetry.dataflash import DataFlash, parse_binary, parse_text
from droneops.telemetry.dataflash_samples import WANTED, dataflash_samples, utc_of_gps
from droneops.telemetry.log import LogFormat, format_of, log_format_of, read_pose_track
from droneops.telemetry.pose_track import PoseTrack, track_of
from droneops.telemetry.quaternion import angle_between, yaw_of
from droneops.types import NoPose, Pose, Reason

START_US = 1_795_169_100_000_000
GPS_WEEK, GPS_MS = 2445, 468_318_000
METRES = 111_195.0

FORMATS = {
    "GPS": (0x81, "QBBIHcLLef", "TimeUS,I,Status,GMS,GWk,HDop,Lat,Lng,Alt,Spd"),
    "POS": (0x82, "QLLfff", "TimeUS,Lat,Lng,Alt,RelHomeAlt,RelOriginAlt"),
    "ATT": (0x83, "Qccc", "TimeUS,Roll,Pitch,Yaw"),
    "MNT": (0x84, "QBfffff", "TimeUS,I,Roll,Pitch,YawB,YawE,Dist"),
    "ORGN": (0x85, "QBLLe", "TimeUS,Type,Lat,Lng,Alt"),
    "GPA": (0x86, "QBCCCI", "TimeUS,I,VDop,HAcc,VAcc,SMS"),
    "MSG": (0x87, "QZ", "TimeUS,Message"),
}
PACKED = {"c": "h", "C": "H", "e": "i", "E": "I", "L": "i", "Z": "64s", "n": "4s", "N": "16s", "M": "B"}


def record(name: str, *values: object) -> bytes:
    kind, letters, _ = FORMATS[name]
    return (
        b"\xa3\x95" + bytes([kind]) + struct.pack("<" + "".join(PACKED.get(c, c) for c in letters), *values)
    )


def formats() -> bytes:
    return b"".join(fmt_of(name) for name in FORMATS)


def fmt_of(name: str) -> bytes:
    kind, letters, columns = FORMATS[name]
    size = 3 + struct.calcsize("<" + "".join(PACKED.get(c, c) for c in letters))
    body = struct.pack("<BB4s16s64s", kind, size, name.encode(), letters.encode(), columns.encode())
    return b"\xa3\x95\x80" + body


def flight(
    seconds: int = 10, *, lat_deg: float = 16.44, status: int = 3, week: int = GPS_WEEK
) -> list[bytes]:
    """Ten records a second and a fix a second, north at 10 m/s, nose east, camera 60 degrees down."""
    records = [record("ORGN", 0, 1, 164_400_000, 1_047_500_000, 21_200)]
    for tick in range(seconds * 10):
        at = tick * 100_000
        if tick % 10 == 0:
            ms = GPS_MS + tick * 100
            records.append(record("GPS", at + 40_000, 0, status, ms, week, 121, 164_400_000, 1, 21_200, 0.0))
            records.append(record("GPA", at + 40_000, 0, 200, 50, 80, tick * 100))
        lat = round((lat_deg + tick / METRES) * 1e7) if lat_deg else 0
        lon = 1_047_500_000 if lat_deg else 0
        records.append(record("POS", at, lat, lon, 312.0, 100.0, 100.0))
        records.append(record("ATT", at, 100, -200, 9000))
        records.append(record("MNT", at, 0, 0.0, -60.0, 45.0, 135.0, math.nan))
    return records


def track_from(data: bytes) -> PoseTrack:
    return track_of(dataflash_samples(parse_binary(data, WANTED)), drone_id="d")


def binary(records: list[bytes]) -> bytes:
    return formats() + b"".join(records)


def pose_at(track: PoseTrack, seconds: float) -> Pose:
    pose = track.at(START_US + round(seconds * 1e6))
    assert isinstance(pose, Pose), pose
    return pose


def test_a_flight_is_placed_in_utc_by_the_gps_week_and_the_arrival_of_the_fix() -> None:
    track = track_from(binary(flight()))
    assert track.boots[0].utc_minus_boot_us == START_US
    assert track.boots[0].source == "GPS.GWk, GMS"
    pose = pose_at(track, 4.55)
    assert pose.lat_deg == pytest.approx(16.44 + 45.5 / METRES, abs=1e-7)
    assert (pose.alt_msl_m, pose.alt_above_home_m) == (312, 100)
    assert pose.velocity_ned_mps == pytest.approx([10, 0, 0], abs=0.05)
    assert (pose.position_sigma_m.source, pose.altitude_sigma_m.source) == ("GPA.HAcc", "GPA.VAcc")
    assert pose.position_sigma_m.value == pytest.approx(0.5, abs=0.01)
    assert (track.home_alt_msl_m, track.home_source, track.warnings) == (212.0, "ORGN", ())


def test_the_gimbal_is_turned_by_the_heading_and_levelled_against_the_horizon() -> None:
    pose = pose_at(track_from(binary(flight())), 5)
    assert np.degrees(yaw_of(pose.ned_from_body)) == pytest.approx(90, abs=0.01)
    assert pose.ned_from_gimbal is not None
    assert np.degrees(yaw_of(pose.ned_from_gimbal)) == pytest.approx(135, abs=0.05)


@pytest.mark.parametrize(
    ("week", "ms", "utc_s"),
    [
        (1929, 17_000, 1_482_624_000),  # 2016-12-25, 17 s apart
        (1929, 604_799_000, 1_483_228_782),
        (1930, 18_000, 1_483_228_800),  # 2017-01-01, 18 s apart
        (GPS_WEEK, GPS_MS, START_US // 1_000_000),
    ],
)
def test_gps_time_becomes_utc_with_the_leap_seconds_of_its_day(week: int, ms: int, utc_s: int) -> None:
    assert utc_of_gps(np.array([week]), np.array([ms])).tolist() == [utc_s * 1e6]


def since(records: list[bytes], seconds: float) -> list[bytes]:
    return [r for r in records if int.from_bytes(r[3:11], "little") >= seconds * 1e6]


@pytest.mark.parametrize("later", [flight(status=1), flight(lat_deg=0)])
def test_without_a_fix_or_with_zeros_there_is_no_position(later: list[bytes]) -> None:
    track = track_from(binary([*flight(3), *since(later, 3)]))
    assert pose_at(track, 2)
    assert track.at(START_US + 8_000_000) == NoPose(START_US + 8_000_000, Reason.NO_FIX)
    assert [gap.what for gap in track.gaps] == ["no_fix"]


def test_a_log_that_never_tells_utc_gives_no_pose_and_says_so() -> None:
    track = track_from(binary(flight(week=0)))
    assert track.first_us is None
    assert any("never tells UTC" in text for text in track.warnings)


def test_impossible_numbers_are_left_out_and_counted() -> None:
    bad = [
        record("POS", 5_050_000, 2_000_000_000, 1, 300.0, 1.0, 1.0),
        record("POS", 2**63, 164_400_000, 1_047_500_000, 300.0, 1.0, 1.0),
        record("POS", 5_070_000, 164_404_500, 1_047_500_000, math.nan, 1e38, 1.0),
    ]
    track = track_from(binary([*flight(), *bad]))
    assert "3 positions with impossible numbers were left out" in track.warnings
    assert track.last_us == START_US + 9_900_000
    assert pose_at(track, 5.0).alt_msl_m == 312


def test_a_gimbal_that_never_moves_is_not_believed() -> None:
    still = [record("MNT", n * 100_000, 0, 0.0, 0.0, 0.0, 90.0, math.nan) for n in range(700)]
    others = [r for r in flight(70) if r[2] != FORMATS["MNT"][0]]
    track = track_from(binary([*others, *still]))
    assert pose_at(track, 30).ned_from_gimbal is None
    assert any("does not move" in text for text in track.warnings)


def test_one_wrong_byte_costs_two_records_at_most() -> None:
    data = binary(flight())
    whole = sum(parse_binary(data, WANTED).messages.values())
    for at in range(len(formats()), len(data), 37):
        damaged = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        assert sum(parse_binary(damaged, WANTED).messages.values()) >= whole - 2


def test_a_wrong_byte_in_a_description_costs_that_type_alone() -> None:
    at = formats().index(b"MNT\0") + 4
    data = binary(flight())
    track = track_from(data[:at] + b"\\" + data[at + 1 :])
    assert pose_at(track, 5).ned_from_gimbal is None
    assert any("bytes could not be read" in text for text in track.warnings)


@given(st.binary(max_size=300), st.integers(0, 4000), st.integers(0, 4000))
@settings(max_examples=150, deadline=None)
def test_no_bytes_stop_a_track_from_being_built(noise: bytes, at: int, cut: int) -> None:
    data = binary(flight(2))
    track_from((data[:at] + noise + data[at + len(noise) :])[: len(data) - cut])
    track_of(
        dataflash_samples(parse_text(noise + b"\nFMT, 1, 1, POS, Q, TimeUS\nPOS, 1", WANTED)), drone_id="d"
    )


def text_log(log: bytes) -> bytes:
    """The same log as text."""
    flash = parse_binary(log, WANTED)
    lines = ["FMT, 128, 89, FMT, BBnNZ, Type,Length,Name,Format,Columns"]
    for name, table in flash.tables.items():
        lines.append(f"FMT, {FORMATS[name][0]}, 20, {name}, {FORMATS[name][1]}, {','.join(table)}")
        lines += [
            f"{name}, " + ", ".join(map(repr, row))
            for row in zip(*(c.tolist() for c in table.values()), strict=True)
        ]
    return "\r\n".join(lines).encode()


def test_a_text_log_gives_the_same_poses(tmp_path: Path) -> None:
    path = tmp_path / "flight.log"
    path.write_bytes(text_log(binary(flight())))
    assert log_format_of(path) is LogFormat.DATAFLASH_TEXT
    track = read_pose_track(path, drone_id="d")
    expected = pose_at(track_from(binary(flight())), 4.55)
    found = pose_at(track, 4.55)
    assert (found.lat_deg, found.alt_msl_m, found.position_sigma_m) == (
        expected.lat_deg,
        expected.alt_msl_m,
        expected.position_sigma_m,
    )
    assert np.array_equal(found.ned_from_body, expected.ned_from_body)


def test_damaged_lines_of_a_text_log_are_counted() -> None:
    text = text_log(binary(flight(1)))
    flash = parse_text(text.replace(b"\nATT, ", b"\nA\xff\xfeT, ", 2), WANTED)
    assert flash.unread_bytes > 0
    assert flash.messages["ATT"] == 8


def test_files_that_hold_nothing_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "log.BIN"
    for data, what in (
        (b"", "is empty"),
        (b"hello", "no known format"),
        (formats(), "tells where the drone was"),
    ):
        path.write_bytes(data)
        with pytest.raises(InputError, match=what) as caught:
            read_pose_track(path, drone_id="d")
        assert "\n" not in str(caught.value)
    for missing in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError):
            read_pose_track(missing, drone_id="d")


def test_the_format_is_told_by_content_not_by_name(shared: Path) -> None:
    kinds = {
        "logs/bruno_00061_20211121.bin": LogFormat.DATAFLASH,
        "logs/px4_sample_log_small.ulg": LogFormat.ULOG,
        "logs/dronekit_flight.tlog": LogFormat.TLOG,
        "logs/ardusub_20230418_baddata.tlog": LogFormat.TLOG,
        "flights/faults/faults-corrupt.tlog": LogFormat.TLOG,
        "video/osh_st0601_sample-stream.ts": LogFormat.KLV,
        "video/dji_srt/broken_incomplete2.SRT": LogFormat.SRT,
        "video/expected-metadata.json": None,
        "flights/faults/video.mp4": None,
        "flights/faults/truth.csv": None,
    }
    assert {name: format_of((shared / name).read_bytes()) for name in kinds} == kinds
    data = (shared / "logs/bruno_00061_20211121.bin").read_bytes()
    assert format_of(data[5:]) is LogFormat.DATAFLASH


def parsed(path: Path) -> DataFlash:
    return parse_binary(path.read_bytes(), WANTED)


@pytest.mark.parametrize("name", ["logs/pymavlink_test.BIN", "logs/bruno_00061_20211121.bin"])
def test_real_logs_hold_what_another_reader_counted(shared: Path, name: str) -> None:
    expected = json.loads((shared / "logs/expected-counts.json").read_text())["files"][name]
    log = parsed(shared / name)
    assert dict(log.messages) == expected["counts_all"]
    box, track = expected["bbox_pos"], read_pose_track(shared / name, drone_id="d")
    path = track.path()
    assert len(path.time_us) == box["n"]
    assert (path.lat_deg.min(), path.lat_deg.max()) == pytest.approx((box["lat_min"], box["lat_max"]))
    assert (path.lon_deg.min(), path.lon_deg.max()) == pytest.approx((box["lon_min"], box["lon_max"]))
    # The other reader's times are those of the records, some 40 ms after their fixes.
    assert track.boots[0].first_us * 1e-6 == pytest.approx(expected["first_ts"], abs=1.0)


@pytest.mark.parametrize("name", ["logs/pymavlink_test.BIN", "logs/bruno_00061_20211121.bin"])
def test_every_field_is_what_pymavlink_reads(shared: Path, name: str) -> None:
    from pymavlink.DFReader import DFReader_binary

    tables = parsed(shared / name).tables
    rows: dict[str, list[list[float]]] = {kind: [] for kind in tables}
    with DFReader_binary(str(shared / name)) as reader:
        while (message := reader.recv_match(type=list(tables))) is not None:
            kind = message.get_type()
            rows[kind].append([float(getattr(message, field)) for field in tables[kind]])
    for kind, table in tables.items():
        ours = np.stack(list(table.values()), axis=-1)
        assert np.allclose(ours, np.array(rows[kind]), rtol=1e-15, atol=0, equal_nan=True), kind


@pytest.mark.parametrize("name", ["park-patrol", "faults"])
def test_a_recorded_patrol_meets_the_truth_and_its_tlog(shared: Path, name: str) -> None:
    folder = shared / "flights" / name
    onboard = read_pose_track(folder / "onboard.BIN", drone_id="d")
    received = read_pose_track(folder / "capture.tlog", drone_id="d", system_id=1)
    truth = np.genfromtxt(folder / "truth.csv", delimiter=",", names=True)[::50]
    off_truth_m, off_tlog_m, off_gimbal_deg = [], [], []
    for row in truth:
        ours, theirs = (track.at(round(row["t_utc"] * 1e6)) for track in (onboard, received))
        if isinstance(ours, Pose):
            off_truth_m.append(metres_between(ours.lat_deg, ours.lon_deg, row["lat"], row["lon"]))
        if isinstance(ours, Pose) and isinstance(theirs, Pose):
            off_tlog_m.append(metres_between(ours.lat_deg, ours.lon_deg, theirs.lat_deg, theirs.lon_deg))
            assert ours.alt_msl_m == pytest.approx(theirs.alt_msl_m, abs=0.1)
            assert ours.alt_above_home_m == pytest.approx(theirs.alt_above_home_m, abs=0.1)
            assert ours.ned_from_gimbal is not None
            assert theirs.ned_from_gimbal is not None
            off_gimbal_deg.append(math.degrees(angle_between(ours.ned_from_gimbal, theirs.ned_from_gimbal)))
    assert len(off_truth_m) > 300
    assert np.median(off_truth_m) < 0.3
    assert np.percentile(off_truth_m, 95) < 0.4
    assert np.median(off_tlog_m) < 0.01
    assert np.median(off_gimbal_deg) < 0.01
    assert onboard.home_alt_msl_m == pytest.approx(received.home_alt_msl_m, abs=0.1)
    assert onboard.boots[-1].utc_minus_boot_us == pytest.approx(
        received.boots[-1].utc_minus_boot_us, abs=1000
    )


def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    return METRES * math.hypot(lat - other_lat, (lon - other_lon) * math.cos(math.radians(lat)))
