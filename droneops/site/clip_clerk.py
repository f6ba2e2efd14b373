"""Which clips an incident is to have: the drone whose thing it is about is asked when it is raised.

Passive: one thread calls it. Never on an alert's path: what it misses is a clip, and that is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from droneops.config import SharingSection
from droneops.fleet.clip_writer import POST_ROLL_S
from droneops.fleet.wire import ClipDone, ClipWanted
from droneops.incidents.incident import Incident
from droneops.site.desk import drone_of

MOST_US = 120_000_000
"""Of one incident and drone: a smuggler's crossing of the Mekong. What goes on for longer shows nothing new,
and the looks with their pictures are kept all the same."""

ANSWER_WITHIN_S = 90.0
"""Both rolls take 35 s with a stream that stands still; a slow disk takes some seconds a clip."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a drone's process is to be asked."""

    drone_id: str
    wanted: ClipWanted


@dataclass(slots=True)
class Asked:
    """How far clips of an incident reach, by drone: until when (reports' time), and how long in all."""

    to_us: dict[str, int] = field(default_factory=dict)
    total_us: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What came of the asking, since the service began."""

    asked: int = 0
    files: int = 0
    failed: int = 0


@dataclass(slots=True)
class ClipClerk:
    """Remembers what was said of each incident; begins with those that there were before."""

    _messages: dict[str, int] = field(default_factory=dict)
    _asked: dict[str, Asked] = field(default_factory=dict)
    _waits: list[tuple[float, str]] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def begin(self, incidents: Sequence[Incident]) -> None:
        """What was raised before the service began has its clips, or never will: rings are empty now."""
        self._messages = {incident.id: incident.messages for incident in incidents}

    def due(self, incidents: Sequence[Incident], section: SharingSection) -> list[Ask]:
        """What is to be asked for, of all incidents as they are now: those raised or told anew."""
        news = [one for one in incidents if one.messages > self._messages.get(one.id, 0)]
        self._forget(incidents)
        self._messages |= {incident.id: incident.messages for incident in news}
        found = [ask for one in news if not one.is_over and (ask := self._ask(one, section)) is not None]
        self.counts.asked += len(found)
        return found

    def done(self, told: ClipDone) -> None:
        """A drone has answered."""
        self._waits = [one for one in self._waits if one[1] != told.incident_id]
        self.counts.files += len(told.names)
        self.counts.failed += bool(told.why)

    def heard(self, ask: Ask, now_s: float) -> None:
        """A drone was asked."""
        self._waits.append((now_s + ANSWER_WITHIN_S, ask.wanted.incident_id))

    def unanswered(self, now_s: float) -> list[str]:
        """The incidents of which no answer came in time: the drone's process has begun anew meanwhile."""
        late = [incident_id for until_s, incident_id in self._waits if now_s >= until_s]
        self._waits = [one for one in self._waits if now_s < one[0]]
        self.counts.failed += len(late)
        return late

    def unheard(self, ask: Ask) -> None:
        """A drone could not be asked."""
        self.counts.failed += 1
        asked, wanted = self._asked.get(ask.wanted.incident_id), ask.wanted
        if asked is not None:
            asked.to_us.pop(ask.drone_id, None)
            asked.total_us[ask.drone_id] -= wanted.to_us - wanted.from_us

    def _ask(self, incident: Incident, section: SharingSection) -> Ask | None:
        """From the pre-roll, or from where the last clip ends, to the post-roll; none where one goes on."""
        if section.clips_mb == 0:
            return None
        drone_id, now_us = drone_of(incident), incident.last_seen_us
        asked = self._asked.setdefault(incident.id, Asked())
        before_us = asked.to_us.get(drone_id)
        if before_us is not None and now_us < before_us:
            return None
        from_us = now_us - round(section.pre_roll_s * 1e6)
        if before_us is not None:
            from_us = max(from_us, before_us)
        room_us = MOST_US - asked.total_us.get(drone_id, 0)
        to_us = min(now_us + round(POST_ROLL_S * 1e6), from_us + room_us)
        if to_us <= now_us:
            return None
        asked.to_us[drone_id] = to_us
        asked.total_us[drone_id] = asked.total_us.get(drone_id, 0) + to_us - from_us
        return Ask(drone_id, ClipWanted(incident.id, from_us, to_us))

    def _forget(self, incidents: Sequence[Incident]) -> None:
        known = {incident.id for incident in incidents}
        self._messages = {name: count for name, count in self._messages.items() if name in known}
        self._asked = {name: asked for name, asked in self._asked.items() if name in known}
