"""Damage at every byte of a small log that holds all that a track is made of.

Each position is damaged in two of six ways, in turn, and the log cut at each, and parsed. Tracks and
summaries take ten times as long: they are built for a part of the positions.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import (
    START_US,
    LogBuilder,
    attitude,
    camera_fov,
    frame_of,
    gimbal,
    gps,
    ground_station,
    heartbeat,
    home,
    position,
    system_time,
)
from test_pose_track_fuzz import READ, is_sound

from droneops.errors import InputError
from droneops.telemetry.log_signatures import check_signatures
from droneops.telemetry.pose_track import build_pose_track
from droneops.telemetry.report import summarise
from droneops.telemetry.report_text import summary_text
from droneops.telemetry.selection import Selection
from droneops.telemetry.signing import SigningKey, timestamp_at
from droneops.telemetry.tlog import Tlog, parse_tlog
from droneops.telemetry.vehicles import list_vehicles
from droneops.types import Pose

KEY = SigningKey(b"k" * 32)
UNKNOWN_ID = 16_000_000
TYPES = {message.msgname: message for message in mavlink.mavlink_map.values()}
# What a byte becomes: nothing, all ones, a marker of either kind, and one bit turned at either end.
CHANGES = (
    lambda _: 0x00,
    lambda _: 0xFF,
    lambda _: 0xFD,
    lambda _: 0xFE,
    lambda byte: byte ^ 0x01,
    lambda byte: byte ^ 0x80,
)
EACH = 13  # coprime to the lengths of the records, so that in time every field is hit


def signer() -> mavlink.MAVLink:
    mav = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
    mav.signing.secret_key = KEY.secret
    mav.signing.timestamp = timestamp_at(START_US)
    mav.signing.sign_outgoing = True
    return mav


def rich_log() -> LogBuilder:
    """Two vehicles, a gimbal and a ground station; both versions, signed frames, and unknown messages."""
    log, signing = LogBuilder(), signer()
    turn = (math.cos(0.2), 0.0, -math.sin(0.2), 0.0)
    log.send(home(alt_msl_m=212.0))
    for k in range(4):
        at_ms, version = 10_000 + 250 * k, 1 + k % 2
        log.stamp_us = START_US + at_ms * 1000
        for source in ((1, 1), (2, 1)):
            log.send(heartbeat(), source=source, version=version)
            log.send(system_time(at_ms, log.stamp_us), source=source, version=version)
            log.send(attitude(at_ms, 0.1, 0.2, 0.3), source=source, version=version)
            log.send(position(at_ms), source=source, version=version)
            log.send(gps(eph=120), source=source, version=version)
        log.send(gimbal(at_ms, turn, 32), source=(1, 154))
        log.send(camera_fov(at_ms, turn), source=(1, 100))
        log.send(ground_station(), source=(255, 190), version=3 - version)
        log.add(frame_of(UNKNOWN_ID, bytes(range(k, k + 9)), crc_extra=0))
        log.add(bytes(attitude(at_ms + 100, 0.1, 0.2, 0.3).pack(signing)))
    log.send(mavlink.MAVLink_attitude_quaternion_message(10_900, *turn, 0, 0, 0))
    log.send(mavlink.MAVLink_mount_status_message(0, 0, -3000, 0, 1000), version=1)
    log.send(mavlink.MAVLink_mount_orientation_message(10_900, 0.0, -30.0, 10.0))
    log.send(position(11_000))
    return log


RICH = rich_log()
UNKNOWN = {
    begin
    for begin, _ in RICH.spans
    if int.from_bytes(RICH.data[begin + 15 : begin + 18], "little") == UNKNOWN_ID
}
STARTS = {begin for begin, _ in RICH.spans}


def corrupted(each: int) -> Iterator[tuple[int, bytes]]:
    """Every ``each``-th position with two kinds of change, where these change it."""
    for turn, at in enumerate(range(0, len(RICH.data), each)):
        changes = (CHANGES[turn % 6], CHANGES[(turn + 3) % 6])
        for value in {change(RICH.data[at]) for change in changes} - {RICH.data[at]}:
            data = bytearray(RICH.data)
            data[at] = value
            yield at, bytes(data)


def record_at(at: int) -> int:
    """The start of the record that holds a byte."""
    return max(begin for begin in STARTS if begin <= at)


def unknown_behind(at: int) -> set[int]:
    """The unknown messages right behind a place: only the next known frame shows that they are whole."""
    behind = sorted(begin for begin in STARTS if begin > at)
    known = next((begin for begin in behind if begin not in UNKNOWN), len(RICH.data))
    return {begin for begin in behind if begin < known}


def unknown_before(at: int) -> set[int]:
    """The unknown messages that end where the record of ``at`` begins: nothing shows that they are whole."""
    before = sorted((begin for begin in STARTS if begin < record_at(at)), reverse=True)
    known = next((begin for begin in before if begin not in UNKNOWN), -1)
    return {begin for begin in before if begin > known}


def test_the_log_holds_all_that_a_track_is_made_of() -> None:
    log = parse_tlog(RICH.bytes())
    asked_of_gimbals = {"COMMAND_LONG", "GIMBAL_MANAGER_SET_PITCHYAW"}
    assert set(READ) - asked_of_gimbals <= set(log.messages)
    assert (log.signed_frames, log.unknown_frames, log.damage.bytes) == (4, 4, 0)
    assert set(log.headers.version.tolist()) == {1, 2}
    assert [vehicle.system_id for vehicle in list_vehicles(log)] == [1, 2]


def test_one_wrong_byte_anywhere_costs_its_own_record_alone() -> None:
    for at, data in corrupted(1):
        log = parse_tlog(data)
        kept = set(log.headers.record_start.tolist())
        may_be_lost = {record_at(at)} | unknown_behind(at) | unknown_before(at)
        assert kept - STARTS == set(), at
        assert STARTS - kept <= may_be_lost, at
        assert log.damage.bytes == len(data) - int((log.headers.record_end - log.headers.record_start).sum())


def test_a_wrong_length_that_reaches_over_an_unknown_message_does_not_hide_it() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    for k in range(3):
        log.send(attitude(k + 1, 1.0, 1.0, 1.0))
        log.add(frame_of(UNKNOWN_ID, b"unknown", crc_extra=0))
    log.send(heartbeat())
    begin, _ = log.spans[1]
    log.data[begin + 9] = 200
    parsed = parse_tlog(log.bytes())
    assert parsed.messages == {"ATTITUDE": 2, "HEARTBEAT": 2, f"UNKNOWN_{UNKNOWN_ID}": 2}
    # With the attitude goes the unknown message right behind it: nothing shows that it is whole.
    assert parsed.damage.bytes == log.spans[2][1] - log.spans[1][0]


def test_behind_a_wrong_length_a_known_message_still_needs_its_checksum() -> None:
    log = LogBuilder()
    for k in range(4):
        log.send(heartbeat())
        log.send(attitude(k + 1, 1.0, 1.0, 1.0))
    log.send(heartbeat())
    too_long, wrong = log.spans[1][0], log.spans[5][0]
    log.data[too_long + 9] = 200
    log.data[wrong + 20] ^= 0xFF
    parsed = parse_tlog(log.bytes())
    assert parsed.table("ATTITUDE")["time_boot_ms"].tolist() == [2, 4]


def test_a_cut_anywhere_costs_the_record_it_cuts_alone() -> None:
    ends = {end: begin for begin, end in RICH.spans}
    first = min(ends)
    for cut in range(len(RICH.data)):
        if cut < first:
            with pytest.raises(InputError):
                parse_tlog(bytes(RICH.data[:cut]))
            continue
        kept = set(parse_tlog(bytes(RICH.data[:cut])).headers.record_start.tolist())
        whole = {begin for end, begin in ends.items() if end <= cut}
        assert kept <= whole
        assert whole - kept <= unknown_before(cut), cut


def sound(log: Tlog) -> None:
    """Tracks of all vehicles can be built and asked, and give sound poses or none."""
    for vehicle in list_vehicles(log):
        track = build_pose_track(log, vehicle, drone_id="d")
        for at_us in range(START_US + 9_500_000, START_US + 11_500_000, 100_000):
            pose = track.at(at_us)
            assert not isinstance(pose, Pose) or is_sound(pose)
    check_signatures(log, KEY)


def test_one_wrong_byte_never_stops_a_track_or_a_check_of_signatures() -> None:
    for _, data in corrupted(EACH * 2):
        sound(parse_tlog(data))
    for cut in range(60, len(RICH.data), EACH * 2):
        sound(parse_tlog(bytes(RICH.data[:cut])))


def test_one_wrong_byte_never_stops_a_summary(tmp_path: Path) -> None:
    path = tmp_path / "damaged.tlog"
    for _, data in corrupted(EACH * 4):
        path.write_bytes(data)
        summary = summarise(path, Selection())
        json.dumps(summary, allow_nan=False)
        assert "damage" in summary_text(summary)


ABSURD = (math.nan, math.inf, -math.inf, 1e38, -1e38, 1e-42)


def float_offsets(name: str) -> list[int]:
    """Where each float of a message lies in its payload, each element of an array for itself."""
    record = parse_tlog(RICH.bytes()).dialect.by_name[name].payload
    offsets: list[int] = []
    for field in record.names or ():
        kind, offset = record.fields[field][:2]
        if kind.base.kind == "f":
            offsets += range(offset, offset + kind.itemsize, kind.base.itemsize)
    return offsets


@pytest.mark.parametrize("name", [name for name in READ if float_offsets(name)])
def test_absurd_numbers_in_each_float_field_give_sound_poses_or_none(name: str) -> None:
    message = TYPES[name]
    for offset in float_offsets(name):
        log = rich_log()
        for k, value in enumerate(ABSURD):
            payload = bytearray(struct.pack("<I", 10_500 + k) * (message.unpacker.size // 4 + 1))
            struct.pack_into("<f", payload, offset, value)
            sent = bytes(payload[: message.unpacker.size])
            log.add(frame_of(message.id, sent, crc_extra=message.crc_extra))
        sound(parse_tlog(log.bytes()))


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg"),
    [(214.7, 104.75), (-214.7, 104.75), (90.1, 104.75), (16.44, 214.7), (16.44, -180.1)],
)
def test_a_place_off_the_globe_is_no_place(lat_deg: float, lon_deg: float) -> None:
    # 214.7 degrees is the most that the field holds: 400 cannot be sent.
    log = LogBuilder()
    for at_ms in range(10_000, 11_000, 100):
        log.send(heartbeat())
        log.send(gps())
        log.send(attitude(at_ms))
        log.send(position(at_ms, lat_deg=lat_deg, lon_deg=lon_deg))
    parsed = parse_tlog(log.bytes())
    sound(parsed)
    track = build_pose_track(parsed, list_vehicles(parsed)[0], drone_id="d")
    assert not track.path().valid.any()


def test_times_that_go_back_give_sound_poses_or_none() -> None:
    for back_ms in (1, 250, 2_000, 9_999):
        log = rich_log()
        for at_ms in range(11_000, 11_000 - back_ms, -max(back_ms // 20, 1)):
            log.send(attitude(max(at_ms, 0)), stamp_us=START_US + at_ms * 500)
            log.send(position(max(at_ms, 0)), stamp_us=max(START_US - at_ms * 10**9, 0))
        sound(parse_tlog(log.bytes()))


def test_the_longest_frames_are_read_and_skipped_by_length() -> None:
    log = LogBuilder()
    ftp = TYPES["FILE_TRANSFER_PROTOCOL"]
    for k in range(20):
        log.send(heartbeat())
        # 255 bytes of payload and a signature: the longest frame that there is, 280 bytes.
        longest = frame_of(ftp.id, bytes([k]) * 255, crc_extra=ftp.crc_extra, signed=True)
        assert len(longest) == 280
        log.add(longest)
        log.add(frame_of(UNKNOWN_ID, bytes([0xFD]) * 255, crc_extra=0, signed=True))
        log.send(attitude(10_000 + k))
    parsed = parse_tlog(log.bytes())
    assert parsed.damage.bytes == 0
    assert (parsed.signed_frames, parsed.unknown_frames) == (40, 20)
    sound(parsed)


@pytest.mark.parametrize("flags", [0x02, 0x04, 0x80, 0x82, 0xFF])
def test_frames_with_flags_never_seen_cost_themselves_alone(flags: int) -> None:
    log = LogBuilder()
    for k in range(5):
        log.send(heartbeat())
        strange = bytearray(frame_of(30, bytes(28), crc_extra=39))
        strange[2] = flags
        # Their checksum is right: it is the layout that nobody knows.
        strange[-2:] = mavlink.x25crc(bytes(strange[1:-2]) + b"\x27").crc.to_bytes(2, "little")
        log.add(bytes(strange))
        log.send(attitude(10_000 + k))
    parsed = parse_tlog(log.bytes())
    assert parsed.messages == {"ATTITUDE": 5, "HEARTBEAT": 5}
    sound(parsed)
