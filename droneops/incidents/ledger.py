"""The life of incidents: findings open them, join them, raise them, show that two are one; time ends them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from droneops.incidents.closing import closed_by_time, closed_by_zones, is_outlived, over
from droneops.incidents.entry import Entry, News, ended, joined, refreshed, spoken, without, zones_first
from droneops.incidents.finding import Finding
from droneops.incidents.grade import LOGGING, family_of, grade
from droneops.incidents.incident import (
    Change,
    ChangeKind,
    EndReason,
    Founder,
    Incident,
    Observation,
    Origin,
    State,
    incident_id,
)
from droneops.incidents.life import Life
from droneops.incidents.merging import given_up, is_claim_of, is_raised, merged, raised_by_finding
from droneops.incidents.near import gap_m
from droneops.incidents.said import said_of
from droneops.incidents.shelf import Shelf
from droneops.types import Track, TrackState

Changes = tuple[Change, ...]


class Ledger:
    """Knows no rules and no zones: findings and sightings go in, in order of time, and changes come out."""

    def __init__(self, origin: Origin, life: Life, shelf: Shelf | None = None) -> None:
        self._origin = origin
        self._life = life
        self._shelf = Shelf() if shelf is None else shelf

    @property
    def shelf(self) -> Shelf:
        """The incidents."""
        return self._shelf

    def see(self, seen: Sequence[Observation]) -> None:
        """Take in further sightings of things that incidents hold."""
        for item in seen:
            for entry in self._shelf.owners(item.track.id):
                after = refreshed(entry, item, self._life)
                self._shelf.put(replace(after, news=None) if entry.is_hushed else after)

    def take(self, findings: Sequence[Finding], seen: Sequence[Observation], time_us: int) -> Changes:
        """What fired findings of a look at ``seen`` change, the gravest first.

        One that rests on a thing which is not believed, or only on what is remembered, changes nothing.
        """
        now = {item.track.id for item in seen}
        fresh = [finding for finding in findings if _is_believed(finding) and _is_fresh(finding, now)]
        changes: list[Change] = []
        for finding in sorted(fresh, key=_gravest_first):
            changes += self._place(finding, time_us)
        return tuple(changes)

    def say(self, time_us: int, wait: bool = True) -> Changes:
        """What may be said by now; without ``wait`` all that there is."""
        wait_us = self._life.news_every_s * 1e6 if wait else -math.inf
        return tuple(
            self._say(entry, entry.news, time_us)
            for entry in self._shelf
            if entry.news is not None and time_us - entry.said_us >= wait_us
        )

    def close_outlived(self, time_us: int) -> Changes:
        """The closing of all incidents of which nothing was seen for too long."""
        for entry in self._shelf:
            if entry.is_hushed and is_outlived(entry.incident, time_us, self._life):
                self._shelf.put(replace(entry, is_hushed=False))
        return self._close(lambda incident: closed_by_time(incident, time_us, self._life), time_us)

    def close_zones(self, zone_ids: frozenset[str], time_us: int) -> Changes:
        """The closing of all incidents that only these zones held."""
        return self._close(lambda incident: closed_by_zones(incident, zone_ids, time_us), time_us)

    def acknowledge(self, incident: str) -> None:
        """Somebody has it in hand; nothing is said. One that is over, or unknown, stays as it is."""
        entry = self._shelf.get(incident)
        if entry is not None and not entry.incident.is_over:
            self._shelf.put(replace(entry, incident=replace(entry.incident, state=State.ACKNOWLEDGED)))

    def dismiss(self, incident: str, time_us: int) -> None:
        """A person says that it is nothing: it is closed without a message, and keeps its things."""
        entry = self._shelf.get(incident)
        if entry is not None and not entry.incident.is_over:
            closed = replace(entry.incident, state=State.CLOSED)
            hushed = replace(entry, incident=closed, said_us=time_us, said={}, news=None, is_hushed=True)
            self._shelf.put(hushed)

    def cancel(self, incident: str, time_us: int, replaced_by: str | None = None) -> Changes:
        """Withdraw an incident: its things raise nothing more, or are the other's that replaces it."""
        entry = self._shelf.get(incident)
        if entry is None or entry.incident.is_over:
            return ()
        survivor = None if replaced_by is None else self._shelf.get(replaced_by)
        if survivor is not None and not survivor.incident.is_over and survivor is not entry:
            return self._unite(survivor, [entry], None, time_us)
        change = over(entry.incident, EndReason.BY_HAND, time_us, replaced_by)
        self._shelf.put(replace(ended(entry, change), is_hushed=True))
        return (change,)

    def _close(self, closing: Callable[[Incident], Change | None], time_us: int) -> Changes:
        changes: list[Change] = []
        for entry in self._shelf:
            change = closing(entry.incident)
            if change is not None:
                self._shelf.put(ended(entry, change))
                changes.append(change)
        if changes:
            self._shelf.forget(self._origin, time_us, self._life.most_over)
        return tuple(changes)

    def _place(self, finding: Finding, time_us: int) -> Changes:
        held = self._holding(finding)
        live = [entry for entry in held if not entry.is_hushed]
        hushed = [entry for entry in held if entry.is_hushed]
        near = None if held else self._nearest(finding)
        if near is not None:
            (hushed if near.is_hushed else live).append(near)
        gravest = max(hushed, key=lambda entry: grade(entry.incident.severity), default=None)
        is_told = live or gravest is None or grade(finding.severity) > grade(gravest.incident.severity)
        for entry in hushed:
            if is_told or entry is not gravest:
                self._shelf.put(without(entry, frozenset(_names(finding))))
        if gravest is not None and not is_told:
            self._absorb(gravest, finding, time_us)
            return ()
        if not live:
            return (self._open(finding, time_us),)
        return self._unite(live[0], live[1:], finding, time_us)

    def _holding(self, finding: Finding) -> list[Entry]:
        """The incidents of its family that hold its things, or that it is news of, in order of opening."""
        family = family_of(finding.event)
        owners = [self._shelf.owner(name, family) for name in _names(finding)]
        target = None if finding.updates is None else self._shelf.get(finding.updates)
        if target is not None and not target.incident.is_over and _family(target) == family:
            owners.append(target)
        held = {entry.incident.id for entry in owners if entry is not None}
        return [entry for entry in self._shelf if entry.incident.id in held] if held else []

    def _nearest(self, finding: Finding) -> Entry | None:
        """The incident one of whose things was near lately, or went out of sight right here."""
        family = family_of(finding.event)
        tracks = [thing.track for thing in finding.things]
        found = [
            (gap, number, entry)
            for number, entry in enumerate(self._shelf)
            if entry.holds_things and _family(entry) == family
            for gap in self._gaps_m(entry, tracks)
        ]
        return min(found, key=lambda row: row[:2])[2] if found else None

    def _gaps_m(self, entry: Entry, tracks: Sequence[Track]) -> list[float]:
        gaps = [gap_m(known, new, self._life) for known in entry.incident.tracks for new in tracks]
        return [gap for gap in gaps if gap is not None]

    def _open(self, finding: Finding, time_us: int) -> Change:
        lead = finding.things[0] if finding.things else None
        founder = self._shelf.founder(_founder(finding), self._origin, time_us)
        incident = Incident(
            id=incident_id(self._origin, founder),
            event=finding.event,
            severity=finding.severity,
            state=State.OPEN,
            rule_id=finding.rule_id,
            rule_version=finding.rule_version,
            onset_us=finding.since_us,
            last_seen_us=_last_seen_us(finding, time_us),
            members=finding.things,
            lead=zones_first(lead, finding.zone_ids),
            zone_ids=finding.zone_ids,
            messages=1,
            founder=founder,
            rule_ids=frozenset({finding.rule_id}),
        )
        said = {thing.track.id: said_of(thing, self._life) for thing in finding.things}
        self._shelf.put(Entry(incident, time_us, said))
        present = incident.present(self._life.within_s)
        return Change(ChangeKind.OPENED, time_us, incident, present, finding.conditions)

    def _unite(
        self, survivor: Entry, others: Sequence[Entry], finding: Finding | None, time_us: int
    ) -> Changes:
        """The oldest of the incidents that a finding is about goes on with everything."""
        after = merged(survivor, others, self._life)
        lost = [given_up(other, survivor.incident, time_us) for other in others]
        for entry, _ in lost:
            self._shelf.put(entry)
        if finding is not None:
            after = raised_by_finding(self._grown(after, finding, time_us), finding)
        changes: list[Change] = []
        if is_raised(survivor.incident, after.incident):
            claimant = next((other for other in others if is_claim_of(other, after)), survivor)
            changes.append(self._say(after, _raising(after, claimant, finding), time_us))
        else:
            self._shelf.put(after)
        return (*changes, *(change for _, change in lost))

    def _grown(self, entry: Entry, finding: Finding, time_us: int) -> Entry:
        last_seen_us = max(entry.incident.last_seen_us, _last_seen_us(finding, time_us))
        entry = replace(entry, incident=replace(entry.incident, last_seen_us=last_seen_us))
        return joined(entry, finding.things, self._life, finding.conditions)

    def _absorb(self, entry: Entry, finding: Finding, time_us: int) -> None:
        self._shelf.put(replace(self._grown(entry, finding, time_us), news=None, said={}))

    def _say(self, entry: Entry, news: News, time_us: int) -> Change:
        entry, change = spoken(entry, news, time_us, self._life)
        self._shelf.put(entry)
        return change


