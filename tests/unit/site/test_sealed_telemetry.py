"""Of the telemetry around an incident every byte that was received in its span, and no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from droneops.site.sealing.seen import Span
from droneops.site.sealing.telemetry import telemetry_in
from droneops.telemetry.tlog import parse_tlog

DRONE = "patrol-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / DRONE / "telemetry").mkdir(parents=True)
    return tmp_path


def records(example: Path) -> list[tuple[int, bytes]]:
    """When each record of the example's log was received, and its bytes."""
    log = parse_tlog((example / "capture.tlog").read_bytes())
    rows = zip(log.headers.record_start.tolist(), log.headers.record_end.tolist(), strict=True)
    data = [bytes(log.data[start:end]) for start, end in rows]
    return list(zip(log.headers.stamp_us.tolist(), data, strict=True))


def recorded(folder: Path, *parts: list[tuple[int, bytes]]) -> None:
    for number, part in enumerate(parts):
        path = folder / DRONE / "telemetry" / f"patrol-1-{9 - number}.tlog"
        path.write_bytes(b"".join(raw for _, raw in part))
        last_ns = (part[-1][0] + 1) * 1000
        os.utime(path, ns=(last_ns, last_ns))


def test_a_span_over_two_files_is_whole_and_in_order(folder: Path, example: Path) -> None:
    all_of_it = records(example)
    middle = len(all_of_it) // 2
    recorded(folder, all_of_it[:middle], all_of_it[middle:])
    span = Span(all_of_it[middle - 50][0], all_of_it[middle + 50][0])
    wanted = b"".join(raw for at_us, raw in all_of_it if span.from_us <= at_us <= span.to_us)
    assert telemetry_in(folder, DRONE, span) == (wanted, True)


def test_what_does_not_fit_is_cut_between_two_frames_and_said(folder: Path, example: Path) -> None:
    all_of_it = records(example)
    recorded(folder, all_of_it)
    room = sum(len(raw) for _, raw in all_of_it[:100]) + 3
    raw, is_all = telemetry_in(folder, DRONE, Span(0, all_of_it[-1][0]), room)
    assert raw == b"".join(raw for _, raw in all_of_it[:100])
    assert not is_all


def test_without_a_recording_there_is_nothing(tmp_path: Path) -> None:
    assert telemetry_in(tmp_path, DRONE, Span(0, 1 << 60)) == (b"", True)


def test_a_file_that_is_no_log_is_passed_over_and_said(folder: Path, example: Path) -> None:
    all_of_it = records(example)[:200]
    recorded(folder, all_of_it)
    (folder / DRONE / "telemetry" / "other.tlog").write_bytes(bytes(5000))
    raw, is_all = telemetry_in(folder, DRONE, Span(0, 1 << 60))
    assert raw == b"".join(raw for _, raw in all_of_it)
    assert not is_all
