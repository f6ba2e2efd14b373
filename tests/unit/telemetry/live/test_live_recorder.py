"""Recording a live link: what was received is in the file, and no disk holds up the link."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live import recorder as module
from droneops.telemetry.live.encode import encode
from droneops.telemetry.live.recorder import RecorderLimits, RecorderState, RecorderStatus, TlogRecorder
from droneops.telemetry.tlog import Tlog, read_tlog

START_US = 1_795_169_100_000_000  # 2026-11-20T10:05:00Z
ATTITUDE = load_dialect().by_name["ATTITUDE"]
NO_FLOOR = RecorderLimits(min_free_bytes=0, retry_every_s=0.2, fsync_every_s=0.2)


def frame(number: int) -> bytes:
    fields = {"time_boot_ms": number, "yaw": 1.5, "yawspeed": 0.25}
    return encode(ATTITUDE, fields, system_id=1, component_id=1, seq=number)


def numbers_in(log: Tlog) -> list[int]:
    return [int(number) for number in log.table("ATTITUDE")["time_boot_ms"]]


def numbers_of(folder: Path) -> list[int]:
    """The frames of all recordings in a folder, by file name."""
    return [number for path in sorted(folder.glob("*.tlog")) for number in numbers_in(read_tlog(path))]


def fill(recorder: TlogRecorder, numbers: range, *, step_us: int = 1000) -> None:
    for number in numbers:
        recorder.append(START_US + number * step_us, frame(number))


def wait_for(
    recorder: TlogRecorder, wanted: Callable[[RecorderStatus], bool], within_s: float = 10
) -> RecorderStatus:
    end_s = time.monotonic() + within_s
    while not wanted(status := recorder.status()):
        assert time.monotonic() < end_s, status
        time.sleep(0.01)
    return status


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB; skipped where none can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_recording_reads_back_as_what_was_received(tmp_path: Path) -> None:
    recorder = TlogRecorder(tmp_path, "patrol-1")
    fill(recorder, range(500))
    status = recorder.close()
    path = tmp_path / "patrol-1-20261120T100500Z.tlog"
    assert list(tmp_path.iterdir()) == [path]
    log = read_tlog(path)
    assert log.damage.bytes == 0
    assert numbers_in(log) == list(range(500))
    assert log.headers.stamp_us.tolist() == [START_US + 1000 * k for k in range(500)]
    assert path.read_bytes()[8:].startswith(frame(0))
    assert (status.state, status.frames_written, status.frames_synced) == (RecorderState.CLOSED, 500, 500)
    assert (status.frames_waiting, status.frames_dropped, status.last_error) == (0, 0, None)


def test_what_was_received_is_on_the_disk_a_moment_later(tmp_path: Path) -> None:
    recorder = TlogRecorder(tmp_path, "d")
    fill(recorder, range(10))
    status = wait_for(recorder, lambda status: status.frames_synced == 10)
    assert status.file is not None
    assert status.file.stat().st_size == status.file_bytes
    assert numbers_in(read_tlog(status.file)) == list(range(10))
    recorder.close()


def test_nobody_else_may_read_a_recording(tmp_path: Path) -> None:
    recorder = TlogRecorder(tmp_path, "d")
    fill(recorder, range(1))
    recorder.close()
    assert next(tmp_path.iterdir()).stat().st_mode & 0o777 in (0o640, 0o600)


def test_a_link_without_frames_leaves_no_file(tmp_path: Path) -> None:
    status = TlogRecorder(tmp_path, "d").close()
    assert status.state is RecorderState.CLOSED
    assert list(tmp_path.iterdir()) == []


def test_no_recording_is_ever_overwritten(tmp_path: Path) -> None:
    for number in range(3):
        recorder = TlogRecorder(tmp_path, "d")
        recorder.append(START_US, frame(number))
        recorder.close()
    names = ["d-20261120T100500Z.tlog", "d-20261120T100500Z-2.tlog", "d-20261120T100500Z-3.tlog"]
    assert [numbers_in(read_tlog(tmp_path / name)) for name in names] == [[0], [1], [2]]


def test_a_full_file_is_followed_by_another_and_no_frame_is_lost_or_cut(tmp_path: Path) -> None:
    limits = RecorderLimits(max_bytes=2000)
    recorder = TlogRecorder(tmp_path, "d", limits=limits)
    fill(recorder, range(300), step_us=100_000)
    recorder.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) > 5
    assert all(path.stat().st_size <= limits.max_bytes for path in files)
    assert all(read_tlog(path).damage.bytes == 0 for path in files)
    assert sorted(numbers_of(tmp_path)) == list(range(300))


def test_a_file_is_ended_by_time_and_by_a_clock_that_jumps(tmp_path: Path) -> None:
    recorder = TlogRecorder(tmp_path, "d", limits=RecorderLimits(max_seconds=10))
    for at_s in (0, 9, 10, 19, 20, -600, -595):
        recorder.append(START_US + at_s * 1_000_000, frame(at_s + 1000))
    recorder.close()
    parts = sorted(numbers_in(read_tlog(path)) for path in tmp_path.iterdir())
    assert parts == [[400, 405], [1000, 1009], [1010, 1019], [1020]]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 250)), max_size=40), st.integers(300, 2000))
@settings(max_examples=15, deadline=None)
def test_whatever_comes_is_in_the_files_once_and_in_order(
    tmp_path_factory, steps: list[tuple[int, int]], max_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("recording")
    recorder = TlogRecorder(folder, "d", limits=RecorderLimits(max_bytes=max_bytes, max_seconds=20))
    at_us, sent = START_US, []
    for step_s, size in steps:
        at_us += step_s * 1_000_000
        data = bytes([size]) * size
        recorder.append(at_us, data)
        sent.append(at_us.to_bytes(8, "big") + data)
    assert recorder.close().frames_written == len(sent)

    def order(path: Path) -> tuple[str, int]:
        name, _, number = path.stem.partition("Z-")
        return name.rstrip("Z"), int(number or 1)

    assert b"".join(path.read_bytes() for path in sorted(folder.iterdir(), key=order)) == b"".join(sent)


CHILD = """
import sys, time
from pathlib import Path
sys.path[:0] = [{tests!r}]
from test_live_recorder import START_US, TlogRecorder, fill
recorder = TlogRecorder(Path({folder!r}), "killed")
for number in range(1_000_000):
    fill(recorder, range(number, number + 1))
    if number % 10 == 0:
        time.sleep(0.01)
        print(recorder.status().frames_synced, flush=True)
