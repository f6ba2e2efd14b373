"""``droneops telemetry``: what a log holds, its messages as text, and logs read piece by piece."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, attitude, frame_of, heartbeat, shared_file
from test_tlog_decoder import assert_equal_to_pymavlink

from droneops.errors import InputError
from droneops.telemetry import report
from droneops.telemetry.blocks import read_blocks
from droneops.telemetry.links import chain_links
from droneops.telemetry.tlog import Tlog, parse_tlog, read_tlog
from droneops.telemetry.walk import record_end
from droneops.times import to_text

FRAMES = 20_000
BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("synthetic_log", BENCHMARKS / "synthetic_log.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("log") / "synthetic.tlog"
    path.write_bytes(load_generator().synthetic_log(FRAMES))
    return path


def write(path: Path, log: LogBuilder) -> Path:
    path.write_bytes(log.bytes())
    return path


def lines_of(outcome) -> list[dict]:
    assert outcome.status == 0, outcome.stderr
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def assert_blocks_say_the_same(path: Path, block_bytes: int) -> None:
    whole, blocks = read_tlog(path), list(read_blocks(path, block_bytes=block_bytes))
    for column in ("stamp_us", "message_id", "seq", "payload_bytes"):
        pieces = np.concatenate([getattr(block.headers, column) for block in blocks])
        assert np.array_equal(pieces, getattr(whole.headers, column)), column
    for part in ("bytes", "frames", "stamps"):
        assert sum(getattr(b.damage, part) for b in blocks) == getattr(whole.damage, part), part
    for part in ("messages", "sources"):
        counts = sum((Counter(getattr(block, part)) for block in blocks), Counter())
        assert counts == getattr(whole, part)
    assert sum(block.unknown_frames for block in blocks) == whole.unknown_frames
    assert sum(block.signed_frames for block in blocks) == whole.signed_frames


def test_the_synthetic_log_is_the_same_bytes_for_the_same_seed() -> None:
    generate = load_generator().synthetic_log
    assert generate(2000, 7) == generate(2000, 7) != generate(2000, 8)


def test_the_synthetic_log_equals_pymavlink_in_counts_and_in_every_field(synthetic, monkeypatch) -> None:
    log = read_tlog(synthetic)
    assert len(log.headers) == FRAMES
    assert set(log.headers.version.tolist()) == {1, 2}
    assert log.damage.bytes == 0
    assert assert_equal_to_pymavlink(synthetic.read_bytes(), log) > 150_000
    monkeypatch.setenv("MAVLINK20", "1")
    mavutil.set_dialect("ardupilotmega")
    counts: Counter[str] = Counter()
    connection = mavutil.mavlogfile(str(synthetic))
    while (message := connection.recv_msg()) is not None:
        counts[message.get_type()] += 1
    connection.close()
    assert counts == log.messages


@pytest.mark.parametrize("block_bytes", [4096, 20_011, 1 << 20])
def test_a_log_read_piece_by_piece_says_what_it_says_whole(synthetic, block_bytes) -> None:
    assert_blocks_say_the_same(synthetic, block_bytes)


@pytest.mark.parametrize(
    "name",
    [
        "logs/ardusub_20230418_baddata.tlog",
        "logs/bruno_20211208-151717_timegap.tlog",
        "logs/dronekit_flight.tlog",
        "flights/faults/faults-corrupt.tlog",
    ],
)
def test_a_damaged_recording_read_piece_by_piece_says_what_it_says_whole(name) -> None:
    assert_blocks_say_the_same(shared_file(name), 4096)


@pytest.mark.parametrize("seed", range(8))
def test_damage_anywhere_is_judged_alike_whole_and_piece_by_piece(synthetic, tmp_path, seed) -> None:
    rng = random.Random(seed)  # noqa: S311 - test data, not a secret
    data = bytearray(synthetic.read_bytes()[:60_000])
    for _ in range(40):
        at = rng.randrange(len(data))
        data[at : at + rng.choice([0, 1, 1, 5])] = rng.choice([b"", b"\xfd", b"\xfe", rng.randbytes(30)])
    path = tmp_path / "damaged.tlog"
    path.write_bytes(bytes(data))
    assert_blocks_say_the_same(path, 4096)


def test_garbage_longer_than_a_block_is_counted_and_what_follows_is_read(tmp_path) -> None:
    good = LogBuilder()
    for boot_ms in range(200):
        good.send(attitude(boot_ms))
    garbage = b"\x55" * 30_000
    path = tmp_path / "garbage.tlog"
    path.write_bytes(good.bytes() + garbage + good.bytes())
    blocks = list(read_blocks(path, block_bytes=4096))
    assert sum(len(block.headers) for block in blocks) == 400
    assert sum(block.damage.bytes for block in blocks) == len(garbage)


@pytest.mark.parametrize(("data", "what"), [(b"", "is empty"), (b"\x55" * 9000, "holds no readable")])
def test_a_file_without_frames_is_refused_piece_by_piece_too(tmp_path, data, what) -> None:
    path = tmp_path / "none.tlog"
    path.write_bytes(data)
    with pytest.raises(InputError, match=what):
        list(read_blocks(path, block_bytes=4096))


@given(st.lists(st.sampled_from([0xFD, 0xFE, 0, 1, 2, 9, 20, 255]), max_size=400).map(bytes))
@settings(max_examples=200, deadline=None)
def test_linked_records_are_those_that_touch(data: bytes) -> None:
    links = chain_links(np.frombuffer(data, dtype=np.uint8))
    records = {start: end for start in range(len(data)) if (end := record_end(data, start)) is not None}
    reached = {start for start in records if start in set(records.values())}
    assert dict(zip(links.start.tolist(), links.end.tolist(), strict=True)) == {
        s: records[s] for s in reached
    }
    for position in range(len(data)):
        run = links.run_from(position)
        assert (run is not None) == (position in reached)
        if run is not None:
            starts, end = run
            assert [records[start] for start in starts.tolist()] == [*starts.tolist()[1:], end]


def test_the_summary_names_types_sources_clock_and_damage(droneops, example) -> None:
    outcome = droneops("telemetry", example / "capture.tlog")
    assert outcome.status == 0
    assert "autopilot" in outcome.stdout
    assert "ATTITUDE_QUATERNION" in outcome.stdout
    assert "clock from SYSTEM_TIME" in outcome.stdout
    assert "0 frames with a wrong checksum" in outcome.stdout


def test_the_summary_as_json_counts_what_the_decoder_counts(droneops, example) -> None:
    log = read_tlog(example / "capture.tlog")
    summary = json.loads(droneops("telemetry", example / "capture.tlog", "--json").stdout)
    assert summary["messages"] == log.messages
    assert summary["span"]["first"] == to_text(log.first_us)
    assert {(s["system_id"], s["component_id"]): s["frames"] for s in summary["sources"]} == log.sources
    assert [v["system_id"] for v in summary["vehicles"]] == [1]
    assert summary["vehicles"][0]["boots"][0]["clock"] == "SYSTEM_TIME"
    assert summary["vehicles"][0]["gimbal_source"].startswith("GIMBAL_DEVICE_ATTITUDE_STATUS")


def test_a_log_too_long_for_memory_is_counted_and_says_what_it_leaves_out(
    droneops, example, monkeypatch
) -> None:
    whole = json.loads(droneops("telemetry", example / "capture.tlog", "--json").stdout)
    monkeypatch.setattr(report, "LONGEST_ANALYSED_BYTES", 1 << 20)
    pieces = json.loads(droneops("telemetry", example / "capture.tlog", "--json").stdout)
    assert pieces["vehicles"] is None
    assert "over 1 MiB" in pieces["vehicles_note"]
    for part in ("messages", "rates_hz", "span", "damage", "bytes"):
        assert pieces[part] == whole[part], part
    assert "over 1 MiB" in droneops("telemetry", example / "capture.tlog").stdout


def test_filters_narrow_the_counts(droneops, synthetic) -> None:
    log = read_tlog(synthetic)
    middle_us = (log.first_us + log.last_us) // 2
    options = ("--types", "attitude,HEARTBEAT", "--system-id", 2, "--from", to_text(middle_us), "--json")
    summary = json.loads(droneops("telemetry", synthetic, *options).stdout)
    late = log.table("ATTITUDE").sent_by(2).stamp_us >= middle_us
    assert set(summary["messages"]) == {"ATTITUDE", "HEARTBEAT"}
    assert summary["messages"]["ATTITUDE"] == int(late.sum())
    assert [source["system_id"] for source in summary["sources"]] == [2]
    early = json.loads(droneops("telemetry", synthetic, "--to", to_text(middle_us), "--json").stdout)
    before = log.headers.stamp_us < middle_us
    assert sum(early["messages"].values()) == int(before.sum())


def test_jsonl_is_all_messages_in_the_order_of_the_file(droneops, synthetic) -> None:
    log = read_tlog(synthetic)
    rows = lines_of(droneops("telemetry", synthetic, "--format", "jsonl"))
    assert len(rows) == FRAMES
    assert [row["seq"] for row in rows] == log.headers.seq.tolist()
    assert [row["time"] for row in rows] == [to_text(stamp) for stamp in log.headers.stamp_us.tolist()]
    for name in log.messages:
        assert_same_values([row for row in rows if row["type"] == name], log, name)


def assert_same_values(rows: list[dict], log: Tlog, name: str) -> None:
    table = log.table(name)
    for field in table.payload.dtype.names or ():
        ours = [row[f"{field}_" if field in ("time", "seq", "type") else field] for row in rows]
        if table[field].dtype.kind == "S":
            assert ours == [text.decode() for text in table[field].tolist()]
        else:
            values = np.array(ours, dtype=np.float64)  # None becomes NaN
            assert np.array_equal(values, table[field].astype(np.float64), equal_nan=True), (name, field)


def test_jsonl_has_null_for_what_is_no_number_and_lists_for_bytes(droneops, tmp_path) -> None:
    log = LogBuilder()
    log.send(attitude(5, roll=math.nan, pitch=math.inf))
    log.send(mavlink.MAVLink_statustext_message(6, b'say "no", \\ and'))
    log.send(mavlink.MAVLink_gps_inject_data_message(1, 1, 3, [7, 8, 9] + [0] * 107))
    log.add(frame_of(16_000_000, b"\1\2", crc_extra=0))
    log.send(heartbeat())
    path = write(tmp_path / "odd.tlog", log)
    first, text, data, beat = lines_of(droneops("telemetry", path, "--format", "jsonl"))
    assert (first["roll"], first["pitch"], first["time_boot_ms"]) == (None, None, 5)
    assert text["text"] == 'say "no", \\ and'
    assert data["data"][:4] == [7, 8, 9, 0]
    assert (beat["type"], beat["type_"], beat["system_id"], beat["component_id"]) == ("HEARTBEAT", 2, 1, 1)


@pytest.mark.parametrize("stamp_us", [0, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
@pytest.mark.parametrize("form", ["summary", "jsonl"])
def test_a_stamp_of_any_year_is_shown(droneops, tmp_path, stamp_us, form) -> None:
    log = LogBuilder()
    for boot_ms in range(3):
        log.send(attitude(boot_ms), stamp_us=stamp_us)
    outcome = droneops("telemetry", write(tmp_path / "odd.tlog", log), "--format", form)
    assert outcome.status == 0, outcome.stderr
    assert "ATTITUDE" in outcome.stdout


def test_csv_is_one_column_a_field_and_an_element(droneops, synthetic) -> None:
    name = "GIMBAL_DEVICE_ATTITUDE_STATUS"
    outcome = droneops("telemetry", synthetic, "--types", name, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    table = read_tlog(synthetic).table(name)
    assert list(rows[0])[:5] == ["time", "system_id", "component_id", "seq", "time_boot_ms"]
    assert [float(row["q[3]"]) for row in rows] == table["q"][:, 3].astype(float).tolist()


def test_csv_quotes_text(droneops, tmp_path) -> None:
    log = LogBuilder()
    log.send(mavlink.MAVLink_statustext_message(6, b'say "no", please'))
    path = write(tmp_path / "text.tlog", log)
    outcome = droneops("telemetry", path, "--types", "STATUSTEXT", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(outcome.stdout))
    assert row["text"] == 'say "no", please'
    assert row["time"] == to_text(START_US)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--types", "ATTITUDES"), "the nearest is ATTITUDE"),
        (("--types", ","), "names no message"),
        (("--format", "csv"), "takes one message"),
        (("--format", "csv", "--types", "ATTITUDE,HEARTBEAT"), "takes one message"),
        (("--format", "jsonl", "--json"), "--json goes with the summary"),
        (("--from", "yesterday"), "is no UTC time"),
        (("--to", "2026-11-20T10:07:30"), "is no UTC time"),
        (("--system-id", "77"), "holds no frame of system id 77 (--system-id is one of 1, 255)"),
    ],
)
def test_a_wrong_option_is_one_line_that_says_the_mend(droneops, example, options, says) -> None:
    outcome = droneops("telemetry", example / "capture.tlog", *options)
    assert outcome.status == 2
    assert says in outcome.error


@pytest.mark.parametrize("form", ["summary", "jsonl"])
def test_a_log_that_is_not_there_is_one_line(droneops, tmp_path, form) -> None:
    outcome = droneops("telemetry", tmp_path / "none.tlog", "--format", form)
    assert outcome.status == 2
    assert "none.tlog" in outcome.error


def test_a_reader_that_stops_early_is_no_error(synthetic) -> None:
    command = [sys.executable, "-m", "droneops", "telemetry", str(synthetic), "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_messages_are_written_without_loading_what_only_a_pose_track_needs(example) -> None:
    code = (
        "import sys\nfrom droneops.cli import app\n"
        f"app(['telemetry', {str(example / 'capture.tlog')!r}, '--types', 'SYSTEM_TIME', '--format', 'csv'],"
        " standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("time,system_id")
    heavy = {"droneops.telemetry.pose_track", "droneops.telemetry.srt", "av", "pyulog", "cv2", "shapely"}
    assert not heavy & set(done.stderr.split())


def test_the_help_has_an_example_that_works(droneops, example) -> None:
    command = [sys.executable, "-m", "droneops", "telemetry", "--help"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Example: droneops telemetry examples/park-patrol/capture.tlog" in output
    outcome = droneops("telemetry", example / "capture.tlog", "--types", "ATTITUDE", "--format", "csv")
    assert (
        len(outcome.stdout.splitlines())
        == 1 + parse_tlog((example / "capture.tlog").read_bytes()).messages["ATTITUDE"]
    )
