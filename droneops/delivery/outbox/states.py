"""How deliveries go on: sent, to be repeated, handed on, given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from droneops.delivery.outbox import journal_table
from droneops.delivery.outbox.due import ALERT, split
from droneops.delivery.outbox.heads import start_waiting, stop_waiting
from droneops.delivery.outbox.schema import PICTURE_DUE, PICTURE_SENT, PICTURE_WAITS_FOR_ALERT
from droneops.delivery.outbox.storing import add_holders

_BY_ALERT = """
SELECT delivery.key FROM alert JOIN delivery ON alert_n = n WHERE alert.id = ? AND agency = ?
"""
_NAMES = "SELECT alert.id, agency FROM delivery JOIN alert ON n = alert_n WHERE key = ?"


def sent(db: sqlite3.Connection, keys: Sequence[int], now_us: int) -> None:
    """The broker has these (PUBACK); a key that nobody was given is passed over."""
    for key, kind in map(split, keys):
        names = db.execute(_NAMES, (key,)).fetchone()
        if names is None:
            continue
        if kind == ALERT:
            _alert_sent(db, key, now_us)
        else:
            db.execute("UPDATE delivery SET picture = ? WHERE key = ?", (PICTURE_SENT, key))
        alert_id, agency = names
        journal_table.append(db, now_us, "sent", {"alert_id": alert_id, "agency": agency, "what": kind})


def _alert_sent(db: sqlite3.Connection, key: int, now_us: int) -> None:
    db.execute(
        "UPDATE delivery SET attempts = attempts + 1, sent_us = coalesce(sent_us, ?),"
        " state = iif(state = 'stored', 'sent', state) WHERE key = ?",
        (now_us, key),
    )
    release_picture(db, key)
    stop_waiting(db, key)


def release_picture(db: sqlite3.Connection, key: int) -> None:
    """The alert is out, so its picture may follow."""
    db.execute(
        "UPDATE delivery SET picture = ? WHERE key = ? AND picture = ?",
        (PICTURE_DUE, key, PICTURE_WAITS_FOR_ALERT),
    )


def key_of(db: sqlite3.Connection, alert_id: str, agency: str) -> int | None:
    """The delivery of an alert to an agency."""
    row = db.execute(_BY_ALERT, (alert_id, agency)).fetchone()
    return None if row is None else int(row[0])


def plan_repeat(db: sqlite3.Connection, key: int, at_us: int) -> bool:
    """Send it again at ``at_us``; False where it still waits for its first time, or is settled."""
    changed = db.execute(
        "UPDATE delivery SET next_repeat_us = ? WHERE key = ? AND open = 1 AND unsent = 0", (at_us, key)
    )
    return changed.rowcount == 1


def resend(db: sqlite3.Connection, keys: Sequence[int], now_us: int) -> int:
    """Send these again at once, in their incident's order; how many did not wait already."""
    asked = 0
    for key in keys:
        alert_id, agency, unsent = db.execute(
            "SELECT alert.id, agency, unsent FROM delivery JOIN alert ON n = alert_n WHERE key = ?", (key,)
        ).fetchone()
        if unsent:
            continue
        db.execute(
            "UPDATE delivery SET open = 1, state = 'stored' WHERE key = ? AND state = 'expired'", (key,)
        )
        start_waiting(db, key)
        journal_table.append(db, now_us, "repeat_asked", {"alert_id": alert_id, "agency": agency})
        asked += 1
    return asked


def hand_on(db: sqlite3.Connection, incident_id: str, from_agency: str, to_agency: str, now_us: int) -> int:
    """Owe the incident to the next agency too; how many of its alerts that agency did not have."""
    owed = add_holders(db, incident_id, [to_agency], now_us)
    marked = db.execute(
        "UPDATE delivery SET handed_on_us = ? WHERE handed_on_us IS NULL AND agency = ?"
        " AND alert_n IN (SELECT n FROM alert WHERE incident_id = ?)",
        (now_us, from_agency, incident_id),
    ).rowcount
    if owed or marked:
        body = {"incident_id": incident_id, "from": from_agency, "to": to_agency, "alerts": owed}
        journal_table.append(db, now_us, "handed_on", body)
    return owed


def expire(db: sqlite3.Connection, key: int, now_us: int, why: str) -> bool:
    """Give it up; False where it is settled already."""
    changed = db.execute("UPDATE delivery SET state = 'expired', open = 0 WHERE key = ? AND open = 1", (key,))
    if changed.rowcount == 0:
        return False
    stop_waiting(db, key)
    alert_id, agency = db.execute(_NAMES, (key,)).fetchone()
    journal_table.append(db, now_us, "expired", {"alert_id": alert_id, "agency": agency, "why": why})
    return True
