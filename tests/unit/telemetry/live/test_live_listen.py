"""What listening comes to: the last word on the recording, and the exit status."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from live_frames import free_port, heartbeat

from droneops.cli.link import link
from droneops.telemetry.live.listen import LinkRequest, listen, open_station
from droneops.telemetry.live.now import Clock, system_clock


@contextmanager
def calling_vehicle(port: int) -> Iterator[None]:
    """A vehicle that sends its heartbeat to a UDP port of this machine, twenty times a second."""
    done = threading.Event()

    def call() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            seq = 0
            while not done.wait(0.05):
                sender.sendto(heartbeat(seq), ("127.0.0.1", port))
                seq += 1

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_the_last_word_names_the_file_that_was_recorded(tmp_path: Path) -> None:
    port = free_port()
    clock = system_clock()
    request = LinkRequest(f"udpin:127.0.0.1:{port}", record=tmp_path)
    with calling_vehicle(port):
        last = listen(open_station(request, clock, random.random), clock, seconds=1.5, tell=lambda _: None)

    assert last.recording is not None
    assert last.recording.file == next(tmp_path.glob("link-*.tlog"))
    assert last.recording.frames_written > 0


def test_after_the_machine_slept_its_health_is_told_once_and_not_in_a_burst() -> None:
    now_s, told_s = [0.0], []

    def passing() -> float:
        now_s[0] += 0.05
        return now_s[0]

    def tell(_: object) -> None:
        told_s.append(now_s[0])
        now_s[0] += 30.0 if len(told_s) == 2 else 0.0

    clock = Clock(utc_us=system_clock().utc_us, monotonic_s=passing)
    request = LinkRequest(f"udpin:127.0.0.1:{free_port()}")
    listen(open_station(request, clock, random.random), clock, seconds=36.0, tell=tell)

    assert len(told_s) >= 4
    assert min(later - earlier for earlier, later in pairwise(told_s)) > 0.5


def test_a_recording_that_cannot_be_written_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with calling_vehicle(port), pytest.raises(typer.Exit) as exit_:
        link(f"udpin:127.0.0.1:{port}", seconds=1.5, record=Path("/proc/self"))

    assert exit_.value.exit_code == 1
    assert "system-1" in capsys.readouterr().out


def test_a_vehicle_that_is_heard_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with calling_vehicle(port):
        link(f"udpin:127.0.0.1:{port}", seconds=1.5)

    assert "system-1" in capsys.readouterr().out
