"""MISB ST 0601 in a transport stream becomes a pose track."""

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
from droneops.geo.wgs84 import lat_lon_from_enu
from droneops.telemetry.klv import EG_0104_KEY, KEY, RANGES, checksum, parse_klv
from droneops.telemetry.klv_samples import klv_samples, parse_st0601
from droneops.telemetry.log import LogFormat, log_format_of, read_pose_track
from droneops.telemetry.pose_track import PoseTrack, track_of
from droneops.telemetry.quaternion import yaw_of
from droneops.telemetry.transport_stream import read_data
from droneops.types import NoPose, Pose, Reason

START_US = 1_795_169_100_000_000
FLIGHT = {5: 90.0, 6: 2.0, 7: -3.0, 13: 16.44, 14: 104.75, 15: 312.0, 16: 60.0, 18: 45.0, 19: -60.0, 20: 0.0}


def ber(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def item(tag: int, value: bytes) -> bytes:
    name = bytes([tag]) if tag < 128 else bytes([0x80 | tag >> 7, tag & 0x7F])
    return name + ber(len(value)) + value


def encoded(tag: int, value: float) -> bytes:
    told = RANGES[tag]
    if told.is_signed:
        number = round(value / told.highest * ((1 << (8 * told.size - 1)) - 1))
    else:
        number = round((value - told.lowest) / (told.highest - told.lowest) * ((1 << 8 * told.size) - 1))
    return number.to_bytes(told.size, "big", signed=told.is_signed)


def packet(time_us: int, values: dict[int, float], extra: bytes = b"", key: bytes = KEY) -> bytes:
    items = item(2, struct.pack(">Q", time_us)) + b"".join(item(t, encoded(t, v)) for t, v in values.items())
    return sealed(items + extra, key)


def sealed(items: bytes, key: bytes = KEY) -> bytes:
    body = key + ber(len(items) + 4) + items + b"\x01\x02"
    return body + struct.pack(">H", checksum(body + b"\0\0"))


def stream(count: int = 10, **changed: float) -> bytes:
    values = FLIGHT | {int(tag[1:]): value for tag, value in changed.items()}
    return b"".join(
        packet(START_US + n * 100_000, values | {13: values[13] + n / 111_195}) for n in range(count)
    )


def track_from(data: bytes, home_alt_msl_m: float | None = 212.0) -> PoseTrack:
    return track_of(klv_samples(parse_st0601(data), home_alt_msl_m=home_alt_msl_m), drone_id="d")


def test_a_packet_tells_place_attitude_view_and_lens() -> None:
    pose = track_from(stream()).at(START_US + 450_000)
    assert isinstance(pose, Pose)
    assert pose.lat_deg == pytest.approx(16.44 + 4.5 / 111_195, abs=1e-7)
    assert (pose.alt_msl_m, pose.alt_above_home_m) == (
        pytest.approx(312, abs=0.2),
        pytest.approx(100, abs=0.2),
    )
    assert pose.hfov_rad == pytest.approx(math.radians(60), abs=1e-4)
    assert pose.velocity_ned_mps == pytest.approx([10, 0, 0], abs=0.1)
    assert pose.ned_from_gimbal is not None
    assert np.degrees(yaw_of(pose.ned_from_body)) == pytest.approx(90, abs=0.01)
    assert np.degrees(yaw_of(pose.ned_from_gimbal)) == pytest.approx(135, abs=6)


def test_without_the_height_of_home_there_is_a_path_but_no_pose() -> None:
    track = track_from(stream(), None)
    assert track.at(START_US) == NoPose(START_US, Reason.NO_POSE)
    assert track.path().alt_msl_m == pytest.approx(312, abs=0.2)
    assert track.warnings == ("nothing tells the height of home: heights above it are unknown",)


def test_full_range_angles_go_before_those_cut_at_20_degrees() -> None:
    pose = track_from(stream(t90=45.0, t91=0.0)).at(START_US)
    assert isinstance(pose, Pose)
    w, _, y, _ = pose.ned_from_body
    assert 2 * math.asin(math.hypot(y, pose.ned_from_body[1])) == pytest.approx(math.radians(45), abs=1e-4)
    assert w > 0


def test_the_lowest_of_a_signed_number_is_no_value() -> None:
    assert math.isnan(RANGES[6].value(b"\x80\0"))
    assert RANGES[6].value(b"\x80\1") == -20
    assert RANGES[15].value(b"\0\0") == -900
    assert math.isnan(RANGES[15].value(b"\0"))
    unknown = packet(START_US, FLIGHT).replace(encoded(13, 16.44), b"\x80\0\0\0")
    track = track_from(unknown[:-2] + struct.pack(">H", checksum(unknown)))
    assert track.first_us is None


def test_heights_above_the_ellipsoid_are_left_apart() -> None:
    values = {tag: value for tag, value in FLIGHT.items() if tag != 15} | {75: 280.0}
    track = track_from(packet(START_US, values, item(104, b"\0\0\0")))
    assert np.isnan(track.path().alt_msl_m).all()
    assert any("tags [75, 104]" in text for text in track.warnings)


def test_long_lengths_and_long_tags_are_read() -> None:
    extra = item(3, b"x" * 300) + item(143, b"y")
    (found,) = parse_klv(b"junk" + packet(START_US, FLIGHT, extra) + b"junk").packets
    assert (found.items[3], found.items[143]) == (b"x" * 300, b"y")


def test_a_packet_whose_checksum_fails_is_counted_and_left_out() -> None:
    data = stream(3)
    at = len(data) // 2
    read = parse_klv(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert (len(read.packets), read.damaged) == (2, 1)
    assert any(
        "1 damaged packets" in text for text in track_from(data[:at] + b"\0\0" + data[at + 2 :]).warnings
    )


def test_packets_without_a_possible_time_are_counted_and_left_out() -> None:
    data = sealed(item(5, b"\0\0")) + packet(2**64 - 1, FLIGHT) + packet(0, FLIGHT) + stream(2)
    track = track_from(data)
    assert len(track.path().time_us) == 2
    assert "1 packets without a time were left out" in track.warnings
    assert "2 packets with an impossible time were left out" in track.warnings


def late_by_leap_seconds(told: dict[int, bytes]) -> bytes:
    """Five packets 29 s ahead of UTC; ``told`` is the value of item 136 in some."""
    return b"".join(
        packet(START_US + 29_000_000 + n * 100_000, FLIGHT, item(136, told[n]) if n in told else b"")
        for n in range(5)
    )


@pytest.mark.parametrize("value", [b"\xe3", b"\xff\xe3", b"\xff\xff\xff\xe3"])
@pytest.mark.parametrize("told", [(0, 1, 2, 3, 4), (0,), (3,)])
def test_leap_seconds_are_added_to_all_times_though_only_some_packets_tell_them(
    value: bytes, told: tuple[int, ...]
) -> None:
    track = track_from(late_by_leap_seconds(dict.fromkeys(told, value)))
    assert track.path().time_us.tolist() == [START_US + n * 100_000 for n in range(5)]
    assert [boot.source for boot in track.boots] == ["ST 0601 tags 2, 136"]


@pytest.mark.parametrize("value", [b"\x65", b"\x9b", b"\x7f\xff\xff\xff", b"\xff" * 5])
def test_impossible_leap_seconds_are_not_added_and_said(value: bytes) -> None:
    track = track_from(late_by_leap_seconds({0: value, 2: value}))
    assert track.path().time_us[0] == START_US + 29_000_000
    assert any("2 packets tell an impossible number of leap seconds" in text for text in track.warnings)


def test_leap_seconds_that_change_in_flight_are_none_and_said() -> None:
    track = track_from(late_by_leap_seconds({0: b"\x1e", 4: b"\x1d"}))
    assert track.path().time_us[0] == START_US + 29_000_000
    assert any("different numbers of leap seconds (29, 30): none is added" in t for t in track.warnings)


def test_without_leap_seconds_or_with_an_item_of_no_bytes_the_time_is_taken_for_utc() -> None:
    for data in (late_by_leap_seconds({}), late_by_leap_seconds({1: b""})):
        track = track_from(data)
        assert track.path().time_us[0] == START_US + 29_000_000
        assert not any("leap" in text for text in track.warnings)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packet(START_US, {}, key=EG_0104_KEY), "EG 0104"),
        (stream(1)[:-1], "1 damaged, 0 without a time"),
        (b"", "holds no ST 0601 packet"),
    ],
)
def test_what_is_not_st_0601_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_st0601(data)


