"""What the store should hold: the newest of each thing, bounded, and which of it is not written yet.

Nothing is queued but events: however long the store is away, what is kept is the present. Used under a lock.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from droneops.fleet.mirror.keys import EVENTS_KEPT_S, MOST_EVENTS, VALID_S, Keys
from droneops.fleet.mirror.link import Command
from droneops.fleet.mirror.rows import Row

TRACK_KEPT_S = 120.0
"""What no look has touched for so long is history, and on disk."""

MOST_KEPT = {"drone": 256, "track": 2000, "incident": 1000}
"""More drones than a site file is meant for; at 400 bytes a track it is 1 MB, written in a second."""

MOST_EVENTS_WAITING = 1000
"""An outage's events, the latest; the alerts themselves are in the outbox, none of them is lost."""


Make = Callable[[], Row]
"""A row that is made when it is written: of what is put five times a second the store gets the last."""


@dataclass(slots=True)
class _Kept:
    make: Make
    put_s: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written now, with the events up to number ``last_event``; to be made without the lock."""

    first: tuple[Command, ...]
    removed: tuple[Make, ...]
    makes: tuple[Make, ...]
    last: tuple[Command, ...]
    last_event: int

    def commands(self) -> list[Command]:
        """In the order in which they are to be run."""
        gone = (command for make in self.removed for command in make().remove)
        there = (command for make in self.makes for command in make().write)
        return [*self.first, *gone, *there, *self.last]


@dataclass(slots=True)
class Board:
    """The newest rows of each kind by name; time passed in (monotonic seconds)."""

    keys: Keys
    token: str
    events_dropped: int = 0
    _rows: dict[str, OrderedDict[str, _Kept]] = field(
        default_factory=lambda: {kind: OrderedDict() for kind in MOST_KEPT}
    )
    _changed: dict[tuple[str, str], Make] = field(default_factory=dict)
    _removed: dict[tuple[str, str], Make] = field(default_factory=dict)
    _events: deque[tuple[int, Command]] = field(default_factory=deque)
    _events_made: int = 0

    def put(self, kind: str, name: str, make: Make, now_s: float) -> None:
        """The newest of a thing; where there are too many, the one longest not put goes."""
        rows = self._rows[kind]
        rows[name] = _Kept(make, now_s)
        rows.move_to_end(name)
        self._changed[kind, name] = make
        self._removed.pop((kind, name), None)
        if len(rows) > MOST_KEPT[kind]:
            self._remove(kind, next(iter(rows)))

    def keep_only(self, kind: str, names: Iterable[str]) -> None:
        """All others of the kind go."""
        kept = frozenset(names)
        for name in [name for name in self._rows[kind] if name not in kept]:
            self._remove(kind, name)

    def forget_old(self, now_s: float) -> None:
        """Let tracks go that nobody has touched for long. A silent drone stays: its row says since when."""
        old = [name for name, kept in self._rows["track"].items() if now_s - kept.put_s > TRACK_KEPT_S]
        for name in old:
            self._remove("track", name)

    def event(self, kind: str, fields: Iterable[tuple[str, str | int | float]]) -> None:
        """Something happened; ``id`` in it tells one that was written twice."""
        self._events_made += 1
        if len(self._events) >= MOST_EVENTS_WAITING:
            self._events.popleft()
            self.events_dropped += 1
        told = [part for name, value in fields for part in (name, value)]
        head = ("XADD", self.keys.events, "MAXLEN", "~", MOST_EVENTS, "*")
        command = (*head, "id", f"{self.token}-{self._events_made}", "kind", kind, *told)
        self._events.append((self._events_made, command))

    def take_changes(self) -> Batch:
        """What was put or let go since anything was taken; if it cannot be written, `take_all` mends that."""
        return self._batch((), tuple(self._changed.values()), ())

    def take_all(self) -> Batch:
        """All there is, and nothing else: it makes the store right whatever it has forgotten or missed."""
        keys = self.keys
        shared = (keys.drones, keys.positions, keys.track_positions, keys.incidents)
        lifetimes: tuple[Command, ...] = tuple(("EXPIRE", key, VALID_S) for key in shared)
        mark: Command = ("SET", keys.mirror, self.token, "EX", VALID_S)
        return self._batch((("DEL", *shared),), tuple(kept.make for kept in self._all()), (*lifetimes, mark))

    def written(self, batch: Batch) -> None:
        """The store has taken a batch: its events are told."""
        while self._events and self._events[0][0] <= batch.last_event:
            self._events.popleft()

    def _batch(self, first: tuple[Command, ...], makes: tuple[Make, ...], last: tuple[Command, ...]) -> Batch:
        removed = tuple(self._removed.values())
        self._changed.clear()
        self._removed.clear()
        events = [command for _, command in self._events]
        if events:
            events.append(("EXPIRE", self.keys.events, EVENTS_KEPT_S))
        return Batch(first, removed, makes, (*last, *events), self._events_made)

    def _all(self) -> Iterator[_Kept]:
        return (kept for rows in self._rows.values() for kept in rows.values())

    def _remove(self, kind: str, name: str) -> None:
        make = self._rows[kind].pop(name).make
        self._changed.pop((kind, name), None)
        self._removed[kind, name] = make
        if len(self._removed) > sum(MOST_KEPT.values()):
            # Its own lifetime in the store takes it away.
            del self._removed[next(iter(self._removed))]
