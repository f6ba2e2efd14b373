"""What several drones report, put into one order that does not depend on how fast each report came."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")

MOST_HELD = 10_000
"""Reports that may wait: 50 drones at 5 looks a second for 40 s. Beyond, the oldest goes on early."""


class Place(NamedTuple):
    """Where a report belongs."""

    time_us: int
    drone_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Given(Generic[Item]):
    """A report whose turn it is. ``is_late``: one that belongs after it may be out already."""

    place: Place
    item: Item
    is_late: bool = False


class InOrder(Generic[Item]):
    """Holds each report until none that belongs before it can come: ``lateness_s`` behind the newest.

    Reports of which none is later than that come out sorted, whatever the order in which they were put. One
    that is later comes out at once, and is counted; so does the oldest where too many wait. Reports of one
    drone that are put in order of ``seq`` come out so, even if its clock jumps back.
    """

    def __init__(self, lateness_s: float, most_held: int = MOST_HELD) -> None:
        self._lateness_us = round(lateness_s * 1e6)
        self._most_held = most_held
        self._held: list[tuple[Place, int, Given[Item]]] = []
        self._count = 0
        self._latest: dict[str, Place] = {}
        self._newest_us: int | None = None
        self._out: Place | None = None
        self._late = 0

    @property
    def late(self) -> int:
        """How many came too late to be put in order."""
        return self._late

    def __len__(self) -> int:
        """How many wait."""
        return len(self._held)

    def put(self, place: Place, item: Item, now_us: int | None = None) -> tuple[Given[Item], ...]:
        """A further report; what may go on now, in order.

        ``now_us`` is the site's clock, where there is one: a drone whose clock is ahead of it neither waits
        longer for that nor makes all others late.
        """
        turn = self._turn(place, now_us)
        if self._is_late(turn):
            self._late += 1
            return (Given(place, item, is_late=True),)
        self._count += 1
        heapq.heappush(self._held, (turn, self._count, Given(place, item)))
        return self.advance(turn.time_us)

    def advance(self, time_us: int) -> tuple[Given[Item], ...]:
        """What may go on because it is ``time_us`` by now, whether or not anything new came."""
        self._newest_us = time_us if self._newest_us is None else max(self._newest_us, time_us)
        return tuple(self._due(self._newest_us - self._lateness_us))

    def release(self, time_us: int) -> tuple[Given[Item], ...]:
        """What may go on because nothing that belongs at ``time_us`` or before it can come any more."""
        given = []
        while self._held and self._held[0][0].time_us <= time_us:
            given.append(self._pop())
        return tuple(given)

    def flush(self) -> tuple[Given[Item], ...]:
        """All that waits, in order: nothing more will come."""
        return tuple(self._pop() for _ in range(len(self._held)))

    def _turn(self, place: Place, now_us: int | None) -> Place:
        """Where a report is put: not before one that its drone made earlier, nor after now."""
        time_us = place.time_us if now_us is None else min(place.time_us, now_us)
        latest = self._latest.get(place.drone_id)
        if latest is not None and latest.seq < place.seq:
            time_us = max(time_us, latest.time_us)
        turn = place._replace(time_us=time_us)
        if latest is None or latest.seq < place.seq:
            self._latest[place.drone_id] = turn
        return turn

    def _is_late(self, turn: Place) -> bool:
        behind = self._newest_us is not None and turn.time_us < self._newest_us - self._lateness_us
        return behind or (self._out is not None and turn < self._out)

    def _due(self, before_us: int) -> Iterator[Given[Item]]:
        while self._held and (self._held[0][0].time_us < before_us or len(self._held) > self._most_held):
            yield self._pop()

    def _pop(self) -> Given[Item]:
        self._out, _, given = heapq.heappop(self._held)
        return given
