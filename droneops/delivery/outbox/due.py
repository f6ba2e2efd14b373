"""What may be sent now, and in which order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from typing import Any

from droneops.config import SEVERITIES
from droneops.delivery.outbox.types import Owed

ALERT, SNAPSHOT = "alert", "snapshot"

LOOKED_AT = 10_000
"""So many due repeats are looked through for different incidents: bounds a call to some 50 ms."""

_ROW = "key, incident_id, agency, sequence, alert_n, attempts"
_HEADS = f"""
SELECT {_ROW} FROM delivery INDEXED BY delivery_ready
WHERE ready = 1 AND agency NOT IN (SELECT value FROM json_each(?)) ORDER BY priority, alert_n LIMIT ?
"""  # noqa: S608 - a constant of ours
_LOWER_REPEAT = f"""
SELECT {_ROW} FROM delivery INDEXED BY delivery_repeat_of
WHERE incident_id = ? AND agency = ? AND sequence < ? AND next_repeat_us IS NOT NULL AND next_repeat_us <= ?
ORDER BY sequence LIMIT 1
"""  # noqa: S608 - a constant of ours
_REPEATS = """
SELECT incident_id, agency FROM delivery INDEXED BY delivery_repeat
WHERE gravity = ? AND next_repeat_us IS NOT NULL AND next_repeat_us <= ?
    AND agency NOT IN (SELECT value FROM json_each(?)) ORDER BY next_repeat_us, key LIMIT ?
"""
_HAS_HEAD = """
SELECT 1 FROM delivery INDEXED BY delivery_unsent WHERE incident_id = ? AND agency = ? AND unsent = 1 LIMIT 1
"""
_BEHIND = """
SELECT 1 FROM delivery INDEXED BY delivery_unsent
WHERE unsent = 1 AND ready = 0 AND agency NOT IN (SELECT value FROM json_each(?)) LIMIT 1
"""
_PICTURES = f"""
SELECT {_ROW} FROM delivery INDEXED BY delivery_picture
WHERE picture = 2 AND agency NOT IN (SELECT value FROM json_each(?)) ORDER BY gravity, alert_n LIMIT ?
"""  # noqa: S608 - a constant of ours
_ALERT = "SELECT id, severity, raw FROM alert JOIN content ON alert_n = n WHERE n = ?"
_SNAPSHOT = """
SELECT alert.id, severity, jpeg FROM alert JOIN picture ON picture.sha256 = picture_sha256 WHERE n = ?
"""

_Row = tuple[int, str, str, int, int, int]
_NO_SEQUENCE_IS_HIGHER = 2**62


def due(
    db: sqlite3.Connection,
    now_us: int,
    limit: int,
    shut: Collection[str] = (),
    shut_to_pictures: Collection[str] = (),
) -> tuple[Owed, ...]:
    """At most one message of each (incident, agency): new ones, then repeats, then pictures.

    New ones by the gravest that waits in their incident, then by age; a repeat of a lower sequence whose time
    has come goes in its place. A picture is offered once every alert that waits is itself on offer, so that a
    thin uplink carries words first.

    Agencies in ``shut`` get nothing now, those in ``shut_to_pictures`` no picture; nobody waits for them.
    """
    closed = json.dumps(sorted(shut))
    found = [_owed(db, row, ALERT) for row in _heads(db, now_us, limit, closed)]
    if len(found) < limit:
        found += [_owed(db, row, ALERT) for row in _repeats(db, now_us, limit - len(found), closed)]
    if len(found) < limit and db.execute(_BEHIND, (closed,)).fetchone() is None:
        without = json.dumps(sorted({*shut, *shut_to_pictures}))
        found += [_owed(db, row, SNAPSHOT) for row in _pictures(db, limit - len(found), without)]
    return tuple(found)


def split(key: int) -> tuple[int, str]:
    """The row of `delivery` that a key names, and which of its two messages."""
    return key // 2, SNAPSHOT if key % 2 else ALERT


def _heads(db: sqlite3.Connection, now_us: int, limit: int, shut: str) -> Iterator[_Row]:
    for row in db.execute(_HEADS, (shut, limit)).fetchall():
        _, incident_id, agency, sequence, *_ = row
        earlier = db.execute(_LOWER_REPEAT, (incident_id, agency, sequence, now_us)).fetchone()
        yield row if earlier is None else earlier


def _repeats(db: sqlite3.Connection, now_us: int, limit: int, shut: str) -> list[_Row]:
    found: dict[tuple[str, str], _Row] = {}
    for gravity in range(len(SEVERITIES)):
        for where in db.execute(_REPEATS, (gravity, now_us, shut, LOOKED_AT)):
            if len(found) == limit:
                return list(found.values())
            if where not in found and db.execute(_HAS_HEAD, where).fetchone() is None:
                lowest = (*where, _NO_SEQUENCE_IS_HIGHER, now_us)
                found[where] = db.execute(_LOWER_REPEAT, lowest).fetchone()
    return list(found.values())


def _pictures(db: sqlite3.Connection, limit: int, shut: str) -> list[_Row]:
    first: dict[tuple[str, str], _Row] = {}
    for row in db.execute(_PICTURES, (shut, limit)):
        first.setdefault((row[1], row[2]), row)
    return list(first.values())


def _owed(db: sqlite3.Connection, row: _Row, kind: str) -> Owed:
    key, incident_id, agency, sequence, alert_n, attempts = row
    found: Any = db.execute(_ALERT if kind == ALERT else _SNAPSHOT, (alert_n,)).fetchone()
    alert_id, severity, payload = found
    return Owed(
        key=2 * key + (kind == SNAPSHOT),
        kind=kind,
        agency=agency,
        alert_id=alert_id,
        incident_id=incident_id,
        sequence=sequence,
        severity=severity,
        payload=payload,
        attempts=attempts,
    )
