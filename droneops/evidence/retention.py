"""What may go, and in which order: recordings that raised no incident first, evidence only after its days.

`plan` is pure; `apply` writes a tombstone (name and sha256) into the journal before each file is deleted, so
that a missing file can be told from one that was made away with.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from droneops.errors import InputError
from droneops.evidence.bundle import Append, sync_folder

DAY_US = 86_400_000_000
AROUND_US = 30_000_000
"""What an incident holds begins and ends this long before and after it: its bundle reaches as far."""

LONGEST_SILENCE_US = 31 * DAY_US
"""A clock further ahead of the newest recording is not believed: no wrong one may delete anything.
A site that rested longer begins to clear up with its first new recording."""


class Kind(StrEnum):
    """What is kept, each for its own days."""

    SIGHTINGS = "sightings"
    VIDEO = "video"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file, its name from the data folder on, and the time it covers; ``incident_id`` for evidence."""

    name: str
    kind: Kind
    bytes: int
    from_us: int
    to_us: int
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """An incident: it holds what was recorded around it."""

    incident_id: str
    onset_us: int
    last_seen_us: int


@dataclass(frozen=True, slots=True)
class Days:
    """How long each kind is kept, in days ([retention] in the site file)."""

    sightings: float = 7
    video: float = 7
    incidents: float = 3650


@dataclass(frozen=True, slots=True)
class Removal:
    """A file that may go, and why: age, or space where the disk is full."""

    kept: Kept
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes, in order; ``missing_bytes`` of what was asked for cannot be had: incidents hold it."""

    removals: tuple[Removal, ...]
    missing_bytes: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done; ``left`` are files that could not be deleted, with the reason."""

    removed: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def plan(kept: Sequence[Kept], holds: Sequence[Hold], days: Days, now_us: int, need_bytes: int = 0) -> Plan:
    """What may go now: by age, and, where that does not free ``need_bytes``, what no incident holds.

    Under pressure video goes before sightings, which are a thousandth of its size, the oldest first. What an
    incident holds, and its evidence, stay for their days however full the disk is.
    """
    now_us = _believed_now(kept, now_us)
    lasting = [hold for hold in holds if now_us - hold.last_seen_us < days.incidents * DAY_US]
    free = [item for item in kept if item.kind is Kind.INCIDENT or not _is_held(item, lasting)]
    aged = sorted((item for item in free if _is_aged(item, days, now_us)), key=_oldest)
    removals = [Removal(item, "age") for item in aged]
    freed = sum(item.bytes for item in aged)
    gone = set(aged)
    for item in sorted((item for item in free if item.kind is not Kind.INCIDENT), key=_cheapest):
        if freed >= need_bytes:
            break
        if item not in gone:
            removals.append(Removal(item, "space"))
            freed += item.bytes
    return Plan(tuple(removals), max(need_bytes - freed, 0))


def apply(planned: Iterable[Removal], folder: Path, append: Append) -> Applied:
    """Delete what was planned, each after its tombstone is in the journal.

    A file that is gone already is passed over.

    Raises:
        OutputError: the journal takes no tombstone; nothing more is deleted.
    """
    removed: list[str] = []
    left: list[tuple[str, str]] = []
    for removal in planned:
        try:
            path = _inside(folder, removal.kept.name)
            size, sha256 = _digest(path)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            left.append((removal.kept.name, str(error)))
            continue
        append("tombstone", _tombstone(removal, size, sha256))
        try:
            path.unlink()
            sync_folder(path.parent)
            removed.append(removal.kept.name)
        except OSError as error:
            left.append((removal.kept.name, str(error)))
    return Applied(tuple(removed), tuple(left))


def look_at(path: Path, by: str, why: str, append: Append) -> bytes:
    """A piece of evidence, handed out only after the journal has who looked, why, and at which bytes.

    Raises:
        InputError: it cannot be read; that somebody tried is not recorded.
        OutputError: the journal does not take it; nothing is handed out.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    digest = hashlib.sha256(raw).hexdigest()
    append("evidence_seen", {"name": path.name, "sha256": digest, "by": by[:200], "why": why[:500]})
    return raw


def _believed_now(kept: Sequence[Kept], now_us: int) -> int:
    newest_us = max((item.to_us for item in kept), default=now_us)
    return min(now_us, newest_us + LONGEST_SILENCE_US)


def _is_held(item: Kept, holds: Sequence[Hold]) -> bool:
    return any(
        item.from_us <= hold.last_seen_us + AROUND_US and item.to_us >= hold.onset_us - AROUND_US
        for hold in holds
    )


def _is_aged(item: Kept, days: Days, now_us: int) -> bool:
    limit = {Kind.SIGHTINGS: days.sightings, Kind.VIDEO: days.video, Kind.INCIDENT: days.incidents}
    return now_us - item.to_us >= limit[item.kind] * DAY_US


def _oldest(item: Kept) -> tuple[bool, int, str]:
    return item.kind is Kind.INCIDENT, item.to_us, item.name


def _cheapest(item: Kept) -> tuple[bool, int, str]:
    return item.kind is Kind.SIGHTINGS, item.to_us, item.name


def _inside(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        raise ValueError("is not a name inside the data folder")
    path = folder.joinpath(*parts)
    if path.parent.resolve() != folder.resolve().joinpath(*parts[:-1]):
        raise ValueError("lies behind a symbolic link")
    return path


def _digest(path: Path) -> tuple[int, str]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is not a plain file")
        return status.st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _tombstone(removal: Removal, size: int, sha256: str) -> dict[str, object]:
    kept = removal.kept
    return {
        "name": kept.name,
        "kind": str(kept.kind),
        "incident_id": kept.incident_id,
        "bytes": size,
        "sha256": sha256,
        "why": removal.why,
    }
