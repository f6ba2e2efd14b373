"""Incidents: what happened, as one thing, and the ids that a replay and a restart agree on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from droneops.times import to_text
from droneops.types import Track
from geofences import BorderSide, ZoneHit

NAMESPACE = uuid.UUID("6f1c9a52-3d0b-5c47-9e0e-5a7f3f6f0d11")
"""The fixed namespace of all ids made here."""


class State(StrEnum):
    """The life of an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Origin:
    """What makes ids of one run differ from those of another: the site, its status, and the run."""

    site_id: str
    status: str
    run: str


@dataclass(frozen=True, slots=True)
class Observation:
    """A track as it is now, the zones that may hold it, and its side of the border."""

    track: Track
    hits: tuple[ZoneHit, ...]
    border: BorderSide | None


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as known at ``last_seen_us``.

    ``members`` holds what is known of each of its things, the founder first. ``lead`` is the thing that the
    latest message is about, with the zone the rule looks at first among its hits. ``zone_ids`` are all zones
    in which the rule ever found one of its things: they decide who hears of it, and only grow. ``messages``
    counts what was said of it so far and is the sequence of the latest message.
    """

    id: str
    event: str
    severity: str
    state: State
    rule_id: str
    rule_version: str
    onset_us: int
    last_seen_us: int
    members: tuple[Observation, ...]
    lead: Observation
    zone_ids: frozenset[str]
    messages: int

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of its things, the founder's first."""
        return tuple(member.track for member in self.members)

    def present(self, within_s: float) -> tuple[Track, ...]:
        """The tracks seen in the last ``within_s`` before the incident's latest sighting."""
        oldest_us = self.last_seen_us - within_s * 1e6
        return tuple(track for track in self.tracks if track.last_seen_us >= oldest_us)


class ChangeKind(StrEnum):
    """What happened to an incident that somebody should hear of."""

    OPENED = "opened"
    GREW = "grew"
    MOVED = "moved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Change:
    """A change at ``time_us``; its message is the incident's ``messages``-th.

    ``present`` are the things that count as there now.
    """

    kind: ChangeKind
    time_us: int
    incident: Incident
    present: tuple[Track, ...]


def incident_id(origin: Origin, event: str, founder: Track) -> str:
    """UUIDv5 of site, status, run, event, founding drone and the founding track's start.

    Tracks that begin in one frame are told apart by their order in it.
    """
    start = f"{to_text(founder.first_seen_us)}#{founder.ordinal}"
    name = "/".join((origin.site_id, origin.status, origin.run, event, founder.drone_id, start))
    return str(uuid.uuid5(NAMESPACE, name))


def message_id(incident: str, sequence: int) -> str:
    """UUIDv5 of the incident's id and the message's place in it."""
    return str(uuid.uuid5(NAMESPACE, f"{incident}/{sequence}"))


def bundle_id(incident: str) -> str:
    """UUIDv5 of the incident's evidence bundle."""
    return str(uuid.uuid5(NAMESPACE, f"{incident}/evidence"))
