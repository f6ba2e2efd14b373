"""The book of incidents: its one owner opens them, lets them grow, and says what changed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.incident import Change, ChangeKind, Incident, Origin, State, incident_id
from droneops.incidents.rules import PresenceRule, Stay, best_hit, fires, stay_after
from droneops.types import Track
from geofences import BorderSide, ZoneHit


@dataclass(frozen=True, slots=True)
class Observation:
    """A track as it is now, the zones that may hold it, and its side of the border."""

    track: Track
    hits: tuple[ZoneHit, ...]
    border: BorderSide | None


@dataclass(slots=True)
class _Entry:
    incident: Incident
    said_us: int
    unsaid: bool = False


class IncidentBook:
    """All incidents of a run. Feed it observations in order of time; it never reads the clock."""

    def __init__(self, rule: PresenceRule, origin: Origin) -> None:
        self._rule = rule
        self._origin = origin
        self._entries: list[_Entry] = []
        self._stays: dict[str, Stay] = {}

    def wants(self, track: Track) -> bool:
        """Whether the rules look for such a thing at all."""
        return self._rule.enabled and track.label in self._rule.labels

    def observe(self, observation: Observation) -> tuple[Change, ...]:
        """What a further sighting of a track changes, in the order in which it should be told."""
        track = observation.track
        if not self.wants(track):
            return ()
        time_us = track.last_seen_us
        entry = self._entry_of(track)
        inside = best_hit(self._rule, observation.hits) is not None
        stay = stay_after(self._rule, self._stays.get(track.id), time_us, inside)
        self._remember(track.id, stay)
        if entry is not None:
            _refresh(entry, observation)
        elif fires(self._rule, stay):
            return self._place(observation)
        return self._news(time_us)

    def finish(self, time_us: int) -> tuple[Change, ...]:
        """What is left to say when the run ends, whatever the wait between messages."""
        return tuple(self._say(entry, time_us) for entry in self._entries if entry.unsaid)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents in the order in which they opened."""
        return tuple(entry.incident for entry in self._entries)

    def _remember(self, track_id: str, stay: Stay | None) -> None:
        if stay is None:
            self._stays.pop(track_id, None)
        else:
            self._stays[track_id] = stay

    def _entry_of(self, track: Track) -> _Entry | None:
        return next((e for e in self._entries if any(t.id == track.id for t in e.incident.tracks)), None)

    def _place(self, observation: Observation) -> tuple[Change, ...]:
        near = next((entry for entry in self._entries if self._joins(entry, observation.track)), None)
        if near is None:
            return self._open(observation)
        incident = near.incident
        near.incident = replace(incident, tracks=(*incident.tracks, observation.track))
        near.unsaid = True
        _refresh(near, observation)
        return self._news(observation.track.last_seen_us)

    def _open(self, observation: Observation) -> tuple[Change, ...]:
        track, rule = observation.track, self._rule
        incident = Incident(
            id=incident_id(self._origin, rule.event, track),
            event=rule.event,
            severity=rule.severity,
            state=State.OPEN,
            rule_id=rule.id,
            rule_version=rule.version,
            onset_us=self._stays[track.id].since_us,
            last_seen_us=track.last_seen_us,
            tracks=(track,),
            hits=observation.hits,
            border=observation.border,
            messages=1,
        )
        self._entries.append(_Entry(incident, said_us=track.last_seen_us))
        return (Change(ChangeKind.OPENED, track.last_seen_us, incident),)

    def _joins(self, entry: _Entry, track: Track) -> bool:
        silent_us = track.last_seen_us - entry.incident.last_seen_us
        if entry.incident.state is not State.OPEN or silent_us > self._rule.within_s * 1e6:
            return False
        return any(_distance_m(track, other) <= self._rule.within_m for other in entry.incident.tracks)

    def _news(self, time_us: int) -> tuple[Change, ...]:
        wait_us = self._rule.news_every_s * 1e6
        due = [e for e in self._entries if e.unsaid and time_us - e.said_us >= wait_us]
        return tuple(self._say(entry, time_us) for entry in due)

    def _say(self, entry: _Entry, time_us: int) -> Change:
        entry.incident = replace(entry.incident, messages=entry.incident.messages + 1)
        entry.said_us, entry.unsaid = time_us, False
        return Change(ChangeKind.GREW, time_us, entry.incident)


def _refresh(entry: _Entry, observation: Observation) -> None:
    incident, track = entry.incident, observation.track
    tracks = tuple(track if known.id == track.id else known for known in incident.tracks)
    entry.incident = replace(incident, tracks=tracks, last_seen_us=track.last_seen_us)
    if incident.tracks[0].id == track.id:
        entry.incident = replace(entry.incident, hits=observation.hits, border=observation.border)


def _distance_m(one: Track, other: Track) -> float:
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*plane.east_north_m(other.lat_deg, other.lon_deg))
