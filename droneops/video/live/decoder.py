"""Turns the packets that are needed into the pictures that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from droneops.video.live.gop import Arrived, Work
from droneops.video.live.slot import Decoded

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

MOST_AWAITED = 32
"""H.264 and H.265 hold back 16 pictures at most: what is not out after twice as many never comes."""

FRUITLESS_S = 2.0
"""A decoder that is given what makes a picture, and gives none for so long, is the wrong one: a sender may
change its codec without a word. At ten frames a second it needs less to put 16 pictures in order."""

FRUITLESS_PACKETS = 20

_FIRST_COST_S = 0.01
"""What a frame of 1080p takes at the most until it was measured."""

_COST_WEIGHT = 0.1


class PictureDecoder:
    """Decodes for one connection, in one thread.

    ``decoded`` counts packets given to the decoder, ``damaged`` those it refused and pictures it would not
    vouch for. ``cost_s`` is what one packet takes, lately.
    """

    def __init__(self, context: VideoCodecContext, monotonic_s: Callable[[], float]) -> None:
        self._context, self._monotonic_s = context, monotonic_s
        self._awaited: dict[int, Arrived] = {}
        self._fruitless_since_s: float | None = None
        self._fruitless_packets = 0
        self.decoded = self.damaged = 0
        self.cost_s = _FIRST_COST_S

    @property
    def awaits(self) -> bool:
        """Whether a wanted picture is still inside the decoder, which shows pictures in another order."""
        return bool(self._awaited)

    @property
    def is_fruitless(self) -> bool:
        """Whether it decodes and decodes, and no picture comes out."""
        if self._fruitless_since_s is None or self._fruitless_packets < FRUITLESS_PACKETS:
            return False
        return self._monotonic_s() - self._fruitless_since_s > FRUITLESS_S

    def decode(self, work: Work, is_stopped: Callable[[], bool]) -> Iterator[Decoded]:
        """The wanted pictures that come out, in the order shown; ends early when stopped."""
        if work.is_fresh_start:
            self._awaited.clear()
            self._context.flush_buffers()
        for arrived in work.packets:
            if is_stopped():
                return
            if arrived.is_wanted and arrived.packet.pts is not None:
                self._awaited[arrived.packet.pts] = arrived
            pictures = self._pictures(arrived)
            self._note_fruit(pictures)
            for picture in pictures:
                yield from self._wanted(picture)
            if len(self._awaited) > MOST_AWAITED:
                self._awaited.pop(next(iter(self._awaited)))

    def _note_fruit(self, pictures: list[VideoFrame]) -> None:
        if any(not picture.is_corrupt for picture in pictures):
            self._fruitless_since_s, self._fruitless_packets = None, 0
            return
        self._fruitless_packets += 1
        if self._fruitless_since_s is None:
            self._fruitless_since_s = self._monotonic_s()

    def _pictures(self, arrived: Arrived) -> list[VideoFrame]:
        import av

        begun_s = self._monotonic_s()
        self.decoded += 1
        try:
            return self._context.decode(arrived.packet)
        except av.FFmpegError:
            self.damaged += 1
            return []
        finally:
            self.cost_s += _COST_WEIGHT * (self._monotonic_s() - begun_s - self.cost_s)

    def _wanted(self, picture: VideoFrame) -> Iterator[Decoded]:
        arrived = None if picture.pts is None else self._awaited.pop(picture.pts, None)
        if picture.is_corrupt:
            # What a decoder patched together from a damaged stream must not raise an alert.
            self.damaged += 1
        elif arrived is not None:
            yield Decoded(arrived, picture)
