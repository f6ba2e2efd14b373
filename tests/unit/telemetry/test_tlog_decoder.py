"""Reading .tlog files: equal to pymavlink where the file is whole, and honest where it is not."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import (
    START_US,
    LogBuilder,
    attitude,
    frame_of,
    gps,
    ground_station,
    heartbeat,
    position,
    record,
    shared_file,
)

from droneops.errors import InputError
from droneops.telemetry.tlog import Tlog, parse_tlog, read_tlog

UNKNOWN_ID = 16_000_000


def all_types_log() -> bytes:
    """Every message of the dialect, payloads random, trimmed or too long, some signed, both versions."""
    rng = random.Random(7)  # noqa: S311 - test data, not a secret
    log = LogBuilder()
    for message in mavlink.mavlink_map.values():
        size = message.unpacker.size
        for extra in (0, 3):
            payload = rng.randbytes(min(size + extra, 255))
            cut = payload[: max(1, rng.randrange(size + 1))] if extra == 0 else payload
            signed = rng.random() < 0.2
            log.add(frame_of(message.id, cut, crc_extra=message.crc_extra, signed=signed))
        if message.id < 256:
            log.add(
                frame_of(message.id, rng.randbytes(min(size, 255)), crc_extra=message.crc_extra, version=1)
            )
    return log.bytes()


def pymavlink_messages(data: bytes, log: Tlog) -> list[Any]:
    """Each believed frame as pymavlink decodes it; raises where it finds the frame bad."""
    decoder = mavlink.MAVLink(None)
    h = log.headers
    spans = zip(h.record_start.tolist(), h.record_end.tolist(), strict=True)
    return [decoder.decode(bytearray(data[start + 8 : end])) for start, end in spans]


def same(ours: Any, theirs: list[Any]) -> bool:
    """Exactly, in the column's own type; NaN equals NaN."""
    if ours.dtype.kind == "S":
        return bool(ours.tolist() == theirs)
    expected = np.array(theirs, dtype=ours.dtype)
    return np.array_equal(ours, expected, equal_nan=ours.dtype.kind == "f")


def assert_equal_to_pymavlink(data: bytes, log: Tlog) -> int:
    """Every field of every frame of every type; returns how many values were compared."""
    by_type: dict[str, list[Any]] = {}
    for message in pymavlink_messages(data, log):
        by_type.setdefault(message.get_type(), []).append(message)
    compared = 0
    for name, messages in by_type.items():
        table = log.table(name)
        assert len(table) == len(messages)
        assert table.system_id.tolist() == [m.get_srcSystem() for m in messages]
        assert table.component_id.tolist() == [m.get_srcComponent() for m in messages]
        assert table.seq.tolist() == [m.get_seq() for m in messages]
        for field in messages[0].get_fieldnames():
            theirs = [getattr(m, f"_{field}_raw", getattr(m, field)) for m in messages]
            assert same(table[field], theirs), (name, field)
            compared += len(theirs)
    return compared


def test_every_field_of_every_message_type_equals_pymavlinks() -> None:
    data = all_types_log()
    log = parse_tlog(data)
    assert set(log.messages) == {m.msgname for m in mavlink.mavlink_map.values()}
    assert log.damage.bytes == 0
    assert log.signed_frames > 30
    assert assert_equal_to_pymavlink(data, log) > 5000


def test_every_field_of_a_recorded_patrol_equals_pymavlinks() -> None:
    data = shared_file("flights/park-patrol/capture.tlog").read_bytes()
    assert assert_equal_to_pymavlink(data, parse_tlog(data)) > 400_000


# In this log a recording restarts in the middle of a record, at byte 167,936: 25 bytes are left of the frame
# before, and pymavlink takes the restart's first HEARTBEAT for their rest. Its checksum holds.
RECOVERED = {"logs/bruno_20211208-151717_timegap.tlog": {"HEARTBEAT": 1}}

TLOGS = (
    "dronekit_flight",
    "uavlogviewer_vtol_mavlink1",
    "khanfar_mixed_v1_v2",
    "bruno_20211202-132613",
    "bruno_20211208-151717_timegap",
    "bruno_20211125-124019_nogpsfix",
    "ardusub_20230418_baddata",
)