@given(st.integers(0, 700), st.binary(max_size=30), st.integers(0, 700))
@settings(max_examples=300, deadline=None)
def test_no_bytes_stop_the_reader(at: int, noise: bytes, cut: int) -> None:
    data = stream(5)
    damaged = (data[:at] + noise + data[at + len(noise) :])[: len(data) - cut]
    read = parse_klv(damaged)
    assert {p.time_us for p in read.packets} <= {START_US + n * 100_000 for n in range(5)}
    klv_samples(read, home_alt_msl_m=1.0)


@given(st.integers(0, 2**64 - 1), st.dictionaries(st.sampled_from(sorted(RANGES)), st.binary(max_size=6)))
@settings(max_examples=200, deadline=None)
def test_any_item_of_a_whole_packet_gives_a_sound_pose_or_none(time_us: int, items: dict[int, bytes]) -> None:
    told = item(2, struct.pack(">Q", time_us)) + b"".join(item(tag, value) for tag, value in items.items())
    track = track_from(sealed(told) + stream(2))
    pose = track.at(START_US)
    assert not isinstance(pose, Pose) or (abs(pose.lat_deg) <= 90 and math.isfinite(pose.alt_msl_m))


def crc_mpeg(data: bytes) -> bytes:
    """The CRC-32 of program tables (ISO/IEC 13818-1, annex A)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return struct.pack(">I", crc)


def table(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) + struct.pack(">H", 0xB000 | len(body) + 9) + b"\0\1\xc1\0\0"
    return b"\0" + head + body + crc_mpeg(head + body)


def ts_packets(pid: int, payload: bytes) -> bytes:
    """One unit of payload in packets of 188 bytes, the last one stuffed."""
    packets, first = [], True
    while payload:
        part, payload = payload[:182], payload[182:]
        stuffing = 183 - len(part)
        adaptation = bytes([stuffing]) + (b"\0" + b"\xff" * (stuffing - 1) if stuffing else b"")
        start = 0x40 if first else 0
        packets.append(struct.pack(">BBBB", 0x47, start | pid >> 8, pid & 0xFF, 0x30) + adaptation + part)
        first = False
    return b"".join(packets)


def transport_stream(klv: list[bytes]) -> bytes:
    """A program with one stream of private data, registered as KLVA (ST 1402)."""
    programs = table(0, struct.pack(">HH", 1, 0xE100))
    registration = b"\x05\x04KLVA"
    streams = table(2, struct.pack(">HHBHH", 0xE101, 0xF000, 6, 0xE101, 0xF000 | 6) + registration)
    units = []
    for unit in klv:
        pes = b"\0\0\1\xbd" + struct.pack(">H", len(unit) + 3) + b"\x80\0\0" + unit
        units.append(ts_packets(0x101, pes))
    return ts_packets(0, programs) + ts_packets(0x100, streams) + b"".join(units)


def test_a_transport_stream_is_read_from_file_to_pose(tmp_path: Path) -> None:
    path = tmp_path / "flight.video"
    path.write_bytes(transport_stream([packet(START_US + n * 100_000, FLIGHT) for n in range(20)]))
    assert log_format_of(path) is LogFormat.KLV
    track = read_pose_track(path, drone_id="d", home_alt_msl_m=212.0)
    assert len(track.path().time_us) == 20
    assert isinstance(track.at(START_US + 1_000_000), Pose)


@pytest.mark.parametrize("cut", [0, 1, 187, 188, 400, 1000])
def test_a_cut_transport_stream_gives_what_is_left_or_one_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "flight.ts"
    path.write_bytes(transport_stream([packet(START_US + n * 100_000, FLIGHT) for n in range(3)])[:cut])
    try:
        assert len(read_pose_track(path, drone_id="d").path().time_us) <= 3
    except InputError as error:
        assert "\n" not in str(error)


TAGS = {
    "5_platform_heading_deg": 5, "6_platform_pitch_deg": 6, "7_platform_roll_deg": 7, "13_sensor_lat": 13,
    "14_sensor_lon": 14, "15_sensor_alt_m": 15, "16_hfov_deg": 16, "17_vfov_deg": 17, "18_rel_az_deg": 18,
    "19_rel_el_deg": 19, "20_rel_roll_deg": 20,
}  # fmt: skip


@pytest.mark.parametrize(("name", "count"), [("h264_klv.ts", 30), ("osh_st0601_sample-stream.ts", 277)])
def test_real_streams_hold_what_another_reader_found(shared: Path, name: str, count: int) -> None:
    expected = json.loads((shared / "video/expected-metadata.json").read_text())["files"][name]
    told = expected["data_streams"]["1"]["st0601"]
    read = parse_st0601(read_data(shared / "video" / name))
    assert (len(read.packets), read.damaged, read.untimed) == (count, 0, 0)
    assert (told["packets"], told["checksum_ok"]) == (count, count)
    for found, values in ((read.packets[0], told["first"]), (read.packets[-1], told["last"])):
        assert found.time_us == values["2_timestamp_us"]
        for field, tag in TAGS.items():
            assert found.value(tag) == pytest.approx(values[field], abs=1e-7), field


def test_the_sensor_looks_at_the_frame_centre_that_the_packet_names(shared: Path) -> None:
    path = shared / "video/osh_st0601_sample-stream.ts"
    expected = json.loads((shared / "video/expected-metadata.json").read_text())["files"][path.name]
    first = expected["data_streams"]["1"]["st0601"]["first"]
    pose = read_pose_track(path, drone_id="d", home_alt_msl_m=201.05).at(first["2_timestamp_us"])
    assert isinstance(pose, Pose)
    assert pose.ned_from_gimbal is not None
    w, x, y, z = pose.ned_from_gimbal
    forward = np.array([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)])
    north, east, down = forward * (pose.alt_msl_m - first["25_frame_center_elev_m"]) / forward[2]
    lat, lon = lat_lon_from_enu(np.array([[east, north, -down]]), pose.lat_deg, pose.lon_deg, pose.alt_msl_m)
    off_m = 111_195 * math.hypot(
        float(lat[0]) - first["23_frame_center_lat"],
        (float(lon[0]) - first["24_frame_center_lon"]) * math.cos(math.radians(pose.lat_deg)),
    )
    assert down > 0
    assert off_m < 10  # of 3657 m of slant range


@pytest.mark.parametrize(
    ("name", "reason"),
    [("aphill_klv_10s.ts", "EG 0104"), ("h264_no_klv.ts", "without a metadata stream")],
)
def test_real_streams_without_st_0601_are_refused_with_the_reason(
    shared: Path, name: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        read_pose_track(shared / "video" / name, drone_id="d")
