"""The book of incidents: its one owner opens them, lets them grow, and says what changed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.incident import (
    Change,
    ChangeKind,
    Incident,
    Observation,
    Origin,
    State,
    incident_id,
)
from droneops.incidents.rules import (
    PresenceRule,
    Stay,
    best_hit,
    fires,
    is_inside,
    rules_zone_first,
    stay_after,
)
from droneops.types import Track, TrackState


@dataclass(slots=True)
class _Entry:
    """An incident and what was said of it: when, and of each thing where it was.

    ``news`` is what waits to be said, and of which track.
    """

    incident: Incident
    said_us: int
    said: dict[str, Observation]
    news: tuple[ChangeKind, str] | None = None


class IncidentBook:
    """All incidents of a run. Feed it observations in order of time; it never reads the clock."""

    def __init__(self, rule: PresenceRule, origin: Origin) -> None:
        self._rule = rule
        self._origin = origin
        self._entries: list[_Entry] = []
        self._entry_of: dict[str, _Entry] = {}
        self._stays: dict[str, Stay] = {}

    def wants(self, track: Track) -> bool:
        """Whether the rules look for such a thing, or an incident holds it, by whatever name it goes now."""
        return self._rule.enabled and (track.label in self._rule.labels or track.id in self._entry_of)

    def observe(self, seen: Observation) -> tuple[Change, ...]:
        """What a further sighting of a track changes, in the order in which it should be told.

        A tentative track opens nothing and joins nothing, but its stay counts once it is believed: a thing
        does not enter a zone by being believed.
        """
        track = seen.track
        if not self.wants(track):
            return ()
        seen = replace(seen, hits=rules_zone_first(self._rule, seen.hits))
        inside = is_inside(self._rule, best_hit(self._rule, seen.hits))
        stay = stay_after(self._rule, self._stays.get(track.id), track.last_seen_us, inside)
        self._remember(track.id, stay, track.last_seen_us)
        if track.state is TrackState.TENTATIVE:
            return self._due(track.last_seen_us)
        entry = self._entry_of.get(track.id)
        if entry is not None:
            self._refresh(entry, seen)
        elif fires(self._rule, stay):
            return (*self._place(seen), *self._due(track.last_seen_us))
        return self._due(track.last_seen_us)

    def finish(self, time_us: int) -> tuple[Change, ...]:
        """What is left to say when the run ends, whatever the wait between messages."""
        return tuple(self._say(entry, time_us) for entry in self._entries if entry.news is not None)

    def wanted(self, time_us: int) -> tuple[Track, ...]:
        """The things of open incidents that were seen of late (``within_s``), to be looked for first."""
        since_us = time_us - self._rule.within_s * 1e6
        return tuple(
            track
            for entry in self._entries
            if entry.incident.state is State.OPEN
            for track in entry.incident.tracks
            if track.last_seen_us >= since_us
        )

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents in the order in which they opened."""
        return tuple(entry.incident for entry in self._entries)

    def _remember(self, track_id: str, stay: Stay | None, time_us: int) -> None:
        # A stay that a gap has ended says nothing any more; most are those of false boxes.
        oldest_us = time_us - self._rule.gap_s * 1e6
        self._stays = {known: s for known, s in self._stays.items() if s.until_us >= oldest_us}
        if stay is None:
            self._stays.pop(track_id, None)
        else:
            self._stays[track_id] = stay

    def _place(self, seen: Observation) -> tuple[Change, ...]:
        entry = self._nearest(seen.track)
        if entry is None:
            return (self._open(seen),)
        self._entry_of[seen.track.id] = entry
        gone = next((m for m in entry.incident.members if self._is_back(m.track, seen.track)), None)
        members = tuple(member for member in entry.incident.members if member is not gone)
        entry.incident = replace(entry.incident, members=(*members, seen))
        entry.said[seen.track.id] = seen
        if gone is None:
            entry.news = (ChangeKind.GREW, seen.track.id)
        self._refresh(entry, seen)
        return ()

    def _open(self, seen: Observation) -> Change:
        track, rule = seen.track, self._rule
        incident = Incident(
            id=incident_id(self._origin, rule.event, track),
            event=rule.event,
            severity=rule.severity,
            state=State.OPEN,
            rule_id=rule.id,
            rule_version=rule.version,
            onset_us=self._stays[track.id].since_us,
            last_seen_us=track.last_seen_us,
            members=(seen,),
            lead=seen,
            zone_ids=self._firing(seen),
            messages=1,
        )
        entry = _Entry(incident, track.last_seen_us, {track.id: seen})
        self._entries.append(entry)
        self._entry_of[track.id] = entry
        return Change(ChangeKind.OPENED, track.last_seen_us, incident, (track,))

    def _nearest(self, track: Track) -> _Entry | None:
        """The open incident one of whose things was near lately, or went out of sight right here."""
        found = [
            (_distance_m(track, other), number)
            for number, entry in enumerate(self._entries)
            if entry.incident.state is State.OPEN
            for other in entry.incident.tracks
            if self._was_here_lately(other, track) or self._is_back(other, track)
        ]
        _, number = min(found, default=(math.inf, -1))
        return self._entries[number] if number >= 0 else None

    def _was_here_lately(self, known: Track, new: Track) -> bool:
        silent_us = new.last_seen_us - known.last_seen_us
        return silent_us <= self._rule.within_s * 1e6 and _distance_m(known, new) <= self._rule.within_m

    def _is_back(self, known: Track, new: Track) -> bool:
        """Whether the new track is the known thing again: of its kind, and where it went out of sight."""
        silent_s = (new.last_seen_us - known.last_seen_us) / 1e6
        return (
            known.label == new.label
            and self._rule.within_s < silent_s <= self._rule.back_within_s
            and _distance_m(known, new) <= known.ce90_m + new.ce90_m
        )

    def _refresh(self, entry: _Entry, seen: Observation) -> None:
        incident, track = entry.incident, seen.track
        members = tuple(seen if m.track.id == track.id else m for m in incident.members)
        lead = seen if incident.lead.track.id == track.id else incident.lead
        entry.incident = replace(
            incident,
            members=members,
            lead=lead,
            last_seen_us=track.last_seen_us,
            zone_ids=incident.zone_ids | self._firing(seen),
        )
        before = entry.said.get(track.id)
        if entry.news is None and before is not None and self._has_news(entry, before, seen):
            entry.news = (ChangeKind.MOVED, track.id)

    def _has_news(self, entry: _Entry, before: Observation, now: Observation) -> bool:
        if _side(before) != _side(now) or self._firing(now) - self._firing(before):
            return True
        waited_us = now.track.last_seen_us - entry.said_us
        moved_m = _distance_m(before.track, now.track)
        beyond_error = moved_m > before.track.ce90_m + now.track.ce90_m
        return beyond_error and waited_us >= self._rule.moves_every_s * 1e6

    def _firing(self, seen: Observation) -> frozenset[str]:
        """The rule's zones that hold the thing."""
        return frozenset(
            hit.zone.id
            for hit in seen.hits
            if hit.zone.kind in self._rule.kinds and is_inside(self._rule, hit)
        )

    def _due(self, time_us: int) -> tuple[Change, ...]:
        wait_us = self._rule.news_every_s * 1e6
        due = [e for e in self._entries if e.news is not None and time_us - e.said_us >= wait_us]
        return tuple(self._say(entry, time_us) for entry in due)

    def _say(self, entry: _Entry, time_us: int) -> Change:
        assert entry.news is not None  # noqa: S101 - callers ask for what has news
        kind, track_id = entry.news
        incident = entry.incident
        lead = next((m for m in incident.members if m.track.id == track_id), incident.lead)
        entry.incident = replace(incident, lead=lead, messages=incident.messages + 1)
        entry.said_us, entry.news = time_us, None
        entry.said |= {member.track.id: member for member in incident.members}
        return Change(kind, time_us, entry.incident, incident.present(self._rule.within_s))


def _side(seen: Observation) -> str | None:
    return None if seen.border is None else seen.border.side


def _distance_m(one: Track, other: Track) -> float:
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*plane.east_north_m(other.lat_deg, other.lon_deg))
