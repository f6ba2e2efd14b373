"""A replay of what a site recorded as consumed: looks go through tracking, rules and words once more.

Nothing is decoded, detected or located anew. Rules and zones are those of the site file given, so that one
may also ask what other rules would have said.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from droneops.delivery.compose import Context
from droneops.delivery.routing import Message
from droneops.delivery.say import message_of
from droneops.errors import InputError
from droneops.fleet.recording.again import Again, again
from droneops.fleet.recording.desk_notes import DESK, Began, Heard, Note, Ticked, Took, read_notes
from droneops.fleet.recording.reader import LOOKS, Torn, files_of, read_looks
from droneops.fleet.recording.session import Session
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Change, Origin, incident_id
from droneops.incidents.observe import observation_of
from droneops.replay.recorded_rows import recorded_sighting_lines
from droneops.site.desk import drone_of
from droneops.site.kept_pictures import KeptPictures
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


@dataclass(frozen=True, slots=True)
class Judging:
    """What reports are judged with. ``new_book`` makes an empty book, ``context_of`` the words' context."""

    zones: ZoneIndex
    origin: Origin
    new_book: Callable[[], IncidentBook]
    context_of: Callable[[Session], Context]


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
        self._judging, self._looks = judging, looks
        self._taken: dict[str, int] = {}
        self._ahead: dict[str, Again] = {}
        self._pictures = KeptPictures()
        self._live = judging.origin
        self._contexts: dict[str, Context] = {}
        self.book = judging.new_book()
        self.gone = Gone()

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

    def _begin(self, note: Began) -> None:
        is_first = not self.gone.notes["took"] and not self.gone.notes["ticked"]
        self.gone.began_in_the_middle |= is_first and note.resumed
        self._live = Origin(note.site_id, note.status, note.run)
        # A process begins without the pictures of the one before it.
        self._pictures = KeptPictures()
        if not note.resumed:
            self.book = self._judging.new_book()

    def _take(self, note: Took) -> None:
        # A site that died took some reports twice; what came of the first time was never said.
        if note.seq <= self._taken.get(note.drone_id, 0):
            return
        found = self._next(note)
        if found is None:
            self.gone.missing += 1
            return
        self._taken[note.drone_id] = note.seq
        self._contexts[note.drone_id] = self._judging.context_of(found.session)
        self.gone.looks[note.drone_id] += 1
        self.gone.sightings.append(recorded_sighting_lines(found, self._judging.zones))
        self._pictures.add(found.report.pictures)
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
        for change in changes:
            context = self._contexts.get(drone_of(change.incident))
            if context is None:
                # An incident of a drone none of whose looks is recorded: nobody can say what saw it.
                self.gone.missing += 1
                continue
            self.gone.messages.append(message_of(change, pose, self._pictures.by_track.get, context))


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
