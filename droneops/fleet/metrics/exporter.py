"""Serves /metrics to Prometheus and /health to whoever asks."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from droneops.fleet.metrics.bind import host_and_port
from droneops.fleet.metrics.families import families_of
from droneops.fleet.metrics.small_http import MOST_READERS, Answer, SmallServer
from droneops.fleet.metrics.snapshot import Snapshot
from droneops.fleet.metrics.text import CONTENT_TYPE, exposition
from droneops.fleet.metrics.verdict import verdict
from droneops.telemetry.live.now import Clock

FRESH_S = 1.0
"""A snapshot asks the outbox: however often somebody reads, once a second is enough."""


class Exporter:
    """Serves until it is closed. An address that cannot be had is said, and all else goes on without.

    ``snapshot`` is called from several threads, never from two at once.
    """

    def __init__(
        self, snapshot: Callable[[], Snapshot], bind: str, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        """Raises ConfigError where ``bind`` is no address."""
        self._snapshot, self._clock, self._tell = snapshot, clock, tell
        self._address = host_and_port(bind)
        self._lock = threading.Lock()
        self._known: tuple[float, Snapshot] | None = None
        self._server: SmallServer | None = None
        self.port: int | None = None

    def __enter__(self) -> Self:
        host, port = self._address
        try:
            listening = _listen(host, port)
        except OSError as error:
            self._tell(
                f"metrics: cannot listen on {host}:{port}: {error.strerror or error}; set [metrics] bind"
            )
            return self
        self.port = int(listening.getsockname()[1])
        self._server = SmallServer(listening, self.answer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End within two seconds."""
        if self._server is not None:
            self._server.close()

    def answer(self, path: str) -> Answer:
        """What a path says."""
        make = {"/metrics": _metrics, "/health": _health}.get(path)
        if make is None:
            return Answer(b"/metrics and /health are here\n", status=404)
        try:
            return make(self._now())
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the service, this must answer
            return Answer(f"no snapshot: {type(error).__name__}\n".encode(), status=500)

    def _now(self) -> Snapshot:
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._known is None or now_s - self._known[0] > FRESH_S:
                self._known = (now_s, self._snapshot())
            return self._known[1]


def _metrics(now: Snapshot) -> Answer:
    return Answer(exposition(families_of(now)), CONTENT_TYPE)


def _health(now: Snapshot) -> Answer:
    text = json.dumps(verdict(now), ensure_ascii=False, indent=1) + "\n"
    return Answer(text.encode(), "application/json")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=MOST_READERS)
