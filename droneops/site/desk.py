"""The desk: reports come in, and what they change is on disk before anybody can send it.

Alerts, the book of incidents as it was after them, and the place in each drone's reports up to which all
has been taken in are stored in one transaction. Whatever instant the process dies at, the next one reads
them back, is given the reports behind that place once more, and says the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import NewAlert, OutboxConflict, PersonsAnswer
from droneops.delivery.routing import AgenciesFor, to_store
from droneops.delivery.say import message_of
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Change, Incident, Origin
from droneops.incidents.observe import observation_of
from droneops.incidents.rule_set import RuleSet
from droneops.second_look.answer import SecondLook
from droneops.site.report import Report
from droneops.types import Pose
from geofences import ZoneIndex

BOOK, TAKEN, HEARD = "book/", "taken", "heard"
CHECKPOINT_US = 1_000_000
"""How much of the reports a restart asks for again at most, when nothing was said meanwhile."""


@dataclass(frozen=True, slots=True)
class Office:
    """What the desk works with. ``agencies_for`` names who takes an event of a severity in these zones.

    ``contexts`` are those of drones whose detector is another than that of ``context``, by drone.

    ``tell`` hears a line of what went wrong with one message and must not stop the others.
    """

    zones: ZoneIndex
    context: Context
    agencies_for: AgenciesFor
    outbox: Outbox
    tell: Callable[[str], None]
    contexts: Mapping[str, Context] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of tracks by id beside what they are: their latest picture, a second model's word."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    second: Mapping[str, SecondLook] = field(default_factory=dict)

    def said_of(self, change: Change) -> SecondLook | None:
        """The second model's word on the thing that a change is about; None where it has said nothing."""
        lead = change.incident.lead
        return None if lead is None else self.second.get(lead.track.id)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a desk stands: the book, the latest report of each drone and the latest answer in it."""

    book: IncidentBook
    taken: Mapping[str, int]
    heard: int = 0


def checkpoint_of(outbox: Outbox, rules: RuleSet, origin: Origin, zones: ZoneIndex) -> Checkpoint:
    """Where the last process stood, as the outbox remembers it; the begin where there was none.

    Raises:
        InputError: it was written by another version, or is damaged.
    """
    taken = outbox.note(TAKEN)
    if taken is None:
        return Checkpoint(IncidentBook(rules, origin, zones), {})

    def part(name: str) -> Any:
        return _parsed(outbox.note(BOOK + name))

    heard = _parsed(outbox.note(HEARD)) or 0
    return Checkpoint(IncidentBook.from_parts(rules, origin, zones, part), _parsed(taken), heard)


class Desk:
    """Takes reports in the order in which they are to count (`droneops.incidents.order`)."""

    def __init__(self, begin: Checkpoint, office: Office) -> None:
        self._book = begin.book
        self._taken = dict(begin.taken)
        self._stored = dict(begin.taken)
        self._heard = begin.heard
        self._office = office
        self._unsaved: list[NewAlert] = []
        self._unsaved_parts: dict[str, bytes | None] = {}
        self._saved_us: int | None = None

    @property
    def taken(self) -> Mapping[str, int]:
        """The latest report of each drone that was taken in, whether or not it is on disk yet."""
        return dict(self._taken)

    @property
    def stored(self) -> Mapping[str, int]:
        """The latest report of each drone of which all that came is on disk."""
        return dict(self._stored)

    @property
    def book(self) -> IncidentBook:
        """The incidents."""
        return self._book

    def take(self, report: Report) -> int:
        """Take a report in; the number of alerts it made. One taken before changes nothing.

        Raises:
            OutputError: its alerts could not be stored. They are kept, and stored before any later one.
        """
        if report.seq <= self._taken.get(report.drone_id, 0):
            return 0
        zones = self._office.zones
        observed = tuple(observation_of(track, zones, report.time_us) for track in report.tracks)
        changes = (
            *self._book.observe(observed, report.time_us, report.blind, report.friends),
            *self._book.tick(report.time_us),
        )
        self._taken[report.drone_id] = report.seq
        return self._tell(changes, report.time_us, report.pose, Known(report.pictures, report.second))

    def hear(self, time_us: int) -> tuple[PersonsAnswer, ...]:
        """Take in what people of the agencies have answered; the answers that were new.

        An incident that somebody has in hand is acknowledged, one that is dismissed raises nothing more.

        Raises:
            OutputError: as with `take`.
        """
        answers = self._office.outbox.answers(self._heard)
        for answer in answers:
            if answer.action == "dismissed":
                self._book.dismiss(answer.incident_id, time_us)
            else:
                self._book.acknowledge(answer.incident_id, time_us)
            self._heard = answer.n
        if answers:
            self.save(time_us)
        return tuple(answers)

    def tell(self, changes: tuple[Change, ...], time_us: int, known: Known | None = None) -> int:
        """Say what no report brought: news that waited for its time, an incident closed by hand or by a new
        version of the zones. ``known`` is what is known of tracks, as with a report.

        Raises:
            OutputError: as with `take`.
        """
        return self._tell(changes, time_us, None, known or Known())

    def save(self, time_us: int) -> None:
        """Put everything on disk now.

        Raises:
            OutputError: it could not be; everything is kept.
        """
        changed = self._book.changed_state()
        self._unsaved_parts |= {
            BOOK + name: None if part is None else _json(part) for name, part in changed.items()
        }
        place = {TAKEN: _json(self._taken), HEARD: _json(self._heard)}
        notes = {**self._unsaved_parts, **place}
        try:
            self._office.outbox.put(self._unsaved, notes=notes)
        except OutboxConflict:
            self._unsaved = [alert for alert in self._unsaved if self._is_storable(alert)]
            self._office.outbox.put(self._unsaved, notes=notes)
        self._unsaved.clear()
        self._unsaved_parts.clear()
        self._saved_us = time_us
        self._stored = dict(self._taken)

    def _tell(self, changes: tuple[Change, ...], time_us: int, pose: Pose | None, known: Known) -> int:
        for change in changes:
            context = self._office.contexts.get(drone_of(change.incident), self._office.context)
            try:
                message = message_of(change, pose, known.pictures.get, context, known.said_of(change))
            except ValueError as error:
                self._office.tell(f"incident {change.incident.id}: its message cannot be made: {error}")
                continue
            self._unsaved.append(to_store(message, self._office.agencies_for))
        if self._unsaved or self._saved_us is None or time_us - self._saved_us >= CHECKPOINT_US:
            self.save(time_us)
        return len(changes)

    def _is_storable(self, alert: NewAlert) -> bool:
        """Store one alert alone. Where its id is taken, what was sent under it stands."""
        try:
            self._office.outbox.put([alert])
        except OutboxConflict as error:
            self._office.tell(error.one_line())
            return False
        return True


def drone_of(incident: Incident) -> str:
    """The drone that saw what the incident's latest message is about."""
    return incident.founder.drone_id if incident.lead is None else incident.lead.track.drone_id


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _parsed(note: bytes | None) -> Any:
    return None if note is None else json.loads(note)
