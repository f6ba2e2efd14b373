"""What the thread that reads hands to the thread that decodes."""

from __future__ import annotations

import threading
from collections import deque

from droneops.video.live.gop import MOST_HELD, MOST_HELD_BYTES, Arrived


class Inbox:
    """Packets of one connection in order, bounded, and at last why there are no more.

    When decoding falls so far behind that the bound is met, all is forgotten, for a stream with a hole in it
    is worth nothing until its next key frame; ``dropped`` counts what went.
    """

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._packets: deque[Arrived] = deque()
        self._bytes = 0
        self._is_closed = self._awaits_key = False
        self.dropped = 0

    def put(self, arrived: Arrived) -> None:
        """Adds a packet; one after `close` is ignored."""
        with self._ready:
            if self._is_closed or (self._awaits_key and not arrived.is_key):
                return
            self._awaits_key = False
            self._packets.append(arrived)
            self._bytes += arrived.packet.size
            if len(self._packets) > MOST_HELD or self._bytes > MOST_HELD_BYTES:
                self.dropped += len(self._packets)
                self._forget()
                self._awaits_key = True
            self._ready.notify()

    @property
    def has_key(self) -> bool:
        """Whether a key frame waits to be taken."""
        with self._ready:
            return any(arrived.is_key for arrived in self._packets)

    def close(self) -> None:
        """Nothing more comes; what is here can still be taken. Wakes who waits."""
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()

    @property
    def is_over(self) -> bool:
        """Whether it is closed and empty."""
        with self._ready:
            return self._is_closed and not self._packets

    def take_all(self, timeout_s: float) -> list[Arrived]:
        """What has come, at least one packet unless ``timeout_s`` passed or the inbox was closed."""
        with self._ready:
            if not self._packets and not self._is_closed:
                self._ready.wait(timeout_s)
            taken = list(self._packets)
            self._forget()
            return taken

    def _forget(self) -> None:
        self._packets.clear()
        self._bytes = 0
