"""The latest picture of each track, for the alert that may come of it."""

from __future__ import annotations

from collections.abc import Mapping

MOST = 500
"""As many as one drone follows; of 64 KiB at most, they take 32 MiB."""


class KeptPictures:
    """Bounded: beyond `MOST` tracks the one that was pictured longest ago goes."""

    def __init__(self, most: int = MOST) -> None:
        self._pictures: dict[str, bytes] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._pictures)

    def add(self, pictures: Mapping[str, bytes]) -> None:
        """Take what came with a report."""
        for track_id, picture in pictures.items():
            self._pictures.pop(track_id, None)
            self._pictures[track_id] = picture
        while len(self._pictures) > self._most:
            del self._pictures[next(iter(self._pictures))]

    @property
    def by_track(self) -> Mapping[str, bytes]:
        """All that is kept, by track id."""
        return self._pictures
