"""How a live video is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STALL_S = 2.0
"""Silence that is called a stall. The slowest cameras send a frame a second; a radio link's retries and a
server's pause between two files stay below; and it leaves a second of the three within which an operator
is to know."""


class VideoState(StrEnum):
    """Where a live video stands."""

    CONNECTING = "connecting"
    STREAMING = "streaming"
    STALLED = "stalled"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class VideoHealth:
    """A live video at one instant.

    ``connecting``: being opened, or opened and nothing has come. ``streaming``: packets come. ``stalled``:
    open, and nothing came for STALL_S. ``waiting``: lost, to be tried again in a moment. ``failed``: what is
    wrong does not mend itself (login refused, no video in it); tried again seldom, a file at its end never.

    Times are seconds by the monotonic clock: ``since_s`` when the state began, ``last_frame_s`` when the last
    packet of video came, None before the first. ``frames`` counts those that came, ``decoded`` and ``looked``
    those of them that were; ``dropped`` those given up because decoding could not keep pace, ``shed`` those
    left out so that the others are fresh, ``damaged`` those the decoder would not vouch for.
    ``time_sigma_s`` is the 1-sigma error of the capture times, by ``time_source``. ``error`` is the last
    loss, in one line and without passwords; None if there was none.
    """

    state: VideoState
    since_s: float
    last_frame_s: float | None = None
    frames: int = 0
    decoded: int = 0
    looked: int = 0
    dropped: int = 0
    shed: int = 0
    damaged: int = 0
    reconnects: int = 0
    width_px: int | None = None
    height_px: int | None = None
    codec: str | None = None
    time_source: str | None = None
    time_sigma_s: float | None = None
    error: str | None = None
