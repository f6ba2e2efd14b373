"""A web server for a few readers: GET only, bounded in time, size and number, gone when it is closed.

The standard library's starts a thread for whoever connects and lets each of them take as long as it likes.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

MOST_READERS = 8
"""Prometheus, a spare one, and people; who comes beyond is hung up on, and asks again."""

WITHIN_S = 5.0
"""For a request and its answer together; Prometheus itself waits for 10 s."""

LARGEST_REQUEST_BYTES = 8192
"""Prometheus sends a few hundred."""

LOOK_EVERY_S = 0.2
STOPS_WITHIN_S = 1.0

REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a path answers."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


class SmallServer:
    """Listens on an open socket and asks ``answer`` for each path, in threads of its own."""

    def __init__(self, listening: socket.socket, answer: Callable[[str], Answer]) -> None:
        self._listening, self._answer = listening, answer
        self._stopping = threading.Event()
        self._free = threading.BoundedSemaphore(MOST_READERS)
        self._readers: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="metrics-http", daemon=True)
        self._listening.settimeout(LOOK_EVERY_S)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody and end, within two seconds."""
        self._stopping.set()
        self._thread.join(STOPS_WITHIN_S)
        self._listening.close()
        with self._lock:
            for reader in self._readers:
                with suppress(OSError):
                    reader.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                reader, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError:
                # Out of file descriptors, most likely: that passes, and must not spin.
                self._stopping.wait(LOOK_EVERY_S)
                continue
            if self._free.acquire(blocking=False):
                self._begin(reader)
            else:
                reader.close()

    def _begin(self, reader: socket.socket) -> None:
        with self._lock:
            self._readers.add(reader)
        try:
            threading.Thread(target=self._serve, args=(reader,), name="metrics-reader", daemon=True).start()
        except RuntimeError:
            self._end(reader)

    def _serve(self, reader: socket.socket) -> None:
        deadline_s = time.monotonic() + WITHIN_S
        try:
            request = _head(reader, deadline_s)
            _send(reader, self._reply(request), deadline_s)
        except OSError:
            pass  # it went away, or was too slow
        finally:
            self._end(reader)

    def _end(self, reader: socket.socket) -> None:
        with self._lock:
            self._readers.discard(reader)
        reader.close()
        self._free.release()

    def _reply(self, request: bytes | None) -> Answer:
        words = [] if request is None else request.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return Answer(b"no HTTP request\n", status=400)
        if words[0] != b"GET":
            return Answer(b"only GET\n", status=405)
        return self._answer(words[1].partition(b"?")[0].decode("latin-1"))


def _head(reader: socket.socket, deadline_s: float) -> bytes | None:
    """A request's head; None if it is too long or ends early."""
    read = bytearray()
    while b"\r\n\r\n" not in read:
        reader.settimeout(max(0.001, deadline_s - time.monotonic()))
        part = reader.recv(4096)
        read += part
        if not part or len(read) > LARGEST_REQUEST_BYTES:
            return None
    return bytes(read)


def _send(reader: socket.socket, answer: Answer, deadline_s: float) -> None:
    head = (
        f"HTTP/1.1 {answer.status} {REASONS[answer.status]}\r\n"
        f"Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    reader.settimeout(max(0.001, deadline_s - time.monotonic()))
    reader.sendall(head.encode() + answer.body)
