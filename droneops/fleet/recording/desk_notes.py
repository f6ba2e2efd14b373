"""What the site's desk took in, in its order: reports, time that passed, what people answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from droneops.delivery.outbox.types import PersonsAnswer
from droneops.errors import InputError
from droneops.fleet.recording.in_force import InForce, force_from_record, force_to_record
from droneops.fleet.recording.look_record import to_line
from droneops.fleet.recording.reader import Torn, files_of, read_records
from droneops.fleet.recording.writer import LineWriter

DESK = "desk"
"""The stem of the files."""

FORMAT = "droneops.desk/1"


@dataclass(frozen=True, slots=True)
class Took:
    """A report's turn."""

    drone_id: str
    seq: int
    time_us: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed while nobody reported."""

    time_us: int


@dataclass(frozen=True, slots=True)
class Heard:
    """People answered: pairs of an incident's id and whether it was dismissed."""

    answers: tuple[tuple[str, bool], ...]
    time_us: int


@dataclass(frozen=True, slots=True)
class Began:
    """A site process began: with an empty book of incidents, unless it went on from the one before.

    ``in_force`` is None in recordings of before that was written down.
    """

    site_id: str
    status: str
    run: str
    resumed: bool
    in_force: InForce | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Another site file came into force, between two reports."""

    in_force: InForce
    time_us: int


Note = Took | Ticked | Heard | Began | Changed


class DeskNotes:
    """Writes them down; see `droneops.site.reception.Notes`."""

    def __init__(self, folder: Path, begin: Began, clock_us: Callable[[], int], tell: Callable[[str], None]):
        self._clock_us = clock_us
        self._begin = begin
        self._writer = LineWriter(folder, DESK, self._header, tell)

    def take(self, drone_id: str, seq: int, time_us: int) -> None:
        """A report's turn."""
        self._write({"take": [drone_id, seq, time_us]})

    def tick(self, time_us: int) -> None:
        """Time passed."""
        self._write({"tick": time_us})

    def heard(self, answers: Sequence[PersonsAnswer], time_us: int) -> None:
        """People answered."""
        told = [[answer.incident_id, answer.action == "dismissed"] for answer in answers]
        self._write({"heard": [told, time_us]})

    def changed(self, force: InForce, time_us: int) -> None:
        """Another site file came into force."""
        self._write({"changed": [force_to_record(force), time_us]})
        self._begin = replace(self._begin, in_force=force)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._writer.write(to_line(record), self._clock_us())

    def _header(self) -> bytes:
        begin = self._begin
        # A further file of one process goes on with what the one before held.
        self._begin = replace(begin, resumed=True)
        force = None if begin.in_force is None else force_to_record(begin.in_force)
        return to_line(
            {
                "format": FORMAT,
                "site_id": begin.site_id,
                "status": begin.status,
                "run": begin.run,
                "resumed": begin.resumed,
                "in_force": force,
            }
        )


def read_notes(folder: Path, torn: Torn, *, about: bytes = b"") -> Iterator[Note]:
    """The notes of a folder, in order; with ``about`` only those whose line holds that.

    Raises:
        InputError: a file cannot be read, or is no such recording.
    """
    for path in files_of(folder, DESK):
        for number, record in read_records(path, torn, about):
            yield _note(record, f"{path}, line {number}")


def _note(record: dict[str, Any], where: str) -> Note:
    try:
        if "take" in record:
            return Took(*record["take"])
        if "tick" in record:
            return Ticked(int(record["tick"]))
        if "heard" in record:
            answers, time_us = record["heard"]
            return Heard(tuple((str(name), bool(dismissed)) for name, dismissed in answers), time_us)
        if "changed" in record:
            told, time_us = record["changed"]
            return Changed(force_from_record(told), int(time_us))
        return _began(record)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"no note of a desk: {error!r}", where=where) from None


def _began(record: dict[str, Any]) -> Began:
    if record["format"] != FORMAT:
        raise ValueError(record["format"])
    told = record.get("in_force")
    force = None if told is None else force_from_record(told)
    return Began(record["site_id"], record["status"], record["run"], record["resumed"], force)


def forces_in(folder: Path) -> tuple[InForce, ...]:
    """All that was in force in a recording, in order; lines that tell of nothing else are not parsed.

    Raises:
        InputError: a file cannot be read, or is no such recording.
    """
    notes = (note for note in read_notes(folder, Torn(), about=b'"zones_sha256"'))
    return tuple(
        f for note in notes if isinstance(note, Began | Changed) and (f := note.in_force) is not None
    )