def test_every_recorded_log_counts_as_pymavlink_counts_it() -> None:
    expected = json.loads(shared_file("logs/expected-counts.json").read_text())["files"]
    tlogs = {name: facts for name, facts in expected.items() if facts["kind"] == "tlog"}
    assert len(tlogs) == 8
    for name, facts in tlogs.items():
        log = read_tlog(shared_file(name))
        counts = dict(facts["counts_all"])
        for message, more in RECOVERED.get(name, {}).items():
            counts[message] += more
        assert log.messages == counts, name
        assert log.first_us == pytest.approx(facts["first_ts"] * 1e6, abs=1) or name in RECOVERED
        assert log.last_us == pytest.approx(facts["last_ts"] * 1e6, abs=1)


@pytest.mark.parametrize("name", TLOGS)
def test_every_field_of_every_recorded_log_equals_pymavlinks(name: str) -> None:
    data = shared_file(f"logs/{name}.tlog").read_bytes()
    assert assert_equal_to_pymavlink(data, parse_tlog(data)) > 30_000


def test_frames_with_a_wrong_checksum_are_counted_as_pymavlink_counts_them() -> None:
    assert read_tlog(shared_file("logs/ardusub_20230418_baddata.tlog")).damage.frames == 1967
    assert read_tlog(shared_file("logs/dronekit_flight.tlog")).damage.frames == 1314


def test_the_frame_that_pymavlink_loses_after_a_restart_is_real() -> None:
    data = shared_file("logs/bruno_20211208-151717_timegap.tlog").read_bytes()
    message = mavlink.MAVLink(None).decode(bytearray(data[167_936 + 8 : 167_936 + 29]))
    assert message.get_type() == "HEARTBEAT"
    assert 167_936 in parse_tlog(data).headers.record_start.tolist()


def test_a_damaged_recording_loses_only_the_records_that_were_touched() -> None:
    whole = read_tlog(shared_file("flights/faults/capture.tlog"))
    damaged = read_tlog(shared_file("flights/faults/faults-corrupt.tlog"))
    size = len(damaged.data)
    before, after = np.frombuffer(whole.data[:size], np.uint8), np.frombuffer(damaged.data, np.uint8)
    changed = np.flatnonzero(before != after)
    starts, ends = whole.headers.record_start, whole.headers.record_end
    touched = set(starts[np.searchsorted(starts, changed, side="right") - 1].tolist())
    cut_off = set(starts[ends > size].tolist())
    kept = set(damaged.headers.record_start.tolist())
    assert len(changed) == 310
    # One burst ends inside a record's time: the frame is whole, and its time is mended.
    assert set(starts.tolist()) - kept == (touched - {608_664}) | cut_off
    assert kept <= set(starts.tolist())
    assert damaged.damage.stamps == 1


def test_mavlink_1_and_2_may_be_mixed() -> None:
    log = LogBuilder()
    for version in (1, 2, 1, 1, 2):
        log.send(attitude(5, yaw=1.5), version=version)
    parsed = parse_tlog(log.bytes())
    assert parsed.headers.version.tolist() == [1, 2, 1, 1, 2]
    assert parsed.table("ATTITUDE")["yaw"].tolist() == [1.5] * 5


def test_unknown_messages_are_skipped_by_length_and_counted() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    for size in (0, 3, 255):
        log.add(frame_of(UNKNOWN_ID, bytes(size), crc_extra=0))
    log.send(heartbeat())
    log.add(frame_of(UNKNOWN_ID, b"at the end", crc_extra=0))
    parsed = parse_tlog(log.bytes())
    assert parsed.messages == {"HEARTBEAT": 2, f"UNKNOWN_{UNKNOWN_ID}": 4}
    assert parsed.unknown_frames == 4
    assert parsed.damage.bytes == 0


def test_frames_with_flags_never_seen_are_no_frames() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    strange = bytearray(frame_of(0, bytes(9), crc_extra=50))
    strange[2] = 0x82
    log.add(bytes(strange))
    log.send(heartbeat())
    parsed = parse_tlog(log.bytes())
    assert parsed.messages == {"HEARTBEAT": 2}
    assert parsed.damage.bytes == 8 + len(strange)


def test_a_frame_inside_a_payload_is_not_taken_for_one() -> None:
    log = LogBuilder()
    inner = record(START_US, frame_of(0, bytes(9), crc_extra=50))
    ftp = mavlink.mavlink_map[mavlink.MAVLINK_MSG_ID_FILE_TRANSFER_PROTOCOL]
    log.send(heartbeat())
    log.add(frame_of(ftp.id, b"\0\0\0" + inner * 3, crc_extra=ftp.crc_extra))
    log.send(heartbeat())
    assert parse_tlog(log.bytes()).messages == {"FILE_TRANSFER_PROTOCOL": 1, "HEARTBEAT": 2}


