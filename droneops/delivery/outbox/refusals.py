"""Counts what was refused: a flood of bad receipts must swell neither the journal nor the file."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from droneops.delivery.outbox import journal_table

MAX_KINDS = 256
"""Different (agency, reason) kept apart; agencies are a dozen, reasons too."""

MAX_LETTERS = 120
OTHERS = "(others)"


@dataclass(slots=True)
class Count:
    """How often one agency was refused for one reason; ``written`` is what the file says."""

    count: int
    written: int
    first_us: int
    last_us: int
    last_sha256: str


class Refusals:
    """The counts of this process. Not thread-safe."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Count] = {}

    def add(self, agency: str, reason: str, raw_sha256: str, now_us: int) -> tuple[str, str] | None:
        """Count one; its kind if it is the first, second, fourth, eighth ... and so to be written."""
        kind = (agency[:MAX_LETTERS], reason[:MAX_LETTERS])
        if kind not in self._counts and len(self._counts) >= MAX_KINDS:
            kind = (OTHERS, OTHERS)
        found = self._counts.setdefault(kind, Count(0, 0, now_us, now_us, raw_sha256))
        found.count += 1
        found.last_us, found.last_sha256 = now_us, raw_sha256
        return kind if found.count & (found.count - 1) == 0 else None

    def take(self, kind: tuple[str, str]) -> Count:
        """The counts of a kind since they were taken last; from now on they are written."""
        found = self._counts[kind]
        taken = Count(
            found.count - found.written, found.written, found.first_us, found.last_us, found.last_sha256
        )
        found.written = found.count
        return taken

    def unwritten(self) -> list[tuple[str, str]]:
        """The kinds of which the file does not know all."""
        return [kind for kind, found in self._counts.items() if found.count > found.written]


def write(db: sqlite3.Connection, kind: tuple[str, str], more: Count) -> None:
    """Add counts to the file, and one entry to the journal."""
    row = (*kind, more.count, more.first_us, more.last_us, more.last_sha256)
    db.execute(
        "INSERT INTO refusal VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (agency, reason) DO UPDATE SET"
        " count = count + excluded.count, last_us = excluded.last_us, last_sha256 = excluded.last_sha256",
        row,
    )
    agency, reason = kind
    (count,) = db.execute("SELECT count FROM refusal WHERE agency = ? AND reason = ?", kind).fetchone()
    body = {"agency": agency, "reason": reason, "count": count, "raw_sha256": more.last_sha256}
    journal_table.append(db, more.last_us, "refused", body)
