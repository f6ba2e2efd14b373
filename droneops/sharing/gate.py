"""Whether a link opens something now. Denies by default."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from droneops.sharing.board import Shared, Stream, read_board
from droneops.sharing.links import Link, Links

GRACE_US = 10_000_000
"""A circling drone loses sight of a place for a moment; a picture that comes and goes helps nobody."""

BOARD_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Leave:
    """What a link opens now; ``streams`` those that see the place, or saw it a moment ago."""

    link: Link
    shared: Shared
    streams: tuple[Stream, ...]


@dataclass(slots=True)
class Gate:
    """``now_us`` is UTC. For one thread."""

    data_dir: Path
    now_us: Callable[[], int]
    links: Links
    monotonic_s: Callable[[], float] = time.monotonic
    _board: dict[str, Shared] = field(default_factory=dict)
    _read_s: float = float("-inf")
    _seen_us: dict[tuple[str, Stream], int] = field(default_factory=dict)

    def leave(self, token: str) -> Leave | None:
        """What ``token`` opens now; None: nothing.

        Raises:
            OutputError: the links cannot be read.
        """
        link = self.links.find(token, self.now_us())
        return None if link is None else self.still(link)

    def still(self, link: Link) -> Leave | None:
        """What a link that was found opens now; None: nothing any more."""
        now_us = self.now_us()
        self._look(now_us)
        shared = self._board.get(link.incident_id)
        if shared is None or link.agency not in shared.agencies or now_us >= link.expires_us:
            return None
        streams = [stream for (incident_id, stream) in self._seen_us if incident_id == link.incident_id]
        return Leave(link, shared, tuple(sorted(streams, key=lambda each: (each.drone_id, each.camera_id))))

    def _look(self, now_us: int) -> None:
        now_s = self.monotonic_s()
        if now_s - self._read_s < BOARD_EVERY_S:
            return
        self._read_s = now_s
        self._board = read_board(self.data_dir, now_us)
        for shared in self._board.values():
            self._seen_us |= {(shared.incident_id, stream): now_us for stream in shared.streams}
        self._seen_us = {
            seen: at_us
            for seen, at_us in self._seen_us.items()
            if abs(now_us - at_us) < GRACE_US and seen[0] in self._board
        }
