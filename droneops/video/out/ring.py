"""The last seconds of a stream as it was encoded."""

from __future__ import annotations

import threading
from collections import deque

from droneops.video.live.encoded import EncodedPacket

RING_S = 30.0
"""Enough for a clip to show what led to an alert: a track is confirmed within ten seconds."""

RING_BYTES = 64 << 20
"""Thirty seconds at 17 Mbit/s. Beyond, the past gets shorter and memory does not grow."""


class PacketRing:
    """Keeps packets of the last ``seconds``, at most ``max_bytes``; a `PacketSink` for any thread.

    Packets are numbered from 0 on, so that a reader can go on where it was.
    """

    def __init__(self, seconds: float = RING_S, max_bytes: int = RING_BYTES) -> None:
        self._kept_us, self._max_bytes = round(seconds * 1e6), max_bytes
        self._ready = threading.Condition()
        self._packets: deque[EncodedPacket] = deque()
        self._bytes = 0
        self._next = 0
        self._is_closed = False

    def __call__(self, packet: EncodedPacket) -> None:
        """Keeps one more packet."""
        with self._ready:
            self._packets.append(packet)
            self._bytes += len(packet.data)
            self._next += 1
            while self._is_too_much(packet.captured_at_us):
                self._bytes -= len(self._packets.popleft().data)
            self._ready.notify_all()

    def close(self) -> None:
        """Wakes who waits; nothing more comes."""
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()

    @property
    def size_bytes(self) -> int:
        """How much is kept."""
        with self._ready:
            return self._bytes

    @property
    def newest_us(self) -> int | None:
        """When the latest packet's picture was taken (UTC); None before any came."""
        with self._ready:
            return self._packets[-1].captured_at_us if self._packets else None

    def between(self, from_us: int, to_us: int) -> tuple[EncodedPacket, ...]:
        """The packets captured from ``from_us`` to ``to_us`` (UTC), begun at the key frame before them."""
        with self._ready:
            packets = list(self._packets)
        begin = 0
        for k, packet in enumerate(packets):
            if packet.captured_at_us > from_us:
                break
            if packet.is_key:
                begin = k
        return tuple(packet for packet in packets[begin:] if packet.captured_at_us <= to_us)

    def after(self, number: int, timeout_s: float) -> tuple[int, tuple[EncodedPacket, ...]] | None:
        """Packets from ``number`` on and the number after them; waits for one. None when it was closed.

        Who is slower than the ring gets what is still there, from the newest key frame on.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._next > number or self._is_closed, timeout_s)
            if self._is_closed and self._next <= number:
                return None
            missed = self._next - len(self._packets) > number
            packets = list(self._packets)[max(0, number - self._next + len(self._packets)) :]
            return self._next, tuple(_from_last_key(packets) if missed else packets)

    def newest_key(self) -> int:
        """The number of the newest key frame, where a new reader begins; the next number if there is none."""
        with self._ready:
            for k in range(len(self._packets) - 1, -1, -1):
                if self._packets[k].is_key:
                    return self._next - len(self._packets) + k
            return self._next

    def _is_too_much(self, now_us: int) -> bool:
        oldest = self._packets[0]
        # A clock that was set back must not make the ring keep what is there for ever.
        is_old = abs(now_us - oldest.captured_at_us) > self._kept_us
        return len(self._packets) > 1 and (is_old or self._bytes > self._max_bytes)


def _from_last_key(packets: list[EncodedPacket]) -> list[EncodedPacket]:
    keys = [k for k, packet in enumerate(packets) if packet.is_key]
    return packets[keys[-1] :] if keys else []
