"""How the mirror is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StoreState(StrEnum):
    """connected: it is written to. waiting: it is away. refused: it answers and does not want us, or cannot
    be had on this machine.
    """

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class MirrorHealth:
    """``why``: of a store that is not written to. ``losses``: how often it was lost since the start."""

    store: str
    state: StoreState
    why: str = ""
    losses: int = 0
    events_dropped: int = 0
