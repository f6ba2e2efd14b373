"""A TCP proxy on the loopback address whose connections can be cut, as a radio link is."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65_536


class CutProxy:
    """Passes all on to a port of this machine; while it is cut, connections are closed at once."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._dead_until = 0.0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut(for_s=0)

    def cut(self, for_s: float) -> None:
        """Close all connections now, what is under way is lost; take new ones after ``for_s`` only."""
        with self._lock:
            self._dead_until = time.monotonic() + for_s
            victims, self._open = self._open, set()
        for victim in victims:
            _close(victim)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._join(client)

    def _join(self, client: socket.socket) -> None:
        try:
            target = socket.create_connection(("127.0.0.1", self._target_port), 5)
        except OSError:
            _close(client)
            return
        with self._lock:
            is_dead = time.monotonic() < self._dead_until
            if not is_dead:
                self._open |= {client, target}
        if is_dead:
            _close(client)
            _close(target)
            return
        for source, sink in ((client, target), (target, client)):
            threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        source.settimeout(None)
        while data := source.recv(CHUNK_BYTES):
            sink.sendall(data)
    _close(source)
    _close(sink)


def _close(victim: socket.socket) -> None:
    with contextlib.suppress(OSError):
        victim.shutdown(socket.SHUT_RDWR)
    victim.close()
