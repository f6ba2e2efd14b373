"""Incidents: what happened, as one thing, and the ids that a replay and a restart agree on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from droneops.incidents.condition import Condition
from droneops.times import to_text
from droneops.types import Track
from geofences import BorderSide, ZoneHit

NAMESPACE = uuid.UUID("6f1c9a52-3d0b-5c47-9e0e-5a7f3f6f0d11")
"""The fixed namespace of all ids made here."""


class State(StrEnum):
    """The life of an incident; one of which nothing was seen for a while is quiet (`Incident.is_quiet`)."""

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
class Founder:
    """What an incident's id follows from: the event, and the thing (or the blind drone) that founded it.

    ``start_us`` and ``ordinal`` are the founding track's first sighting and its place among those that began
    with it; for a blind drone since when it is blind, and 0. ``time`` counts the incidents it founded: one
    more where the thing is found again after its incident was over.
    """

    event: str
    drone_id: str
    start_us: int
    ordinal: int = 0
    time: int = 1

    @classmethod
    def of(cls, event: str, track: Track, time: int = 1) -> Founder:
        """The founder that a track is."""
        return cls(event, track.drone_id, track.first_seen_us, track.ordinal, time)


@dataclass(frozen=True, slots=True)
class Observation:
    """A track as it is now, the zones that may hold it, and its side of the border."""

    track: Track
    hits: tuple[ZoneHit, ...]
    border: BorderSide | None


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as known at ``last_seen_us``.

    ``event``, ``severity`` and the rule are those of the gravest that was found; the id keeps the founding
    event, and ``rule_ids`` are all rules that found it. ``members`` holds what is known of its things, the
    founder first, the latest seen of very many; ``left_out`` counts by label those let go. ``lead`` is the
    thing that the latest message is about, with the zone the rules look at first among its hits; None where a
    blind drone founded it: it has no things.
    ``zone_ids`` are all zones in which a rule ever found it: they decide who hears of it, and only grow.
    ``messages`` counts what was said of it so far and is the sequence of the latest message.
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
    lead: Observation | None
    zone_ids: frozenset[str]
    messages: int
    founder: Founder
    rule_ids: frozenset[str] = frozenset()
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of its things, the founder's first."""
        return tuple(member.track for member in self.members)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is said of it."""
        return self.state in (State.CLOSED, State.CANCELLED)

    def is_quiet(self, time_us: int, within_s: float) -> bool:
        """Whether nothing of it was seen for longer than ``within_s``; it stays open until it is closed."""
        return not self.is_over and time_us - self.last_seen_us > within_s * 1e6

    def present(self, within_s: float) -> tuple[Track, ...]:
        """The tracks seen in the last ``within_s`` before the incident's latest sighting."""
        oldest_us = self.last_seen_us - within_s * 1e6
        return tuple(track for track in self.tracks if track.last_seen_us >= oldest_us)


class ChangeKind(StrEnum):
    """What happened to an incident that somebody should hear of.

    opened: the first message. raised: graver than was said, sent at once. grew: a further thing. moved: a
    thing changed sides of the border, entered a zone, or went on. closed: over. cancelled: withdrawn, or one
    with an older incident (``replaced_by``).
    """

    OPENED = "opened"
    RAISED = "raised"
    GREW = "grew"
    MOVED = "moved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class EndReason(StrEnum):
    """Why an incident is over.

    quiet: nothing was seen of it for long (of a blind drone: it sees again). zones_changed: the zones that
    held it are others now, or expired. by_hand: a person withdrew it. merged: it is one with an older.
    """

    QUIET = "quiet"
    ZONES_CHANGED = "zones_changed"
    BY_HAND = "by_hand"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Change:
    """A change at ``time_us``; its message is the incident's ``messages``-th.

    ``present`` are the things that count as there now. ``conditions`` are those of the finding that made the
    news, empty where none did. ``reason`` is given with what ends an incident, ``replaced_by`` with a merge.
    """

    kind: ChangeKind
    time_us: int
    incident: Incident
    present: tuple[Track, ...]
    conditions: tuple[Condition, ...] = ()
    replaced_by: str | None = None
    reason: EndReason | None = None


def incident_id(origin: Origin, founder: Founder) -> str:
    """UUIDv5 of site, status, run, event, founding drone and the founding track's start.

    Tracks that begin in one frame are told apart by their order in it, later incidents of one founder by
    their number.
    """
    start = f"{to_text(founder.start_us)}#{founder.ordinal}"
    again = () if founder.time == 1 else (str(founder.time),)
    name = "/".join(
        (origin.site_id, origin.status, origin.run, founder.event, founder.drone_id, start, *again)
    )
    return str(uuid.uuid5(NAMESPACE, name))


def message_id(incident: str, sequence: int) -> str:
    """UUIDv5 of the incident's id and the message's place in it."""
    return str(uuid.uuid5(NAMESPACE, f"{incident}/{sequence}"))


def bundle_id(incident: str) -> str:
    """UUIDv5 of the incident's evidence bundle."""
    return str(uuid.uuid5(NAMESPACE, f"{incident}/evidence"))