@pytest.mark.parametrize("inner_us", [START_US - 10**9 * 86_400, 2**62, 7])
def test_a_frame_of_another_time_inside_a_damaged_payload_is_not_taken_for_one(inner_us: int) -> None:
    log = LogBuilder()
    inner = record(inner_us, frame_of(0, bytes(9), crc_extra=50))
    ftp = mavlink.mavlink_map[mavlink.MAVLINK_MSG_ID_FILE_TRANSFER_PROTOCOL]
    log.send(attitude(1))
    log.add(frame_of(ftp.id, b"\0\0\0" + inner, crc_extra=ftp.crc_extra ^ 1))
    log.send(attitude(2))
    parsed = parse_tlog(log.bytes())
    assert parsed.messages == {"ATTITUDE": 2}
    assert parsed.damage.frames == 1


def test_at_the_start_of_a_damaged_log_a_frame_of_an_impossible_time_is_not_taken_for_one() -> None:
    log = LogBuilder(data=bytearray(b"damaged" + record(7, frame_of(0, bytes(9), crc_extra=50))))
    log.send(attitude(1))
    assert parse_tlog(log.bytes()).messages == {"ATTITUDE": 1}


def test_an_unknown_message_that_no_record_follows_is_damage() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    log.add(frame_of(UNKNOWN_ID, bytes(20), crc_extra=0))
    log.data += b"noise"
    log.send(heartbeat())
    assert parse_tlog(log.bytes()).messages == {"HEARTBEAT": 2}


def test_after_damage_a_recorders_clock_may_have_been_set() -> None:
    log = LogBuilder()
    log.send(attitude(1))
    log.data += b"\xfd damage \xfe" * 3
    log.stamp_us += 10**9 * 86_400
    for at_ms in (2, 3, 4):
        log.send(attitude(at_ms))
    assert parse_tlog(log.bytes()).table("ATTITUDE")["time_boot_ms"].tolist() == [1, 2, 3, 4]


def test_an_unknown_message_that_ends_inside_another_record_is_damage() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    log.add(frame_of(UNKNOWN_ID, bytes(20), crc_extra=0))
    begin, _ = log.spans[-1]
    log.data[begin + 9] += 5
    log.send(heartbeat())
    log.send(heartbeat())
    parsed = parse_tlog(log.bytes())
    assert parsed.messages == {"HEARTBEAT": 3}
    assert parsed.damage.bytes == 8 + 12 + 20


def test_a_length_that_reaches_exactly_over_the_next_record_does_not_hide_it() -> None:
    log = LogBuilder()
    for at_ms in range(4):
        log.send(attitude(at_ms + 1, 1, 1, 1), version=1)
    begin, end = log.spans[1]
    log.data[begin + 9] += end - begin
    parsed = parse_tlog(log.bytes())
    assert parsed.table("ATTITUDE")["time_boot_ms"].tolist() == [1, 3, 4]


def test_a_single_wrong_time_is_mended_and_a_time_that_is_set_back_is_kept() -> None:
    log = LogBuilder()
    stamps = [START_US + k for k in range(4)] + [2**62] + [START_US - 10**12 + k for k in range(4)]
    for stamp_us in stamps:
        log.send(heartbeat(), stamp_us=stamp_us)
    parsed = parse_tlog(log.bytes())
    assert parsed.headers.stamp_us.tolist() == stamps  # no two neighbours agree about the fifth
    lone = LogBuilder()
    for stamp_us in (START_US, START_US + 1, 2**63, START_US + 3):
        lone.send(heartbeat(), stamp_us=stamp_us)
    mended = parse_tlog(lone.bytes())
    assert mended.headers.stamp_us.tolist() == [START_US, START_US + 1, START_US + 1, START_US + 3]
    assert mended.damage.stamps == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e38])
def test_any_number_in_a_float_field_is_passed_on_as_it_is(value: float) -> None:
    log = LogBuilder()
    log.send(attitude(1, value, value, value))
    assert same(parse_tlog(log.bytes()).table("ATTITUDE")["roll"], [value])


