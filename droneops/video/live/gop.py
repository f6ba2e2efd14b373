"""Which packets must be decoded so that the frames wanted are seen, and which need not be.

A picture leans on all reference pictures since the last key frame. So what lies between the last look and the
next key frame need never be decoded, nor pictures that are no reference, unless they are looked at. What came
is therefore held back until a frame is wanted, or until it is plain that it will be needed: decoding only
then, all at once, would make the frame late by what that takes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

    from droneops.video.live.capture_clock import CaptureTime

MOST_HELD = 600
"""Ten seconds of 60 fps, the longest group of pictures that is usual."""

HOLD_BACK = 150
"""Five seconds of 30 fps. Where no key frame came within these, waiting longer for one saves nothing."""

MOST_HELD_BYTES = 64 << 20
"""Ten seconds at 50 Mbit/s, more than any drone sends."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A packet, its PTS in microseconds, when its picture was taken, and what it is for.

    ``seq`` numbers all of a video's packets; ``received_s`` is when it came, by our monotonic clock;
    ``is_wanted``: its frame is to be looked at.
    """

    packet: Packet[VideoStream]
    seq: int
    pts_us: int
    captured: CaptureTime
    is_key: bool
    is_disposable: bool
    is_wanted: bool
    received_s: float


@dataclass(frozen=True, slots=True)
class Work:
    """Packets to decode, in order; a decoder must forget what came before them if ``is_fresh_start``."""

    packets: tuple[Arrived, ...] = ()
    is_fresh_start: bool = False


class Gop:
    """The packets held back since the last that was decoded. One connection's; nothing before its first key.

    ``dropped`` counts wanted frames that were given up because newer ones came first, and packets that were
    too many to be held.
    """

    def __init__(self) -> None:
        self._held: deque[Arrived] = deque()
        self._held_bytes = 0
        self._has_key = self._has_gap = False
        self._last_key_us: int | None = None
        self._gop_us: int | None = None
        self.dropped = 0

    def add(self, arrived: Arrived) -> None:
        """Takes in the next packet of the stream."""
        if arrived.is_key:
            self._note_key(arrived.pts_us)
        elif not self._has_key:
            return
        if arrived.is_key and not any(held.is_wanted for held in self._held):
            self._clear()
        self._held.append(arrived)
        self._held_bytes += arrived.packet.size
        if len(self._held) > MOST_HELD or self._held_bytes > MOST_HELD_BYTES:
            self.dropped += len(self._held)
            self._clear()
            self._has_key = False

    def wanted_work(self) -> Work:
        """What the newest wanted frame takes; nothing if none is wanted."""
        newest = next((k for k in range(len(self._held) - 1, -1, -1) if self._held[k].is_wanted), None)
        if newest is None:
            return Work()
        taken = [self._pop() for _ in range(newest + 1)]
        self.dropped += sum(one.is_wanted for one in taken[:-1])
        return self._work(taken, with_disposable=False)

    def early_work(self, next_look_us: int, lead_us: int) -> Work:
        """What is to be decoded before it is wanted: all that is held, or nothing yet.

        ``next_look_us`` is the PTS from which on the next frame is wanted; ``lead_us`` how long decoding
        what is held takes. Nothing while a key frame is awaited before that look.
        """
        if not self._held or self._is_key_awaited_by(next_look_us):
            return Work()
        is_time = next_look_us - self._held[-1].pts_us <= lead_us
        return self.all_work(with_disposable=False) if is_time or len(self) >= HOLD_BACK else Work()

    def all_work(self, *, with_disposable: bool) -> Work:
        """All that is held, with or without pictures that nothing leans on."""
        return self._work([self._pop() for _ in range(len(self))], with_disposable=with_disposable)

    def forget(self, given_up: Arrived) -> None:
        """Give up what is held and the work that ended with ``given_up``: go on with the next key frame."""
        self.dropped += sum(one.is_wanted for one in (*self._held, given_up))
        self._clear()
        self._has_gap, self._has_key = True, False

    def __len__(self) -> int:
        return len(self._held)

    def _work(self, taken: list[Arrived], *, with_disposable: bool) -> Work:
        """From the last key frame on: what comes before it, nothing leans on."""
        begin = next((k for k in range(len(taken) - 1, -1, -1) if taken[k].is_key), 0)
        packets = tuple(
            one for one in taken[begin:] if with_disposable or one.is_wanted or not one.is_disposable
        )
        if not packets:
            return Work()
        has_gap, self._has_gap = self._has_gap or begin > 0, False
        return Work(packets, is_fresh_start=has_gap)

    def _is_key_awaited_by(self, next_look_us: int) -> bool:
        if self._last_key_us is None or self._gop_us is None:
            return False
        # The look itself falls on the key frame where both have one rhythm.
        awaited_us = self._last_key_us + self._gop_us
        return self._held[-1].pts_us < awaited_us <= next_look_us

    def _note_key(self, pts_us: int) -> None:
        if self._last_key_us is not None:
            self._gop_us = pts_us - self._last_key_us
        self._last_key_us, self._has_key = pts_us, True

    def _pop(self) -> Arrived:
        arrived = self._held.popleft()
        self._held_bytes -= arrived.packet.size
        return arrived

    def _clear(self) -> None:
        self._has_gap = self._has_gap or bool(self._held)
        self._held.clear()
        self._held_bytes = 0
