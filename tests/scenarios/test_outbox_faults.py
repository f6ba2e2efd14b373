"""The outbox on bad days: killed at any instant, a full disk, another one's file, damage, another process."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from droneops.delivery.outbox.database import ALWAYS_CHECKED_BYTES
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.turn import LockFile
from droneops.delivery.outbox.types import NewAlert
from droneops.errors import OutputError
from droneops.evidence.journal import verify_chain

NOW = 1_795_000_000_000_000
INCIDENT = "00000000-0000-4000-8000-{:012d}"

PUTTER = """
import sys
from pathlib import Path
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import NewAlert

path, first = Path(sys.argv[1]), int(sys.argv[2])
box = Outbox.open(path, lambda: 1)
print("open", flush=True)
for n in range(first, first + int(sys.argv[3])):
    name, raw = f"alert-{n}", b"alert %d" % n
    place = (name, f"incident-{n // 3}", n % 3 + 1)
    new = NewAlert(*place, raw, "fire", "severe", "test", frozenset(), ("a",), True)
    box.put([new], notes={"last": b"%d" % n})
    print(name, flush=True)
    if n % 5 == 0:
        box.sent([one.key for one in box.due(1, 9)], 1)
box.close()
"""


def new(n: int, size: int = 2000, agency: str = "police") -> NewAlert:
    raw = (f"alert {n} ".encode() * size)[:size]
    incident = INCIDENT.format(n)
    return NewAlert(f"alert-{n}", incident, 1, raw, "fire", "severe", "test", frozenset(), (agency,), True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of a size."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        mounted = subprocess.run(command, capture_output=True, text=True)
        if mounted.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def opened(path: Path, **how: int) -> Outbox:
    return Outbox.open(path, lambda: NOW, **how)


def start(script: str, *arguments: object, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_instant_nothing_that_was_told_durable_is_lost(path, seed) -> None:
    chance, told = random.Random(seed), []  # noqa: S311 - chance, not a secret
    for first in (0, 100_000, 200_000):
        putter = start(PUTTER, path, first, 90_000)
        assert putter.stdout is not None
        assert putter.stdout.readline() == b"open\n", putter.communicate()[1]
        time.sleep(chance.uniform(0.0, 0.25))
        putter.send_signal(signal.SIGKILL)
        told += [line.decode() for line in putter.communicate()[0].split()]
    with opened(path) as box:
        stored = {alert.id: alert.raw for alert in box.alerts()}
        assert set(told) <= set(stored)
        assert len(stored) <= len(told) + 3, "at most the one of each run that was on its way"
        assert all(raw == f"alert {name.removeprefix('alert-')}".encode() for name, raw in stored.items())
        last = box.note("last")
        assert last is not None
        assert f"alert-{int(last)}" == list(stored)[-1], "alert and note are one transaction"
        assert verify_chain(box.journal()) == box.journal_head()
        assert box.put([new(999_999)]) == (True,)


def test_killed_while_it_is_made_the_file_is_whole_or_not_there(path) -> None:
    chance = random.Random(1)  # noqa: S311 - chance, not a secret
    for _ in range(8):
        putter = start(PUTTER, path, 0, 1)
        time.sleep(chance.uniform(0.1, 0.4))
        putter.kill()
        putter.communicate()
        if chance.random() < 0.5:
            for file in path.parent.glob("outbox.sqlite*"):
                file.unlink()
    with opened(path) as box:
        assert box.put([new(999_999)]) == (True,)


def test_half_a_file_left_by_a_crash_while_making_it_is_no_hindrance(path) -> None:
    for end in ("", "-journal", "-wal"):
        Path(f"{path}.new{end}").write_bytes(b"SQLite format 3\0 and then the power went")
    with opened(path) as box:
        assert box.put([new(1)]) == (True,)
    assert not Path(f"{path}.new").exists()


def test_a_log_without_its_file_is_not_poured_into_a_new_one(path) -> None:
    with opened(path) as box:
        box.put([new(n) for n in range(9)])
        shutil.copy(f"{path}-wal", f"{path}-kept")
    path.unlink()
    Path(f"{path}-kept").rename(f"{path}-wal")
    with pytest.raises(OutputError, match="its log is there"):
        opened(path)
    assert not path.exists()
    assert Path(f"{path}-wal").stat().st_size > 0


def test_the_disk_has_an_alert_before_its_id_is_told(path, tmp_path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    tracing = (strace, "-f", "-y", "-o", str(log), "-e", "trace=fdatasync,fsync,write,pwrite64")
    putter = start(PUTTER, path, 1, 4, before=tracing)
    out, error = putter.communicate(timeout=120)
    if b"ptrace" in error:
        pytest.skip(f"this machine lets nobody trace: {error.decode().strip()}")
    assert out.split() == [b"open", b"alert-1", b"alert-2", b"alert-3", b"alert-4"], error

    unsynced, synced, told = False, False, 0
    for line in joined(log.read_text()):
        if "outbox.sqlite-wal" in line and "write" in line:
            unsynced, synced = True, False
        elif "outbox.sqlite-wal" in line and re.search(r"(fdatasync|fsync)\(.*= 0$", line):
            unsynced, synced = False, True
        elif re.search(r'write\(1<.*"alert-\d', line):
            told += 1
            assert synced, "told before the log was synced"
            assert not unsynced, "told with a part of the log not synced"
            synced = False
    assert told == 4


def joined(text: str) -> Iterator[str]:
    """strace's calls in the order in which they returned: the two halves of one that was cut are joined."""
    begun: dict[str, str] = {}
    for line in text.splitlines():
        thread, _, rest = line.partition(" ")
        if "<unfinished" in rest:
            begun[thread] = rest.partition("<unfinished")[0]
        elif "resumed>" in rest:
            yield begun.pop(thread, "") + rest.partition("resumed>")[2]
        else:
            yield rest


