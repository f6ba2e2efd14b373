"""Real servers for the tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Mosquitto:
    """A running mosquitto on the loopback address."""

    port: int

    def subscriber(self, topic: str, count: int, out: Path, *options: str) -> subprocess.Popen[bytes]:
        """A mosquitto_sub that ends after ``count`` messages or 30 s; its output goes to a file."""
        command = ["mosquitto_sub", "-p", str(self.port), "-q", "1", "-t", topic]
        command += ["-C", str(count), "-W", "30"]
        with out.open("wb") as stream:
            process = subprocess.Popen([*command, *options], stdout=stream)
        time.sleep(0.3)
        return process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A mosquitto of its own for the test, anonymous, nothing kept."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None or shutil.which("mosquitto_sub") is None:
        pytest.skip("mosquitto and mosquitto-clients are not installed: run tests/install-servers.sh")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    with subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield Mosquitto(port)
        finally:
            process.terminate()
