"""``droneops telemetry`` on logs of other kinds than .tlog: all messages, as other readers have them."""

from __future__ import annotations

import array
import csv
import io
import json
import math
import os
import pty
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink import DFReader
from telemetry_synthetic import shared_file

from droneops.errors import DroneopsError
from droneops.telemetry import message_tables
from droneops.telemetry.log_format import LogFormat
from droneops.telemetry.message_tables import OtherLog
from droneops.telemetry.other_log import read_other_log
from droneops.telemetry.table_rows import table_jsonl
from droneops.telemetry.transport_stream import read_data
from droneops.times import from_text, to_text

BINARY = ("logs/bruno_00061_20211121.bin", "logs/pymavlink_test.BIN")
ULOG = ("logs/px4_sample_log_small.ulg", "logs/px4_sample_px4_events_position.ulg")
KLV = "video/osh_st0601_sample-stream.ts"
SRT = "video/dji_srt/matrice_300.srt"
START_US = 1_795_169_100_000_000
GPS_WEEK, GPS_MS = 2445, 468_318_000

# A log of every format letter, by hand: name, type byte, letters, columns.
TYPES = {
    "FMT": (0x80, "BBnNZ", "Type,Length,Name,Format,Columns"),
    "GPS": (0x81, "QBBIHBcLLef", "TimeUS,I,Status,GMS,GWk,NSats,HDop,Lat,Lng,Alt,Spd"),
    "ALL1": (0x82, "QabBhHiI", "TimeUS,A,B1,B2,H1,H2,I1,I2"),
    "ALL2": (0x83, "QfdgcCeELMq", "TimeUS,F,D,G,C1,C2,E1,E2,L,M,Q1"),
    "TXT": (0x84, "QnNZ", "TimeUS,Short,Middle,Long"),
    "OLD": (0x85, "IB", "TimeMS,V"),
    "FILE": (0x86, "NIBZ", "FileName,Offset,Length,Data"),
}
PACKED = {
    "a": "64s", "n": "4s", "N": "16s", "Z": "64s", "c": "h", "C": "H", "e": "i", "E": "I", "L": "i",
    "M": "B", "g": "e",
}  # fmt: skip


def packing(letters: str) -> str:
    return "<" + "".join(PACKED.get(letter, letter) for letter in letters)


def record(name: str, *values: object) -> bytes:
    kind, letters, _ = TYPES[name]
    return b"\xa3\x95" + bytes([kind]) + struct.pack(packing(letters), *values)


def fmt(name: str) -> bytes:
    kind, letters, columns = TYPES[name]
    size = 3 + struct.calcsize(packing(letters))
    return record("FMT", kind, size, name.encode(), letters.encode(), columns.encode())


def gps(boot_us: int, *, status: int = 3, week: int = GPS_WEEK) -> bytes:
    ms = GPS_MS + boot_us // 1000
    return record("GPS", boot_us, 0, status, ms, week, 9, 121, 164_400_000, 1_047_500_000, 21_200, 0.5)


def synthetic(*, week: int = GPS_WEEK) -> bytes:
    """Five seconds, a fix a second, and one message of each other type."""
    shorts = struct.pack("<32h", *range(-16, 16))
    records = [fmt(name) for name in TYPES]
    records += [gps(second * 1_000_000, week=week) for second in range(5)]
    records.append(record("ALL1", 1_000_000, shorts, -1, 200, -300, 60_000, -70_000, 4_000_000_000))
    records.append(
        record("ALL2", 2_000_000, 0.1, math.pi, 1.5, -1234, 65_535, -9, 35, 1_047_500_001, 4, -(2**40))
    )
    records.append(record("TXT", 3_000_000, b"AB", "ทดสอบ".encode(), b'say "no", please\0junk'))
    records.append(record("OLD", 4000, 7))
    records.append(record("FILE", b"@SYS/a", 0, 3, b"\1\0\xff"))
    return b"".join(records)


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "flight.BIN"
    path.write_bytes(synthetic())
    return path


def read(path: Path, kind: LogFormat) -> OtherLog:
    return read_other_log(path.read_bytes(), kind, path).log


def lines_of(outcome: Any) -> list[dict[str, Any]]:
    assert outcome.status == 0, outcome.stderr
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def expected(name: str) -> dict[str, Any]:
    file = json.loads(shared_file("logs/expected-counts.json").read_text())["files"][name]
    return dict(file)


@pytest.mark.parametrize("name", [*BINARY, *ULOG])
def test_the_counts_of_all_messages_are_those_of_the_reference_readers(droneops, name) -> None:
    summary = json.loads(droneops("telemetry", shared_file(name), "--json").stdout)
    assert summary["messages"] == expected(name)["counts_all"]