def test_columns_cannot_be_written_to() -> None:
    log = LogBuilder()
    log.send(attitude(1))
    table = parse_tlog(log.bytes()).table("ATTITUDE")
    for column in (table["roll"], table.float("roll"), table.stamp_us, table.take(np.array([0]))["roll"]):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"time,lat,lon\n" * 500,
        bytes([0xFD]) * 20_000,
        bytes([0xFE]) * 20_000,
        bytes(100_000),
        random.Random(3).randbytes(300_000),  # noqa: S311 - test data
    ],
)
def test_a_file_that_is_no_log_is_one_line_that_names_it_and_the_mend(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_tlog(path)
    text = str(caught.value)
    assert "holiday.png" in text
    assert ".tlog" in text
    assert "\n" not in text


def test_a_missing_file_and_a_folder_are_input_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.tlog", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            read_tlog(path)


def mixed_log() -> LogBuilder:
    """Known messages only, both versions, several senders, trimmed and whole payloads."""
    log = LogBuilder()
    for k in range(8):
        log.send(heartbeat(), version=1 + k % 2)
        log.send(attitude(100 * k, 0.1, 0.2, 0.3), version=1 + k % 2)
        log.send(position(100 * k))
        log.send(ground_station(), source=(255, 190))
        log.send(gps(), version=2 - k % 2)
    return log


MIXED = mixed_log()
POSITIONS = st.integers(0, len(MIXED.data) - 1)


def check_after_damage(data: bytes, untouched: set[int], frames: set[int] | None = None) -> None:
    """All untouched records are there, no checked frame is new, and the bytes add up.

    ``frames`` are the markers of the frames that were sent, where damage moved them.
    """
    if not untouched:
        return
    log = parse_tlog(data)
    h = log.headers
    starts = h.record_start.tolist()
    assert untouched <= set(starts)
    messages = zip(starts, pymavlink_messages(data, log), strict=True)
    checked = {start + 8 for start, message in messages if not message.get_type().startswith("UNKNOWN")}
    assert checked <= (frames or {begin + 8 for begin, _ in MIXED.spans})
    assert log.damage.bytes + int((h.record_end - h.record_start).sum()) == len(data)
    assert (h.record_start[1:] >= h.record_end[:-1]).all()


@given(POSITIONS, st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_one_wrong_byte_costs_at_most_its_own_record(at: int, change: int) -> None:
    data = bytearray(MIXED.data)
    data[at] ^= change
    check_after_damage(bytes(data), {begin for begin, end in MIXED.spans if not begin <= at < end})


@given(POSITIONS, st.binary(min_size=1, max_size=200))
@settings(max_examples=200, deadline=None)
def test_a_burst_costs_only_the_records_it_touches(at: int, burst: bytes) -> None:
    data = bytes(MIXED.data[:at]) + burst + bytes(MIXED.data[at + len(burst) :])
    past = at + len(burst)
    check_after_damage(data, {begin for begin, end in MIXED.spans if end <= at or begin >= past})


@given(POSITIONS)
@settings(max_examples=150, deadline=None)
def test_a_cut_costs_only_the_record_it_cuts(at: int) -> None:
    check_after_damage(bytes(MIXED.data[:at]), {begin for begin, end in MIXED.spans if end <= at})


@given(POSITIONS, st.binary(min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_bytes_put_in_cost_only_the_record_they_split(at: int, inserted: bytes) -> None:
    data = bytes(MIXED.data[:at]) + inserted + bytes(MIXED.data[at:])
    grown = len(inserted)
    whole = [begin for begin, end in MIXED.spans if not begin < at < end]
    markers = [begin + 8 for begin, _ in MIXED.spans]
    check_after_damage(
        data,
        {begin + (grown if begin >= at else 0) for begin in whole},
        {marker + (grown if marker >= at else 0) for marker in markers},
    )


@given(st.lists(st.tuples(POSITIONS, st.integers(0, 255)), max_size=40), POSITIONS)
@settings(max_examples=150, deadline=None)
def test_any_damage_is_an_input_error_or_a_log_of_frames_that_pymavlink_accepts(
    changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(MIXED.data)
    for at, value in changes:
        data[at] = value
    data = data[: cut + 1]
    try:
        log = parse_tlog(bytes(data))
    except InputError:
        return
    assert len(pymavlink_messages(bytes(data), log)) == len(log.headers) == sum(log.messages.values())
