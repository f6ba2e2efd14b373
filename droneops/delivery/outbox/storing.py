"""Takes alerts in and says to whom they are owed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping

from droneops.config import SEVERITIES
from droneops.delivery.outbox import journal_table
from droneops.delivery.outbox.heads import set_head
from droneops.delivery.outbox.schema import NO_PICTURE, PICTURE_WAITS_FOR_ALERT
from droneops.delivery.outbox.types import NewAlert, OutboxConflict

MAX_ALERT_BYTES = 4096
MAX_PICTURE_BYTES = 65_536
"""DESIGN.md 3.4 and 3.5: what the receivers are promised."""


def check(alert: NewAlert) -> None:
    """Refuse what no receiver could take.

    Raises:
        ValueError: too long, an unknown severity, a sequence below 1, or an agency without a name.
    """
    if not alert.raw or len(alert.raw) > MAX_ALERT_BYTES:
        raise ValueError(f"alert {alert.id} has {len(alert.raw)} bytes, not 1 to {MAX_ALERT_BYTES}")
    if alert.picture is not None and not 0 < len(alert.picture) <= MAX_PICTURE_BYTES:
        raise ValueError(f"the picture of alert {alert.id} has {len(alert.picture)} bytes")
    if alert.severity not in SEVERITIES or alert.sequence < 1 or not all(alert.agencies):
        raise ValueError(f"alert {alert.id}: severity, sequence or agencies make no sense")


def note(db: sqlite3.Connection, notes: Mapping[str, bytes | None]) -> None:
    """Store notes under their keys; None takes one away."""
    gone = [(key,) for key, value in notes.items() if value is None]
    db.executemany("DELETE FROM note WHERE key = ?", gone)
    kept = [(key, value) for key, value in notes.items() if value is not None]
    db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", kept)


def put(db: sqlite3.Connection, alert: NewAlert, now_us: int) -> bool:
    """Store an alert and what is owed; False if it was there with the same bytes.

    An agency that is named for the first time is owed the incident from sequence 1.

    Raises:
        OutboxConflict: other bytes under this id, or another alert in this place of the incident.
    """
    is_new = not _is_known(db, alert)
    if is_new:
        n = _insert(db, alert, now_us)
        for agency in holders(db, alert.incident_id):
            owe(db, n, agency, now_us)
    add_holders(db, alert.incident_id, alert.agencies, now_us)
    return is_new


def holders(db: sqlite3.Connection, incident_id: str) -> list[str]:
    """The agencies that get this incident."""
    rows = db.execute("SELECT agency FROM holder WHERE incident_id = ? ORDER BY agency", (incident_id,))
    return [agency for (agency,) in rows]


def add_holders(db: sqlite3.Connection, incident_id: str, agencies: Iterable[str], now_us: int) -> int:
    """Owe the incident, from sequence 1, to agencies that did not get it; how many alerts that makes."""
    owed = 0
    for agency in dict.fromkeys(agencies):
        made = db.execute("INSERT OR IGNORE INTO holder VALUES (?, ?)", (incident_id, agency)).rowcount
        if made:
            rows = db.execute(
                "SELECT n FROM alert WHERE incident_id = ? ORDER BY sequence", (incident_id,)
            ).fetchall()
            for (n,) in rows:
                owe(db, n, agency, now_us)
            owed += len(rows)
    return owed


def owe(db: sqlite3.Connection, alert_n: int, agency: str, now_us: int) -> None:
    """One alert is owed to one agency."""
    db.execute(
        "INSERT INTO delivery (alert_n, incident_id, agency, sequence, gravity, picture, stored_us)"
        " SELECT n, incident_id, ?, sequence, gravity, iif(picture_sha256 IS NULL, ?, ?), ?"
        " FROM alert WHERE n = ?",
        (agency, NO_PICTURE, PICTURE_WAITS_FOR_ALERT, now_us, alert_n),
    )
    (incident_id,) = db.execute("SELECT incident_id FROM alert WHERE n = ?", (alert_n,)).fetchone()
    set_head(db, incident_id, agency)


def _is_known(db: sqlite3.Connection, alert: NewAlert) -> bool:
    mine = (alert.id, alert.incident_id, alert.sequence, hashlib.sha256(alert.raw).hexdigest())
    rows = db.execute(
        "SELECT id, incident_id, sequence, sha256 FROM alert WHERE id = ?"
        " UNION SELECT id, incident_id, sequence, sha256 FROM alert WHERE incident_id = ? AND sequence = ?",
        mine[:3],
    ).fetchall()
    if any(row != mine for row in rows):
        raise OutboxConflict(
            "is stored with other content",
            where=f"alert {alert.id}, sequence {alert.sequence} of incident {alert.incident_id}",
            mend="one alert is one sequence of bytes: give what is new an id and a sequence of its own",
        )
    return bool(rows)


def _insert(db: sqlite3.Connection, alert: NewAlert, now_us: int) -> int:
    digest = hashlib.sha256(alert.raw).hexdigest()
    picture = None if alert.picture is None else hashlib.sha256(alert.picture).hexdigest()
    if picture is not None:
        db.execute("INSERT OR IGNORE INTO picture VALUES (?, ?)", (picture, alert.picture))
    gravity = SEVERITIES.index(alert.severity)
    place = (alert.id, alert.incident_id, alert.sequence, digest)
    words = (alert.event, alert.severity, gravity, alert.status, alert.raises)
    n = db.execute(
        "INSERT INTO alert (id, incident_id, sequence, sha256, event, severity, gravity, status, raises,"
        " picture_sha256, stored_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*place, *words, picture, now_us),
    ).lastrowid
    db.execute("INSERT INTO content VALUES (?, ?)", (n, alert.raw))
    body = {
        "alert_id": alert.id,
        "incident_id": alert.incident_id,
        "sequence": alert.sequence,
        "sha256": digest,
        "picture_sha256": picture,
    }
    journal_table.append(db, now_us, "alert_stored", body)
    assert n is not None  # noqa: S101 - an INSERT always has its row's number; mypy cannot know
    return n
