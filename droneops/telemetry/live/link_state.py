"""What a link says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from droneops.telemetry.live.deframer import LinkCounts
from droneops.telemetry.live.transport import TransportCounts


class LinkState(StrEnum):
    """The states of a link. "A frame" is one whose checksum was checked and held.

    ========== ==================================== ====================================================
    state      means                                left
    ========== ==================================== ====================================================
    OPENING    looking up the host, connecting      open: LISTENING; failed or no answer: BACKOFF
    LISTENING  open, no frame yet                   a frame: CONNECTED; broken, or silent too long: BACKOFF
    CONNECTED  frames come                          none for `SILENCE_S`: SILENT; broken: BACKOFF
    SILENT     open, frames came and stopped        a frame: CONNECTED; broken, or silent too long: BACKOFF
    BACKOFF    closed, waits for the next attempt   the time has come: OPENING
    CLOSED     closed for good                      never
    ========== ==================================== ====================================================

    `Link.close` leads from every state to CLOSED.
    """

    OPENING = "opening"
    LISTENING = "listening"
    CONNECTED = "connected"
    SILENT = "silent"
    BACKOFF = "backoff"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """The link went over to ``state`` at ``time_us`` (UTC microseconds), because of ``detail``."""

    time_us: int
    state: LinkState
    detail: str


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A link at one moment. Times are UTC microseconds.

    ``attempts``: openings begun since frames last came. ``next_attempt_us``: in BACKOFF alone.
    ``last_frame_us``: the last checked frame, None if there was none. ``peers``: who sent one within the
    last minute, the most recent last; ``strangers``: how many others are remembered.
    """

    address: str
    state: LinkState
    since_us: int
    detail: str
    attempts: int
    next_attempt_us: int | None
    last_frame_us: int | None
    peers: tuple[str, ...]
    strangers: int
    counts: LinkCounts
    transport: TransportCounts
