"""The journal in the outbox's file: appended to in the same transaction as what it tells of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from droneops.evidence.journal import GENESIS, Head, next_line


def head(db: sqlite3.Connection) -> Head:
    """Number and sha256 of the last entry."""
    row = db.execute("SELECT n, sha256 FROM journal ORDER BY n DESC LIMIT 1").fetchone()
    return GENESIS if row is None else (int(row[0]), str(row[1]))


def append(db: sqlite3.Connection, at_us: int, kind: str, body: Mapping[str, Any]) -> Head:
    """Add an entry; the new head.

    Raises:
        ValueError: a kind or body that the journal does not take.
    """
    entry, line = next_line(head(db), at_us, kind, body)
    db.execute("INSERT INTO journal VALUES (?, ?, ?)", (entry.n, entry.sha256, line))
    return entry.head


def lines(db: sqlite3.Connection, after: int, limit: int) -> Iterator[tuple[int, bytes]]:
    """Entries in order from the one after ``after``: number and line."""
    yield from db.execute("SELECT n, line FROM journal WHERE n > ? ORDER BY n LIMIT ?", (after, limit))
