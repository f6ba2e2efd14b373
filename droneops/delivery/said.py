"""What is said on a topic besides alerts: only the newest of each topic counts, and alerts go first."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TOPICS = 512
"""Two of each drone of a site far larger than any."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message; ``is_retained`` ones go at QoS 1, the others at QoS 0, and one that is lost is lost."""

    topic: str
    payload: bytes
    is_retained: bool = False


class NewestSaid:
    """Filled by one thread and emptied by another; whoever waits longest goes first."""

    def __init__(self) -> None:
        self._waiting: dict[str, Said] = {}
        self._lock = threading.Lock()

    def put(self, said: Iterable[Said]) -> None:
        """Newer words for their topics; a topic keeps its place in the queue."""
        with self._lock:
            for message in said:
                self._waiting[message.topic] = message
            while len(self._waiting) > MOST_TOPICS:
                del self._waiting[next(iter(self._waiting))]

    def take(self) -> Said | None:
        """The one whose topic waits longest."""
        with self._lock:
            return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def __len__(self) -> int:
        return len(self._waiting)
