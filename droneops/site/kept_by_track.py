"""The latest of something for each track, for the alert that may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

MOST = 500
"""As many as one drone follows; pictures of 64 KiB at most take 32 MiB."""


class KeptByTrack(Generic[Thing]):
    """Bounded: beyond ``most`` tracks the one of which came nothing for longest goes."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: dict[str, Thing] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, things: Mapping[str, Thing]) -> None:
        """Take what came with a report."""
        for track_id, thing in things.items():
            self._kept.pop(track_id, None)
            self._kept[track_id] = thing
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    @property
    def by_track(self) -> Mapping[str, Thing]:
        """All that is kept, by track id."""
        return self._kept