"""


def test_a_process_killed_while_recording_leaves_all_that_was_synced(tmp_path: Path) -> None:
    code = CHILD.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    synced = 0
    while synced < 1000:
        synced = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    synced = max([synced, *(int(line) for line in child.stdout.read().splitlines(keepends=True)[:-1])])
    child.stdout.close()
    child.wait()
    (path,) = tmp_path.iterdir()
    log = read_tlog(path)
    kept = numbers_in(log)
    assert len(kept) >= synced
    assert kept == list(range(len(kept)))
    assert log.damage.bytes < 8 + len(frame(1))


def test_a_full_disk_is_told_and_recording_goes_on_when_there_is_room(disk: Path) -> None:
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    recorder = TlogRecorder(disk, "d", limits=NO_FLOOR)
    fill(recorder, range(5000))
    status = wait_for(recorder, lambda status: status.state is RecorderState.FAILING)
    assert "No space left" in (status.last_error or "")
    assert 0 < status.frames_written < 5000
    assert status.frames_dropped == 0
    ballast.unlink()
    status = wait_for(recorder, lambda status: status.frames_waiting == 0)
    assert status.state is RecorderState.RECORDING
    assert "No space left" in (status.last_error or "")
    assert recorder.close().frames_synced == 5000
    files = list(disk.iterdir())
    assert len(files) >= 2
    assert all(path.stat().st_size for path in files)
    assert all(read_tlog(path).damage.bytes == 0 for path in files)
    assert sorted(numbers_of(disk)) == list(range(5000))


def test_a_disk_that_stays_full_costs_frames_that_are_counted_and_no_memory(disk: Path) -> None:
    (disk / "ballast").write_bytes(bytes(405_000))
    limits = RecorderLimits(min_free_bytes=0, retry_every_s=0.1, max_queue_bytes=10_000)
    recorder = TlogRecorder(disk, "d", limits=limits)
    fill(recorder, range(2000))
    wait_for(recorder, lambda status: status.state is RecorderState.FAILING)
    fill(recorder, range(2000, 4000))
    assert recorder.status().frames_waiting * (8 + len(frame(9))) <= limits.max_queue_bytes
    status = recorder.close()
    assert status.frames_dropped > 3000
    assert status.frames_written + status.frames_dropped == 4000
    assert len(numbers_of(disk)) == status.frames_written


def test_recording_stops_before_the_disk_is_full_and_goes_on_after(disk: Path) -> None:
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    limits = RecorderLimits(min_free_bytes=200_000, retry_every_s=0.1)
    recorder = TlogRecorder(disk, "d", limits=limits)
    fill(recorder, range(10))
    status = wait_for(recorder, lambda status: status.state is RecorderState.FAILING)
    assert "nearly full" in (status.last_error or "")
    assert status.frames_written == 0
    assert [path.name for path in disk.iterdir()] == ["ballast"]
    ballast.unlink()
    wait_for(recorder, lambda status: status.frames_written == 10)
    recorder.close()
    assert numbers_of(disk) == list(range(10))


def test_a_folder_that_goes_away_is_told_and_one_that_comes_back_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    recorder = TlogRecorder(folder, "d", limits=NO_FLOOR)
    fill(recorder, range(5))
    status = wait_for(recorder, lambda status: status.state is RecorderState.FAILING)
    assert "No such file" in (status.last_error or "")
    assert str(folder) in (status.last_error or "")
    folder.mkdir()
    wait_for(recorder, lambda status: status.frames_written == 5)
    recorder.close()
    assert numbers_of(folder) == list(range(5))


def test_a_write_that_breaks_off_leaves_whole_records_alone(tmp_path: Path, monkeypatch) -> None:
    real_write, calls = os.write, []

    def breaks_off(descriptor: int, data: memoryview) -> int:
        calls.append(len(data))
        if len(calls) == 1:
            return real_write(descriptor, data[:100])
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        return real_write(descriptor, data)

    monkeypatch.setattr(module.os, "write", breaks_off)
    recorder = TlogRecorder(tmp_path, "d", limits=NO_FLOOR)
    fill(recorder, range(20))
    wait_for(recorder, lambda status: status.frames_written == 20)
    status = recorder.close()
    assert status.last_error == "Input/output error"
    assert len(list(tmp_path.iterdir())) == 2
    assert all(read_tlog(path).damage.bytes == 0 for path in tmp_path.iterdir())
    assert sorted(numbers_of(tmp_path)) == list(range(20))


def test_frames_of_a_failed_sync_never_count_as_safe(tmp_path: Path, monkeypatch) -> None:
    real_fsync, failed = os.fsync, []

    def fails_once(descriptor: int) -> None:
        if not failed and os.fstat(descriptor).st_size and not os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112 - the descriptor, not a path
            failed.append(descriptor)
            raise OSError(errno.EIO, "Input/output error")
        real_fsync(descriptor)

    monkeypatch.setattr(module.os, "fsync", fails_once)
    recorder = TlogRecorder(tmp_path, "d", limits=NO_FLOOR)
    fill(recorder, range(5))
    wait_for(recorder, lambda status: status.state is RecorderState.FAILING)
    fill(recorder, range(5, 8))
    wait_for(recorder, lambda status: status.frames_synced == 3)
    status = recorder.close()
    assert (status.frames_written, status.frames_synced) == (8, 3)


@pytest.fixture
def hanging_disk(monkeypatch) -> Iterator[threading.Event]:
    """Writes that wait until the event is set."""
    real_write, released = os.write, threading.Event()

    def waits(descriptor: int, data: memoryview) -> int:
        released.wait()
        return real_write(descriptor, data)

    monkeypatch.setattr(module.os, "write", waits)
    yield released
    released.set()


def test_a_disk_that_hangs_never_holds_up_the_link(tmp_path: Path, hanging_disk: threading.Event) -> None:
    limits = RecorderLimits(max_queue_bytes=20_000)
    recorder = TlogRecorder(tmp_path, "d", limits=limits)
    fill(recorder, range(1))
    wait_for(recorder, lambda status: status.file is not None)
    fill(recorder, range(1, 5000))  # would never end if it waited for the disk
    status = recorder.status()
    assert status.frames_written == 0
    assert status.frames_waiting * (8 + len(frame(9))) <= limits.max_queue_bytes
    assert status.frames_waiting + status.frames_dropped == 5000
    hanging_disk.set()
    status = recorder.close()
    assert status.frames_written + status.frames_dropped == 5000
    assert numbers_of(tmp_path) == list(range(status.frames_written))


def test_a_queue_that_was_emptied_takes_frames_again(tmp_path: Path) -> None:
    recorder = TlogRecorder(tmp_path, "d", limits=RecorderLimits(max_queue_bytes=1000))
    for begin in range(0, 100, 10):
        fill(recorder, range(begin, begin + 10))
        wait_for(recorder, lambda status: status.frames_waiting == 0)
    assert recorder.close().frames_dropped == 0
    assert numbers_of(tmp_path) == list(range(100))


def test_closing_on_a_disk_that_hangs_says_what_may_be_lost(
    tmp_path: Path, hanging_disk: threading.Event
) -> None:
    recorder = TlogRecorder(tmp_path, "d")
    fill(recorder, range(7))
    status = recorder.close(timeout_s=0.3)
    assert status.state is RecorderState.FAILING
    assert status.last_error == "closing took longer than 0.3 s, 7 frames may be lost"
    fill(recorder, range(1))
    assert recorder.status().frames_dropped == 1
    hanging_disk.set()
    assert recorder.close().state is RecorderState.CLOSED


def test_a_signing_key_is_not_recorded(tmp_path: Path) -> None:
    secret = bytes(range(1, 33))
    setup = load_dialect().by_name["SETUP_SIGNING"]
    recorder = TlogRecorder(tmp_path, "d")
    fill(recorder, range(1))
    fields = {"target_system": 1, "initial_timestamp": 5, "secret_key": list(secret)}
    recorder.append(START_US, encode(setup, fields, system_id=255, component_id=190, seq=0))
    assert recorder.close().frames_withheld == 1
    assert secret not in next(tmp_path.iterdir()).read_bytes()


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../up", "nul\0"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="plain file name"):
        TlogRecorder(tmp_path, name)


@pytest.mark.parametrize("received_us", [-1, -(2**63), 4_102_444_800_000_000, 2**64])
def test_frames_of_a_clock_before_1970_or_after_2100_are_counted_as_lost_and_the_rest_is_recorded(
    tmp_path: Path, received_us: int
) -> None:
    recorder = TlogRecorder(tmp_path, "d")
    recorder.append(received_us, frame(1))
    assert "our clock is before 1970 or after 2100" in (recorder.status().last_error or "")
    recorder.append(START_US, frame(2))
    ended = recorder.close()
    assert (ended.frames_dropped, ended.frames_written) == (1, 1)
