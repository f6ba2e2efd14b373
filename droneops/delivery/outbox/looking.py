"""What the outbox holds, as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from droneops.config import SEVERITIES
from droneops.delivery.outbox.types import Delivery, DeliveryState, OutboxDepth, PersonsAnswer

_DELIVERY = """
SELECT alert.id, alert.incident_id, alert.sequence, agency, severity, raises, state, attempts,
    delivery.stored_us, sent_us, received_us, acknowledged_us, handed_on_us, next_repeat_us
FROM delivery {how} JOIN alert ON n = alert_n
"""
_OPEN = _DELIVERY.format(how="INDEXED BY delivery_age") + "WHERE open = 1 ORDER BY delivery.key LIMIT ?"
_OF_ALERT = _DELIVERY.format(how="") + "WHERE alert_n = ? ORDER BY delivery.key"
_WAITING = "SELECT count(*) FROM delivery INDEXED BY delivery_unsent WHERE unsent = 1"
_PICTURES = "SELECT count(*) FROM delivery INDEXED BY delivery_picture WHERE picture = 2"
_OPEN_COUNT = "SELECT count(*) FROM delivery INDEXED BY delivery_age WHERE open = 1"
_OLDEST = """
SELECT stored_us FROM delivery WHERE key = (
    SELECT min(key) FROM delivery INDEXED BY delivery_unsent WHERE unsent = 1)
"""
_GRAVEST = "SELECT min(gravity) FROM alert WHERE incident_id = ?"

PAGE = 256
"""Alerts read at a time: a short look never holds up the copying back of the log."""


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert with all that became of it. ``receipts`` are the agencies' words as they came, parsed."""

    n: int
    id: str
    sha256: str
    raw: bytes
    stored_us: int
    picture_sha256: str | None
    deliveries: tuple[Delivery, ...]
    receipts: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """An alert as its incident's evidence holds it: its place, its exact bytes, its picture's digest."""

    sequence: int
    raw: bytes
    picture_sha256: str | None


def agencies_of(db: sqlite3.Connection, incident_id: str) -> tuple[str, ...]:
    """Who was told of an incident, or is to be."""
    rows = db.execute(
        "SELECT DISTINCT agency FROM delivery WHERE incident_id = ? ORDER BY agency", (incident_id,)
    )
    return tuple(agency for (agency,) in rows)


def messages_of(db: sqlite3.Connection, incident_id: str) -> tuple[StoredMessage, ...]:
    """All alerts of an incident, in the order of their sequence."""
    rows = db.execute(
        "SELECT sequence, raw, picture_sha256 FROM alert JOIN content ON alert_n = n"
        " WHERE incident_id = ? ORDER BY sequence",
        (incident_id,),
    )
    return tuple(StoredMessage(sequence, bytes(raw), picture) for sequence, raw, picture in rows)


def open_deliveries(db: sqlite3.Connection, limit: int | None) -> tuple[Delivery, ...]:
    """What is neither acknowledged, dismissed nor expired, in the order it was stored."""
    rows = db.execute(_OPEN, (-1 if limit is None else limit,))
    return tuple(_delivery(row) for row in rows)


def depth(db: sqlite3.Connection, bytes_on_disk: int) -> OutboxDepth:
    """How much there is, and how much of it waits."""
    oldest = db.execute(_OLDEST).fetchone()
    return OutboxDepth(
        alerts=_count(db, "SELECT count(*) FROM alert"),
        waiting=_count(db, _WAITING),
        oldest_stored_us=None if oldest is None else int(oldest[0]),
        pictures_waiting=_count(db, _PICTURES),
        unacknowledged=_count(db, _OPEN_COUNT),
        bytes=bytes_on_disk,
    )


def gravest(db: sqlite3.Connection, incident_id: str) -> str | None:
    """The gravest severity of the incident's alerts, None where there are none."""
    (gravity,) = db.execute(_GRAVEST, (incident_id,)).fetchone()
    return None if gravity is None else SEVERITIES[gravity]


def page(db: sqlite3.Connection, after: int) -> tuple[StoredAlert, ...]:
    """The next `PAGE` alerts after number ``after``, in the order they were stored."""
    rows = db.execute(
        "SELECT n, id, sha256, raw, stored_us, picture_sha256 FROM alert JOIN content ON alert_n = n"
        " WHERE n > ? ORDER BY n LIMIT ?",
        (after, PAGE),
    ).fetchall()
    return tuple(_stored(db, row) for row in rows)


def picture(db: sqlite3.Connection, sha256: str) -> bytes | None:
    """The picture with this digest, None where there is none."""
    row = db.execute("SELECT jpeg FROM picture WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else bytes(row[0])


def refusals(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """What was refused, how often, when last."""
    keys = ("agency", "reason", "count", "first_us", "last_us", "last_sha256")
    names = ", ".join(keys)
    rows = db.execute(f"SELECT {names} FROM refusal ORDER BY agency, reason")  # noqa: S608 - constants of ours
    yield from (dict(zip(keys, row, strict=True)) for row in rows)


def _count(db: sqlite3.Connection, query: str) -> int:
    return int(db.execute(query).fetchone()[0])


def _deliveries(db: sqlite3.Connection, n: int) -> tuple[Delivery, ...]:
    return tuple(_delivery(row) for row in db.execute(_OF_ALERT, (n,)))


def _receipts(db: sqlite3.Connection, n: int) -> tuple[dict[str, Any], ...]:
    rows = db.execute("SELECT text FROM receipt WHERE alert_n = ? ORDER BY rowid", (n,))
    return tuple(json.loads(text) for (text,) in rows)


def _stored(db: sqlite3.Connection, row: tuple[Any, ...]) -> StoredAlert:
    n, alert_id, sha256, raw, stored_us, picture = row
    return StoredAlert(n, alert_id, sha256, raw, stored_us, picture, _deliveries(db, n), _receipts(db, n))


def _delivery(row: tuple[Any, ...]) -> Delivery:
    alert_id, incident_id, sequence, agency, severity, raises, state, attempts, *times = row
    stored_us, sent_us, received_us, acknowledged_us, handed_on_us, next_repeat_us = times
    return Delivery(
        alert_id=alert_id,
        incident_id=incident_id,
        sequence=sequence,
        agency=agency,
        severity=severity,
        raises=bool(raises),
        state=DeliveryState(state),
        attempts=attempts,
        stored_us=stored_us,
        sent_us=sent_us,
        received_us=received_us,
        acknowledged_us=acknowledged_us,
        handed_on_us=handed_on_us,
        next_repeat_us=next_repeat_us,
    )


_ANSWERS = """
SELECT receipt.rowid, alert.incident_id, json_extract(receipt.text, '$.action') AS action, receipt.taken_us
FROM receipt JOIN alert ON alert.n = receipt.alert_n
WHERE receipt.rowid > ? AND action IN ('acknowledged', 'dismissed') ORDER BY receipt.rowid
"""


def answers(db: sqlite3.Connection, after: int) -> tuple[PersonsAnswer, ...]:
    """Acknowledgements and dismissals that came behind the ``after``-th receipt, in their order."""
    return tuple(PersonsAnswer(*row) for row in db.execute(_ANSWERS, (after,)))
