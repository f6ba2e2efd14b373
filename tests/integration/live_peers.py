"""Real peers for live links: MAVSDK vehicles and a MAVProxy router, each a process of its own."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from droneops.telemetry.live.listen import LinkRequest, open_station
from droneops.telemetry.live.now import Clock, system_clock
from droneops.telemetry.live.station import Station

VEHICLE = Path(__file__).with_name("mavsdk_vehicle.py")


@contextmanager
def running(command: list[str], cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is killed at the end, as a lost drone is."""
    with (cwd / "peers.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


class Peers:
    """Starts peers, and ends them with the test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def vehicle(self, connection: str, system_id: int) -> subprocess.Popen[bytes]:
        """A MAVSDK vehicle; ``connection`` as MAVSDK writes it."""
        pytest.importorskip("mavsdk", reason="mavsdk is not installed: make test installs it")
        return self._start([sys.executable, str(VEHICLE), connection, str(system_id)])

    def router(self, master: str, out: str) -> subprocess.Popen[bytes]:
        """MAVProxy between ``master`` and ``out``, without a ground station's own requests."""
        program = Path(sys.executable).with_name("mavproxy.py")
        if not program.exists():
            pytest.skip("MAVProxy is not installed: make test installs it")
        quiet = ["--daemon", "--non-interactive", "--default-modules=", "--streamrate=-1"]
        ends = [f"--master={master}", f"--out={out}", f"--state-basedir={self._folder}"]
        return self._start([sys.executable, str(program), *ends, *quiet])

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return self._stack.enter_context(running(command, self._folder))


class Listener:
    """A station of ours that is stepped until something holds."""

    def __init__(self, request: LinkRequest, clock: Clock) -> None:
        self.clock = clock
        self.station: Station = open_station(request, clock, random.random)

    def until(self, holds: Callable[[Station], object], timeout_s: float = 20.0) -> None:
        """Steps until ``holds`` is true; fails after ``timeout_s``."""
        deadline = time.monotonic() + timeout_s
        while not holds(self.station):
            assert time.monotonic() < deadline, (self.station.link.status(), self.station.roster.snapshot())
            self.station.step(0.05)

    def listen(self, seconds: float) -> None:
        """Steps for a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.station.step(0.05)


@contextmanager
def listening(request: LinkRequest) -> Iterator[Listener]:
    """A listener, closed at the end."""
    listener = Listener(request, system_clock())
    try:
        yield listener
    finally:
        listener.station.close()