def test_a_full_disk_refuses_new_work_and_loses_nothing_old(small_disk) -> None:
    path = small_disk("2m") / "outbox.sqlite"
    with opened(path, keep_free_bytes=0) as box:
        stored = fill(box)
        assert stored > 100
        kept = [alert.id for alert in box.alerts()]
        assert kept == [f"alert-{n}" for n in range(stored)]
    with opened(path, keep_free_bytes=0) as box:
        assert [alert.id for alert in box.alerts()] == kept
        assert verify_chain(box.journal()) == box.journal_head()
        assert len(box.due(NOW, 10_000)) == stored


def fill(box: Outbox) -> int:
    for n in range(2000):
        try:
            box.put([new(n)])
        except OutputError as error:
            assert "No space left" in str(error)
            with pytest.raises(OutputError):
                box.put([new(n, size=4096)])
            return n
    raise AssertionError("the disk was never full")


def test_what_is_stored_can_still_be_sent_and_answered_when_new_work_is_refused(small_disk) -> None:
    path = small_disk("8m") / "outbox.sqlite"
    with opened(path) as box:
        stored = fill(box)
        for _ in range(40):
            box.sent([one.key for one in box.due(NOW, 1)], NOW)
        assert box.depth().waiting == stored - 40


def test_once_there_is_room_again_work_goes_on(small_disk) -> None:
    folder = small_disk("2m")
    ballast = folder / "ballast"
    ballast.write_bytes(b"x" * 900_000)
    with opened(folder / "outbox.sqlite", keep_free_bytes=0) as box:
        stored = fill(box)
        ballast.unlink()
        assert box.put([new(stored), new(stored + 1)]) == (True, True)
        assert box.depth().alerts == stored + 2
        assert verify_chain(box.journal()) == box.journal_head()


@pytest.mark.parametrize("size", [16, 64, 128, 192, 256])
def test_a_disk_too_small_to_begin_with_is_one_line(small_disk, size) -> None:
    folder = small_disk(f"{size}k")
    try:
        with opened(folder / "outbox.sqlite", keep_free_bytes=0) as box:
            box.put([new(1)])
    except OutputError as error:
        assert str(folder) in str(error)


@pytest.mark.parametrize(
    "content", [b"", b"a letter to my mother\n" * 100, b"SQLite format 3\0" + b"\0" * 4080]
)
def test_a_file_that_is_no_outbox_is_refused_and_left_as_it_is(path, content) -> None:
    path.write_bytes(content)
    with pytest.raises(OutputError, match="no outbox"):
        opened(path)
    assert path.read_bytes() == content