@pytest.mark.parametrize("name", ULOG)
def test_the_instances_of_a_topic_are_counted_apart(droneops, name) -> None:
    import pyulog

    summary = json.loads(droneops("telemetry", shared_file(name), "--json").stdout)
    theirs: dict[str, dict[str, int]] = {}
    for topic in pyulog.ULog(str(shared_file(name))).data_list:
        theirs.setdefault(topic.name, {})[str(topic.multi_id)] = len(topic.data["timestamp"])
    several = {topic: counts for topic, counts in theirs.items() if set(counts) != {"0"}}
    assert summary["instances"] == several
    for topic, counts in several.items():
        for instance, count in counts.items():
            rows = lines_of(droneops("telemetry", shared_file(name), "--types", f"{topic}:{instance}",
                                     "--format", "jsonl"))  # fmt: skip
            assert [row["instance"] for row in rows] == [int(instance)] * count


def assert_equal_to_pymavlink(path: Path) -> int:
    """All fields of all messages in the order of the file; returns how many values were compared."""
    ours = [json.loads(line) for text in table_jsonl(read(path, LogFormat.DATAFLASH), lambda _done: None)
            for line in text.splitlines()]  # fmt: skip
    theirs = DFReader.DFReader_binary(str(path))
    compared = 0
    for line in ours:
        message = theirs.recv_msg()
        assert message is not None
        assert message.get_type() == line["type"]
        for field in message.get_fieldnames():
            assert_same(line.get(f"{field}_", line.get(field)), getattr(message, field), f"{message} {field}")
            compared += 1
    assert theirs.recv_msg() is None
    theirs.close()
    return compared


def assert_same(ours: Any, theirs: Any, what: str) -> None:
    if isinstance(theirs, float) and not math.isfinite(theirs):
        assert ours is None, what
    elif isinstance(theirs, array.array | bytes):
        assert ours == list(theirs), what
    else:
        assert (ours, type(ours)) == (theirs, type(theirs)), what


@pytest.mark.parametrize("name", BINARY)
def test_every_field_of_a_binary_log_equals_pymavlinks(name) -> None:
    assert assert_equal_to_pymavlink(shared_file(name)) > 10_000


def test_every_format_letter_is_read_as_pymavlink_reads_it(binary) -> None:
    assert assert_equal_to_pymavlink(binary) > 80


@pytest.mark.parametrize("name", BINARY)
def test_a_text_log_says_what_the_binary_log_says(name, tmp_path) -> None:
    theirs = DFReader.DFReader_binary(str(shared_file(name)))
    lines = []
    while (message := theirs.recv_msg()) is not None:
        values = [getattr(message, field) for field in message.get_fieldnames()]
        told = [list(value) if isinstance(value, array.array) else value for value in values]
        # Arrays are left out: nobody writes them as text.
        if not any(isinstance(value, list) for value in told):
            lines.append(", ".join([message.get_type(), *map(str, told)]))
    theirs.close()
    path = tmp_path / "flight.log"
    path.write_text("\n".join(lines))
    text, whole = read(path, LogFormat.DATAFLASH_TEXT), read(shared_file(name), LogFormat.DATAFLASH)
    assert text.damage["bytes"] == 0
    assert sum(text.messages.values()) == len(lines)
    for table in text.tables:
        same = next(t for t in whole.tables if t.name == table.name).fields()
        for field, column in table.fields().items():
            assert [str(v) for v in column.tolist()] == [str(v) for v in same[field].tolist()], field


def test_a_comma_in_a_text_logs_message_belongs_to_the_text(tmp_path) -> None:
    path = tmp_path / "flight.log"
    path.write_text("FMT, 1, 1, MSG, QZ, TimeUS,Message\nMSG, 5, say no, please\nMSG, 6\n")
    log = read(path, LogFormat.DATAFLASH_TEXT)
    (table,) = (table for table in log.tables if table.name == "MSG")
    assert table.fields()["Message"].tolist() == ["say no, please"]
    assert log.damage == {"bytes": len("MSG, 6\n")}


def test_a_message_tells_utc_time_since_boot_and_its_type(droneops, binary) -> None:
    rows = lines_of(droneops("telemetry", binary, "--format", "jsonl"))
    by_type = {row["type"]: row for row in rows}
    assert by_type["FMT"]["time"] is None
    assert by_type["FMT"]["time_boot_s"] is None
    assert (by_type["ALL1"]["time"], by_type["ALL1"]["time_boot_s"]) == (to_text(START_US + 1_000_000), 1.0)
    assert by_type["OLD"]["time_boot_s"] == 4.0
    assert list(by_type["ALL2"])[:3] == ["time", "time_boot_s", "type"]
    assert by_type["ALL2"]["L"] == 104.7500001


