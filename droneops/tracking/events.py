"""What happened to a track, beyond being seen once more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What happened."""

    CONFIRMED = "confirmed"
    RELABELLED = "relabelled"
    MERGED = "merged"
    SPLIT = "split"
    OUT_OF_SIGHT = "out_of_sight"
    GONE = "gone"
    CAME_BACK = "came_back"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class TrackEvent:
    """It happened to ``track_id`` at ``time_us``.

    ``other_id`` is the id that a merge gave up, or the track that a split came out of; else None.
    """

    kind: EventKind
    time_us: int
    track_id: str
    reason: str
    other_id: str | None = None
