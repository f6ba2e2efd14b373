"""Where the book keeps its incidents: in the order of their opening, and which of them holds which thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from droneops.incidents.entry import Entry
from droneops.incidents.grade import family_of
from droneops.incidents.incident import Founder, Origin, incident_id

FOUNDED_KEPT_US = 86_400_000_000
"""How long a founder is remembered after its incident: a day, longer than any flight and so any track."""


@dataclass(frozen=True, slots=True)
class Founded:
    """How many incidents a founder founded, and when that was last looked at."""

    times: int
    last_us: int


class Shelf:
    """All incidents, of which those that are over are few. A thing is in one incident of a family at most."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._owners: dict[str, dict[str, str]] = {}
        self._founded: dict[str, Founded] = {}

    def __iter__(self) -> Iterator[Entry]:
        """All, in the order in which they opened; what is put meanwhile does not disturb."""
        return iter(tuple(self._entries.values()))

    def get(self, incident: str) -> Entry | None:
        """The incident of an id."""
        return self._entries.get(incident)

    def holds(self, name: str) -> bool:
        """Whether an incident holds a thing (its track id), or a blind drone (its id)."""
        return name in self._owners

    def owner(self, name: str, family: str) -> Entry | None:
        """The incident of a family that holds a thing."""
        found = self._owners.get(name, {}).get(family)
        return None if found is None else self._entries[found]

    def owners(self, name: str) -> tuple[Entry, ...]:
        """The incidents that hold a thing, at most one of each family."""
        return tuple(self._entries[found] for found in self._owners.get(name, {}).values())

    def put(self, entry: Entry) -> None:
        """Add an incident or replace it by what became of it."""
        known = self._entries.get(entry.incident.id)
        held = _names(entry)
        for name in set(() if known is None else _names(known)).difference(held):
            self._release(name, entry)
        for name in held:
            self._owners.setdefault(name, {})[_family(entry)] = entry.incident.id
        self._entries[entry.incident.id] = entry

    def founder(self, founder: Founder, origin: Origin, time_us: int) -> Founder:
        """The founder as the one of a further incident, which is counted."""
        key = _key(founder, origin)
        times = self._founded[key].times + 1 if key in self._founded else 1
        self._founded[key] = Founded(times, time_us)
        return replace(founder, time=times)

    def index(self) -> dict[str, Any]:
        """What JSON can hold of all but the incidents themselves: their order, and the founders."""
        return {
            "order": list(self._entries),
            "founded": {key: [known.times, known.last_us] for key, known in self._founded.items()},
        }

    def changed(self, since: Mapping[str, Entry]) -> dict[str, Entry]:
        """The incidents that are not as they were ``since``, by id."""
        return {name: entry for name, entry in self._entries.items() if since.get(name) is not entry}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All, by id, in the order in which they opened; a copy."""
        return dict(self._entries)

    @classmethod
    def of(cls, index: Mapping[str, Any], entries: Mapping[str, Entry]) -> Shelf:
        """The shelf of an index and the incidents in it."""
        shelf = cls()
        for incident in index["order"]:
            shelf.put(entries[incident])
        shelf._founded = {key: Founded(times, last_us) for key, (times, last_us) in index["founded"].items()}
        return shelf

    def forget(self, origin: Origin, time_us: int, most_over: int) -> None:
        """Let go of the oldest incidents that are over, and of founders that nobody can be any more."""
        oldest_us = time_us - FOUNDED_KEPT_US
        shown = {_key(entry.incident.founder, origin) for entry in self._entries.values()}
        self._founded = {
            key: replace(known, last_us=time_us) if key in shown else known
            for key, known in self._founded.items()
            if key in shown or known.last_us >= oldest_us
        }
        gone = [entry.incident.id for entry in self._entries.values() if not entry.holds_things]
        for incident in gone[: max(len(gone) - most_over, 0)]:
            del self._entries[incident]

    def _release(self, name: str, entry: Entry) -> None:
        owned = self._owners.get(name, {})
        if owned.get(_family(entry)) == entry.incident.id:
            del owned[_family(entry)]
        if not owned:
            self._owners.pop(name, None)


def _key(founder: Founder, origin: Origin) -> str:
    return incident_id(origin, replace(founder, time=1))


def _family(entry: Entry) -> str:
    return family_of(entry.incident.founder.event)


def _names(entry: Entry) -> tuple[str, ...]:
    """What an incident holds: its tracks, or the blind drone that founded it; nothing once it is over."""
    if not entry.holds_things:
        return ()
    if entry.incident.lead is None:
        return (entry.incident.founder.drone_id,)
    return tuple(track.id for track in entry.incident.tracks)