def _raising(entry: Entry, claimant: Entry, finding: Finding | None) -> News:
    """The news that an incident is graver: of the thing that the finding is about, if that is why."""
    if finding is not None and finding.things and finding.rule_id == entry.incident.rule_id:
        return News(ChangeKind.RAISED, finding.things[0].track.id, finding.conditions)
    lead = claimant.incident.lead
    return News(ChangeKind.RAISED, "" if lead is None else lead.track.id)


def _founder(finding: Finding) -> Founder:
    if finding.things:
        return Founder.of(finding.event, finding.things[0].track)
    return Founder(finding.event, finding.drone_id, finding.since_us)


def _names(finding: Finding) -> tuple[str, ...]:
    """What an incident would hold because of a finding: things, or a blind drone."""
    return tuple(thing.track.id for thing in finding.things) or (finding.drone_id,)


def _family(entry: Entry) -> str:
    return family_of(entry.incident.founder.event)


def _last_seen_us(finding: Finding, time_us: int) -> int:
    return max((thing.track.last_seen_us for thing in finding.things), default=time_us)


def _is_believed(finding: Finding) -> bool:
    return all(thing.track.state is not TrackState.TENTATIVE for thing in finding.things)


def _is_fresh(finding: Finding, now: set[str]) -> bool:
    return not finding.things or any(thing.track.id in now for thing in finding.things)


def _gravest_first(finding: Finding) -> tuple[int, int]:
    telling = LOGGING.index(finding.event) if finding.event in LOGGING else 0
    return -grade(finding.severity), -telling
