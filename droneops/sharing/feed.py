"""A camera's packets, in a thread of its own, for a viewer: pieces for a WebSocket, segments for HLS."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from droneops.errors import DroneopsError
from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.fragments import Piece, pieces
from droneops.video.out.hls import HlsWindow, Segment
from droneops.video.out.packet_client import connect

POLL_S = 0.25
"""How soon a thread notices that nobody watches any more."""

AGAIN_S = 1.0
"""A drone's process that was started anew serves its cameras again after seconds."""

IDLE_S = 20.0
"""A player asks for the playlist every few seconds."""

Give = Callable[[Piece], bool]
"""Hands a piece to a viewer, and waits for it; False where nobody takes it any more."""


def packets(path: Path, stop: threading.Event) -> Iterator[EncodedPacket]:
    """A camera's packets from its newest key frame on, over all restarts of its process, until ``stop``."""
    while not stop.is_set():
        try:
            with connect(path) as client:
                while not stop.is_set():
                    packet = client.read(POLL_S)
                    if packet is not None:
                        yield packet
        except DroneopsError:
            stop.wait(AGAIN_S)


def show(path: Path, give: Give, stop: threading.Event) -> None:
    """Give a viewer the stream piece by piece until it has enough, or until ``stop``."""
    for piece in pieces(packets(path, stop)):
        if not give(piece):
            return


class HlsFeed:
    """The last segments of a camera, made while somebody asks for them."""

    def __init__(self, path: Path) -> None:
        self._window, self._lock = HlsWindow(), threading.Lock()
        self._stop = threading.Event()
        self._asked_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(path,), name="hls", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether nobody has asked for a while."""
        return time.monotonic() - self._asked_s > IDLE_S

    def playlist(self) -> str:
        """The media playlist, with addresses beside it."""
        self._asked_s = time.monotonic()
        with self._lock:
            return self._window.playlist("{number}.m4s", "init{number}.mp4")

    def segment(self, number: int) -> bytes | None:
        """A segment; None if it is gone or has not come."""
        with self._lock:
            found: Segment | None = self._window.segment(number)
        return None if found is None else found.data

    def init(self, number: int) -> bytes | None:
        """An initialization segment."""
        with self._lock:
            return self._window.init(number)

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(1.0)

    def _run(self, path: Path) -> None:
        for packet in packets(path, self._stop):
            with self._lock:
                self._window.add(packet)
