"""Reads what was written down, line by line; a line that was cut off is counted and gone past."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droneops.errors import InputError
from droneops.fleet.recording.look_record import MOST_LINE_BYTES, LookRecord, look_from_record
from droneops.fleet.recording.session import Session, session_from_record
from droneops.fleet.recording.writer import SUFFIX

LOOKS = "looks"
"""The stem of the files that hold looks."""


@dataclass(slots=True)
class Torn:
    """How many lines could not be read; grows while they are."""

    lines: int = 0


def read_looks(folder: Path, torn: Torn, *, since_us: int | None = None) -> Iterator[Session | LookRecord]:
    """The looks of a drone's folder in the order in which they were made, each file's session before them.

    ``since_us`` leaves out files whose last line was written before.

    Raises:
        InputError: a file cannot be read, or is no recording of looks.
    """
    for path in files_of(folder, LOOKS):
        if since_us is None or path.stat().st_mtime_ns // 1000 >= since_us:
            yield from _looks(path, torn)


def files_of(folder: Path, stem: str) -> list[Path]:
    """The files of a kind, the oldest first."""
    return sorted(folder.glob(f"{stem}-*{SUFFIX}"))


def read_records(path: Path, torn: Torn, about: bytes = b"") -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a file that hold an object, each with its number; with ``about`` those that hold it.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MOST_LINE_BYTES):
                number += 1
                if about not in line:
                    continue
                record = parsed(line)
                if record is None:
                    torn.lines += line != b"\n"
                else:
                    yield number, record
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _looks(path: Path, torn: Torn) -> Iterator[Session | LookRecord]:
    is_first = True
    for number, record in read_records(path, torn):
        if is_first:
            yield session_from_record(record, str(path))
            is_first = False
        else:
            yield look_from_record(record, f"{path}, line {number}")


def parsed(line: bytes) -> dict[str, Any] | None:
    """The object that a line holds; None where it is cut off or damaged."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
