"""A replay of what a site recorded as consumed: looks go through tracking, rules and words once more.

Nothing is decoded, detected or located anew. Rules and zones are those of the site file given, so that one
may also ask what other rules would have said.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from droneops.delivery.compose import Context
from droneops.delivery.routing import Message
from droneops.delivery.say import message_of
from droneops.errors import InputError
from droneops.fleet.recording.again import Again, again
from droneops.fleet.recording.desk_notes import DESK, Began, Changed, Heard, Note, Ticked, Took, read_notes
from droneops.fleet.recording.in_force import InForce
from droneops.fleet.recording.reader import LOOKS, Torn, files_of, read_looks
from droneops.fleet.recording.session import Session
from droneops.incidents.book import IncidentBook
from droneops.incidents.finding import Finding
from droneops.incidents.incident import Change, Origin, incident_id
from droneops.incidents.observe import observation_of
from droneops.incidents.rule_set import RuleSet
from droneops.replay.recorded_rows import recorded_sighting_lines
from droneops.second_look.answer import SecondLook
from droneops.site.desk import Known, drone_of
from droneops.site.kept_by_track import KeptByTrack
from droneops.types import Pose
from geofences import ZoneIndex

SITE_FOLDER = "site"
"""Where, beside the drones' folders, the desk's notes lie."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A folder of recordings: the drones' folders by drone, and that of the desk's notes."""

    folder: Path
    drones: Mapping[str, Path]
    site: Path

    def sha256(self) -> str:
        """The digest of all its files, in order."""
        digest = hashlib.sha256()
        files = [file for folder in self.drones.values() for file in files_of(folder, LOOKS)]
        for path in (*files, *files_of(self.site, DESK)):
            digest.update(path.name.encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()


def recording_in(folder: Path) -> Recording:
    """The recording that a folder holds.

    Raises:
        InputError: it holds none.
    """
    inner = {child.name: child / LOOKS for child in sorted(folder.iterdir()) if child.is_dir()}
    drones = {name: looks for name, looks in inner.items() if files_of(looks, LOOKS)}
    if not drones or not files_of(folder / SITE_FOLDER, DESK):
        raise InputError(
            f"no recording: {SITE_FOLDER}/{DESK}-*.jsonl and <drone>/{LOOKS}/{LOOKS}-*.jsonl are due",
            where=str(folder),
            mend="give the recordings folder of the site's data_dir, or a flight log",
        )
    return Recording(folder, drones, folder / SITE_FOLDER)


def _the_same(_: InForce) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Judging:
    """What reports are judged with. ``new_book`` makes an empty book, ``context_of`` the words' context.

    ``by`` gives what was in force then; None: these judge all of it. ``rules`` are those of the book.
    """

    zones: ZoneIndex
    origin: Origin
    new_book: Callable[[], IncidentBook]
    context_of: Callable[[Session], Context]
    rules: RuleSet = RuleSet()  # noqa: RUF009 - a frozen value
    by: Callable[[InForce], Judging | None] = _the_same


@dataclass(slots=True)
class Gone:
    """What went by; grows while a recording is replayed. ``notes`` counts the desk's notes by kind."""

    messages: list[Message] = field(default_factory=list)
    sightings: list[bytes] = field(default_factory=list)
    looks: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    began_in_the_middle: bool = False


class RecordedDesk:
    """Takes a recording's notes in order and does what the site's desk did."""

    def __init__(self, judging: Judging, looks: Mapping[str, Iterator[Again]]) -> None:
        self._judging, self._by, self._looks = judging, judging.by, looks
        self._taken: dict[str, int] = {}
        self._ahead: dict[str, Again] = {}
        self._pictures, self._second = KeptByTrack[bytes](), KeptByTrack[SecondLook]()
        self._live = judging.origin
        self._sessions: dict[str, Session] = {}
        self._parts: dict[str, Any] = {}
        self._traces: list[IncidentBook] = []
        self.book = judging.new_book()
        self.gone = Gone()

    @property
    def fired(self) -> tuple[Finding, ...]:
        """What each rule first said of each thing, in all books that there were."""
        return tuple(finding for book in (*self._traces, self.book) for finding in book.fired)

    @property
    def near_misses(self) -> tuple[Finding, ...]:
        """What almost fired, in all books that there were."""
        return tuple(finding for book in (*self._traces, self.book) for finding in book.near_misses)

    def follow(self, note: Note) -> None:
        """Do what a note says."""
        self.gone.notes[type(note).__name__.lower()] += 1
        match note:
            case Began():
                self._begin(note)
            case Took():
                self._take(note)
            case Ticked():
                self._say(self.book.tick(note.time_us), None)
            case Heard():
                self._hear(note)
            case Changed():
                self._change(note)

    def _begin(self, note: Began) -> None:
        is_first = not self.gone.notes["took"] and not self.gone.notes["ticked"]
        self.gone.began_in_the_middle |= is_first and note.resumed
        self._live = Origin(note.site_id, note.status, note.run)
        # A process begins without what the one before it knew of tracks.
        self._pictures, self._second = KeptByTrack[bytes](), KeptByTrack[SecondLook]()
        judging = None if note.in_force is None else self._by(note.in_force)
        if not note.resumed:
            self._judging = judging or self._judging
            self._parts = {}
            self.book = self._judging.new_book()
        elif judging is not None and judging is not self._judging:
            # As a site that starts with another file does.
            self._judging = judging
            self._reopen(judging.rules, judging.zones)

    def _change(self, note: Changed) -> None:
        """As `droneops.site.live_parts.changed` does."""
        judging = self._by(note.in_force)
        if judging is None or judging is self._judging:
            return
        before, self._judging = self._judging, judging
        self._reopen(judging.rules, before.zones)
        self._say(self.book.with_zones(judging.zones, note.time_us), None)
        self._reopen(judging.rules, judging.zones)

    def _reopen(self, rules: RuleSet, zones: ZoneIndex) -> None:
        """Go on with the book as a process reads it back from disk."""
        for name, part in self.book.changed_state().items():
            self._parts[name] = None if part is None else json.loads(json.dumps(part))
        self._traces.append(self.book)
        self.book = IncidentBook.from_parts(rules, self._judging.origin, zones, self._parts.get)

    def _take(self, note: Took) -> None:
        # A site that died took some reports twice; what came of the first time was never said.
        if note.seq <= self._taken.get(note.drone_id, 0):
            return
        found = self._next(note)
        if found is None:
            self.gone.missing += 1
            return
        self._taken[note.drone_id] = note.seq
        self._sessions[note.drone_id] = found.session
        self.gone.looks[note.drone_id] += 1
        self.gone.sightings.append(recorded_sighting_lines(found, self._judging.zones))
        self._pictures.add(found.report.pictures)
        self._second.add(found.report.second)
        report = found.report
        zones = self._judging.zones
        observed = tuple(observation_of(track, zones, report.time_us) for track in report.tracks)
        changes = (
            *self.book.observe(observed, report.time_us, report.blind, report.friends),
            *self.book.tick(report.time_us),
        )
        self._say(changes, report.pose)

    def _next(self, note: Took) -> Again | None:
        """The look with the note's number; what lies before it was never taken."""
        ahead = self._ahead.pop(note.drone_id, None)
        rest = self._looks.get(note.drone_id, iter(()))
        for found in rest if ahead is None else chain((ahead,), rest):
            if found.look.seq == note.seq:
                return found
            if found.look.seq > note.seq:
                self._ahead[note.drone_id] = found
                break
        return None

    def _hear(self, note: Heard) -> None:
        ours = {incident_id(self._live, incident.founder): incident.id for incident in self.book.incidents}
        for live_id, is_dismissed in note.answers:
            own = ours.get(live_id)
            if own is None:
                self.gone.missing += 1
            elif is_dismissed:
                self.book.dismiss(own, note.time_us)
            else:
                self.book.acknowledge(own, note.time_us)

    def _say(self, changes: tuple[Change, ...], pose: Pose | None) -> None:
        known = Known(self._pictures.by_track, self._second.by_track)
        for change in changes:
            session = self._sessions.get(drone_of(change.incident))
            if session is None:
                # An incident of a drone none of whose looks is recorded: nobody can say what saw it.
                self.gone.missing += 1
                continue
            context = self._judging.context_of(session)
            said = message_of(change, pose, known.pictures.get, context, known.said_of(change))
            self.gone.messages.append(said)


def replay_recording(
    recording: Recording, judging: Judging, torn: Torn, tell: Callable[[float], None]
) -> RecordedDesk:
    """Follow all notes of a recording; ``tell`` hears how far it is, from 0 to 1.

    Raises:
        InputError: a file is no recording, or cannot be read.
    """
    looks = {drone: again(read_looks(folder, torn)) for drone, folder in recording.drones.items()}
    desk = RecordedDesk(judging, looks)
    total = sum(path.stat().st_size for path in files_of(recording.site, DESK)) or 1
    for number, note in enumerate(read_notes(recording.site, torn)):
        desk.follow(note)
        if number % 500 == 0:
            # A note takes some 40 bytes.
            tell(min(40.0 * number / total, 1.0))
    return desk