def test_a_log_that_never_tells_utc_has_no_time_and_cannot_be_cut_by_it(droneops, tmp_path) -> None:
    path = tmp_path / "flight.BIN"
    path.write_bytes(synthetic(week=0))
    rows = lines_of(droneops("telemetry", path, "--types", "gps", "--format", "jsonl"))
    assert [row["time"] for row in rows] == [None] * 5
    outcome = droneops("telemetry", path, "--from", to_text(START_US))
    assert outcome.status == 2
    assert "never tells UTC" in outcome.error
    assert droneops("telemetry", path).status == 0


@pytest.mark.parametrize("name", [*BINARY, *ULOG, KLV, SRT])
def test_from_and_to_cut_every_kind_into_two_that_make_the_whole(droneops, name) -> None:
    path = shared_file(name)
    whole = json.loads(droneops("telemetry", path, "--json").stdout)
    first, last = whole["span"]["first"], whole["span"]["last"]
    middle = to_text((from_text(first) + from_text(last)) // 2)
    early = json.loads(droneops("telemetry", path, "--to", middle, "--json").stdout)
    late = json.loads(droneops("telemetry", path, "--from", middle, "--json").stdout)
    assert late["span"]["first"] >= middle > early["span"]["last"]
    timed = Counter(
        row["type"] for row in lines_of(droneops("telemetry", path, "--format", "jsonl")) if row["time"]
    )
    assert Counter(early["messages"]) + Counter(late["messages"]) == timed


@pytest.mark.parametrize("name", ULOG)
def test_topics_come_in_order_of_time_with_the_values_of_pyulog(droneops, name) -> None:
    import pyulog

    rows = lines_of(droneops("telemetry", shared_file(name), "--format", "jsonl"))
    stamps = [row["timestamp"] for row in rows]
    assert stamps == sorted(stamps)
    for topic in pyulog.ULog(str(shared_file(name))).data_list:
        ours = [r for r in rows if r["type"] == topic.name and r["instance"] == topic.multi_id]
        for field, column in topic.data.items():
            head, _, element = field.partition("[")
            values = [r[f"{head}_"] if f"{head}_" in r else r.get(field, r.get(head)) for r in ours]
            if element and values and isinstance(values[0], list):
                values = [value[int(element[:-1])] for value in values]
            if "_padding" not in field:
                told = np.array(values, dtype=np.float64)  # None becomes NaN
                wanted = np.where(np.isfinite(column), column, np.nan).astype(np.float64)
                assert np.array_equal(told, wanted, equal_nan=True), (topic.name, field)


def test_a_packet_of_metadata_says_its_items_by_name(droneops) -> None:
    told = json.loads(shared_file("video/expected-metadata.json").read_text())["files"][Path(KLV).name]
    first = told["data_streams"]["1"]["st0601"]["first"]
    rows = lines_of(droneops("telemetry", shared_file(KLV), "--format", "jsonl"))
    assert len(rows) == told["data_streams"]["1"]["st0601"]["packets"]
    assert rows[0]["time"] == to_text(first["2_timestamp_us"])
    assert (rows[0]["type"], rows[0]["platform_designation"]) == ("st0601", first["10_platform"])
    names = {
        "platform_heading_deg": "5_platform_heading_deg",
        "sensor_lat_deg": "13_sensor_lat",
        "sensor_alt_msl_m": "15_sensor_alt_m",
        "slant_range_m": "21_slant_range_m",
        "frame_center_lon_deg": "24_frame_center_lon",
        "frame_center_alt_msl_m": "25_frame_center_elev_m",
        "uas_lds_version": "65_version",
    }
    for ours, theirs in names.items():
        assert rows[0][ours] == pytest.approx(first[theirs], abs=1e-6), ours


def test_items_that_are_not_known_by_name_are_kept_as_digits(droneops) -> None:
    path = shared_file("video/h264_klv.ts")
    (row, *_) = lines_of(droneops("telemetry", path, "--format", "jsonl"))
    assert row["tag_141"] in read_data(path).hex()


@pytest.mark.parametrize("name", ["air2s.srt", "matrice_300.srt", "old_format.SRT", "p4_rtk.SRT"])
def test_captions_are_counted_and_say_where_they_were(droneops, name) -> None:
    told = json.loads(shared_file("video/expected-metadata.json").read_text())["files"][f"dji_srt/{name}"]
    path = shared_file(f"video/dji_srt/{name}")
    rows = lines_of(droneops("telemetry", path, "--format", "jsonl"))
    assert {row["type"] for row in rows} == {"caption"}
    assert len(rows) == told["timecode_lines"]
    if "latitude_first_last" in told:
        assert [rows[0]["lat_deg"], rows[-1]["lat_deg"]] == told["latitude_first_last"]


def test_captions_whose_zone_is_not_known_say_so(droneops) -> None:
    outcome = droneops("telemetry", shared_file(SRT), "--format", "jsonl")
    assert outcome.stderr == "warning: the subtitles' time zone is not known: their time is taken for UTC\n"


def test_captions_without_a_date_are_shown_without_a_time(droneops) -> None:
    path = shared_file("video/dji_srt/p4_rtk.SRT")
    rows = lines_of(droneops("telemetry", path, "--format", "jsonl"))
    assert {row["time"] for row in rows} == {None}
    assert rows[1]["time_video_s"] == 1.0
    summary = json.loads(droneops("telemetry", path, "--json").stdout)
    assert summary["vehicles"] is None
    assert "no date and time" in summary["vehicles_note"]


def test_csv_has_a_column_a_field_and_quotes_text(droneops, binary) -> None:
    outcome = droneops("telemetry", binary, "--types", "TXT", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(outcome.stdout))
    assert list(row) == ["time", "time_boot_s", "TimeUS", "Short", "Middle", "Long"]
    assert (row["Middle"], row["Long"]) == ("ทดสอบ", 'say "no", please')
    arrays = droneops("telemetry", binary, "--types", "ALL1", "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(arrays))
    assert (row["A[0]"], row["A[31]"], row["I2"]) == ("-16", "15", "4000000000")
    captions = droneops("telemetry", shared_file(SRT), "--format", "csv")
    assert len(captions.stdout.splitlines()) == 382


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--types", "GPZ"), "the nearest is GPS"),
        (("--types", ","), "names no message"),
        (("--format", "csv"), "takes one message"),
        (("--format", "csv", "--types", "GPS,TXT"), "takes one message"),
        (("--format", "jsonl", "--json"), "--json goes with the summary"),
        (("--system-id", "1"), "--system-id is for MAVLink logs"),
        (("--to", "yesterday"), "is no UTC time"),
    ],
)
def test_a_wrong_option_is_one_line_that_says_the_mend(droneops, binary, options, says) -> None:
    outcome = droneops("telemetry", binary, *options)
    assert outcome.status == 2
    assert says in outcome.error