def test_another_program_s_database_is_refused_and_left_as_it_is(path) -> None:
    other = sqlite3.connect(path)
    other.executescript(
        "PRAGMA journal_mode = WAL; CREATE TABLE recipes (name); INSERT INTO recipes VALUES (1)"
    )
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if "shm" not in file.name}
    with pytest.raises(OutputError, match="no outbox"):
        opened(path)
    assert {name: (path.parent / name).read_bytes() for name in before} == before
    other.close()


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_plain_file_is_refused(path, kind) -> None:
    {"folder": path.mkdir, "link": lambda: path.symlink_to("elsewhere"), "pipe": lambda: os.mkfifo(path)}[
        kind
    ]()
    with pytest.raises(OutputError, match="no plain file"):
        opened(path)


def test_a_file_of_a_newer_version_is_refused(path) -> None:
    opened(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(OutputError, match="version 99"):
        opened(path)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_damaged_file_is_refused_and_left_as_it_is(path, where) -> None:
    with opened(path) as box:
        box.put([new(n) for n in range(50)])
    content = bytearray(path.read_bytes())
    page = int(len(content) * where) // 4096 * 4096
    content[page : page + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    with pytest.raises(OutputError, match="damaged"):
        opened(path)
    assert path.read_bytes() == bytes(content)


def test_damage_in_a_large_file_is_found_after_an_unclean_end(path) -> None:
    with opened(path) as box:
        while box.depth().bytes < ALWAYS_CHECKED_BYTES + 1_000_000:
            start_at = box.depth().alerts
            box.put([new(n, 4096) for n in range(start_at, start_at + 250)])
    with opened(path) as box:
        box.put([new(999_999)])
        copy = path.parent / "copy" / path.name
        copy.parent.mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{copy}{end}")
    with copy.open("r+b") as file:
        file.seek(copy.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096)
    with pytest.raises(OutputError, match="damaged"):
        opened(copy)


def test_a_folder_that_cannot_be_written_is_one_line(small_disk) -> None:
    folder = small_disk("1m")
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    with pytest.raises(OutputError, match="Read-only"):
        opened(folder / "var" / "outbox.sqlite")
    with pytest.raises(OutputError, match="Read-only"):
        opened(folder / "outbox.sqlite")


def test_two_processes_put_and_send_at_once_and_nothing_is_lost(path) -> None:
    with opened(path) as box:
        putters = [start(PUTTER, path, first, 150) for first in (0, 300)]
        mine = 0
        while any(putter.poll() is None for putter in putters) or mine < 100:
            box.put([new(10_000 + mine)])
            box.sent([one.key for one in box.due(NOW, 5)], NOW)
            mine += 1
        for putter in putters:
            out, error = putter.communicate()
            assert putter.returncode == 0, error
            assert len(out.split()) == 151
        assert box.depth().alerts == mine + 300
        assert verify_chain(box.journal()) == box.journal_head()
        for _ in range(1000):
            box.sent([one.key for one in box.due(NOW, 1000)], NOW)
            if box.depth().waiting == 0:
                break
        assert box.depth().waiting == 0


def test_a_process_that_hangs_with_the_turn_is_named(path, monkeypatch) -> None:
    monkeypatch.setattr("droneops.delivery.outbox.turn.WAIT_S", 0.1)
    with opened(path) as box:
        hanging = LockFile(Path(f"{path}.lock"), path.parent)
        assert hanging.try_to_lock()
        with pytest.raises(OutputError, match="another process has held it"):
            box.put([new(1)])
        hanging.close()
        assert box.put([new(1)]) == (True,)


def test_a_clock_that_jumps_back_changes_no_order(path) -> None:
    times = iter(range(NOW, 0, -3_600_000_000))
    with Outbox.open(path, lambda: next(times)) as box:
        for n in range(5):
            box.put([new(n)])
        assert [one.alert_id for one in box.due(NOW, 10)] == [f"alert-{n}" for n in range(5)]
        assert [alert.id for alert in box.alerts()] == [f"alert-{n}" for n in range(5)]
