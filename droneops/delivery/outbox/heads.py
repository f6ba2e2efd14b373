"""Keeps, for each (incident, agency), the one message that may go next."""

from __future__ import annotations

import sqlite3

_LOWEST = """
SELECT key, ready, priority FROM delivery INDEXED BY delivery_unsent
WHERE incident_id = ? AND agency = ? AND unsent = 1 ORDER BY sequence LIMIT 2
"""
_GRAVEST = """
SELECT min(gravity) FROM delivery INDEXED BY delivery_gravest
WHERE incident_id = ? AND agency = ? AND unsent = 1
"""


def set_head(db: sqlite3.Connection, incident_id: str, agency: str) -> None:
    """Make the lowest unsent sequence the one that is ready, as urgent as the gravest behind it.

    To be called after each single row that began or ceased to wait: then the former head is among the lowest
    two.
    """
    lowest = db.execute(_LOWEST, (incident_id, agency)).fetchall()
    if not lowest:
        return
    (priority,) = db.execute(_GRAVEST, (incident_id, agency)).fetchone()
    (key, ready, urgent), *behind = lowest
    if not ready or urgent != priority:
        db.execute("UPDATE delivery SET ready = 1, priority = ? WHERE key = ?", (priority, key))
    for other, was_ready, _ in behind:
        if was_ready:
            db.execute("UPDATE delivery SET ready = 0, priority = NULL WHERE key = ?", (other,))


def stop_waiting(db: sqlite3.Connection, key: int) -> None:
    """This delivery is not to be sent any more, at least for now; the next of its incident moves up."""
    row = db.execute("SELECT incident_id, agency, unsent FROM delivery WHERE key = ?", (key,)).fetchone()
    cleared = (
        "UPDATE delivery SET unsent = 0, ready = 0, priority = NULL, next_repeat_us = NULL WHERE key = ?"
    )
    db.execute(cleared, (key,))
    if row[2]:
        set_head(db, row[0], row[1])


def start_waiting(db: sqlite3.Connection, key: int) -> None:
    """This delivery is to be sent again, in its place in the incident's order."""
    db.execute("UPDATE delivery SET unsent = 1, next_repeat_us = NULL WHERE key = ?", (key,))
    incident_id, agency = db.execute(
        "SELECT incident_id, agency FROM delivery WHERE key = ?", (key,)
    ).fetchone()
    set_head(db, incident_id, agency)