def test_a_file_of_no_known_kind_is_one_line_that_names_the_kinds(droneops, tmp_path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"hello")
    outcome = droneops("telemetry", path)
    assert outcome.status == 2
    assert "PX4 .ulg" in outcome.error


@pytest.mark.parametrize("rows", [1, 7])
def test_messages_come_in_the_order_of_the_log_however_they_are_cut(binary, monkeypatch, rows) -> None:
    def text() -> str:
        return "".join(table_jsonl(read(binary, LogFormat.DATAFLASH), lambda _done: None))

    whole = text()
    monkeypatch.setattr(message_tables, "_CHUNK_ROWS", rows)
    assert text() == whole


def test_a_log_with_other_messages_but_no_place_is_still_shown(droneops, tmp_path) -> None:
    path = tmp_path / "bench.BIN"
    path.write_bytes(fmt("FMT") + fmt("TXT") + record("TXT", 5, b"a", b"b", b"c"))
    summary = json.loads(droneops("telemetry", path, "--json").stdout)
    assert summary["messages"] == {"FMT": 2, "TXT": 1}
    assert droneops("telemetry", path).status == 0


@given(st.binary(max_size=300), st.integers(0, 1200), st.integers(0, 1200))
@settings(max_examples=150, deadline=None)
def test_no_bytes_stop_a_log_from_being_listed(noise: bytes, at: int, cut: int) -> None:
    data = synthetic()
    damaged = (data[:at] + noise + data[at + len(noise) :])[: len(data) - cut]
    text = noise + b"\nFMT, 1, 1, POS, Qa, TimeUS,A\nPOS, -1, " + noise
    for kind, content in ((LogFormat.DATAFLASH, damaged), (LogFormat.DATAFLASH_TEXT, text)):
        try:
            log = read_other_log(content, kind, Path("log")).log
        except DroneopsError:
            continue
        lines = "".join(table_jsonl(log, lambda _done: None)).splitlines()
        assert all(json.loads(line) for line in lines)
        assert len(lines) == sum(log.messages.values())


def test_a_bar_is_shown_on_a_terminal_alone(binary) -> None:
    command = [sys.executable, "-m", "droneops", "telemetry", str(binary), "--format", "jsonl"]
    quiet = subprocess.run(command, capture_output=True, check=True)
    assert quiet.stderr == b""
    outer, inner = pty.openpty()
    shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=inner, check=True)
    os.close(inner)
    assert b"reading" in os.read(outer, 65_536)
    os.close(outer)
    assert shown.stdout == quiet.stdout
