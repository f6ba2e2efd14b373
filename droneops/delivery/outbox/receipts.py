"""Applies what agencies say: once, cumulatively, and never backwards."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING

from droneops.delivery.outbox import journal_table
from droneops.delivery.outbox.heads import stop_waiting
from droneops.delivery.outbox.states import release_picture
from droneops.delivery.outbox.types import ReceiptOutcome, ReceiptVerdict

if TYPE_CHECKING:
    from droneops.delivery.receipt import Receipt

MAX_RECEIPTS = 64
"""Of one alert from one agency; a control room of a dozen people with notes stays far below."""

UNKNOWN_ALERT = "unknown_alert"
NOT_SENT_TO_AGENCY = "not_sent_to_agency"
OTHER_BYTES = "other_bytes"
ID_USED_BEFORE = "receipt_id_used_before"
TOO_MANY = "too_many_receipts"
OTHER_INCIDENT = "other_incident"

_FIND = """
SELECT n, incident_id, sequence, sha256,
    (SELECT key FROM delivery WHERE alert_n = n AND agency = :agency),
    (SELECT state FROM delivery WHERE alert_n = n AND agency = :agency)
FROM alert WHERE id = :alert_id
"""
_EARLIER = """
SELECT key FROM delivery INDEXED BY delivery_open
WHERE incident_id = ? AND agency = ? AND sequence < ? AND open = 1 AND attempts > 0 ORDER BY sequence
"""
_SAID_BY_A_PERSON = ("acknowledged", "dismissed")


def judge(db: sqlite3.Connection, receipt: Receipt, said_of: str | None = None) -> ReceiptVerdict | None:
    """What is wrong with the receipt, or that it says nothing new; None: it is to be applied.

    ``said_of`` is the incident that its topic names, where it came by one.
    """
    found = db.execute(_FIND, {"agency": receipt.agency, "alert_id": receipt.alert_id}).fetchone()
    if found is None:
        return _refused(UNKNOWN_ALERT)
    n, incident_id, sequence, sha256, key, state = found
    wrong = {
        OTHER_INCIDENT: said_of not in (None, incident_id),
        NOT_SENT_TO_AGENCY: key is None,
        OTHER_BYTES: sha256 != receipt.alert_sha256,
    }
    if any(wrong.values()):
        return _refused(next(why for why, is_so in wrong.items() if is_so), incident_id, sequence)
    known = db.execute(
        "SELECT digest FROM receipt WHERE agency = ? AND receipt_id = ?", (receipt.agency, receipt.receipt_id)
    ).fetchone()
    if known is not None and known[0] != digest(receipt):
        return _refused(ID_USED_BEFORE, incident_id, sequence)
    if known is not None or (receipt.action == "received" and _is_received(db, key, state)):
        return ReceiptVerdict(ReceiptOutcome.REPEATED, "", incident_id, sequence)
    (count,) = db.execute(
        "SELECT count(*) FROM receipt WHERE alert_n = ? AND agency = ?", (n, receipt.agency)
    ).fetchone()
    return _refused(TOO_MANY, incident_id, sequence) if count >= MAX_RECEIPTS else None


def apply(db: sqlite3.Connection, receipt: Receipt, now_us: int) -> ReceiptVerdict:
    """Apply a receipt that was not refused; both states and journal."""
    verdict = judge(db, receipt)
    if verdict is not None:
        return verdict
    found = db.execute(_FIND, {"agency": receipt.agency, "alert_id": receipt.alert_id}).fetchone()
    n, incident_id, sequence, _, key, _ = found
    db.execute(
        "INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?)",
        (receipt.agency, receipt.receipt_id, n, digest(receipt), _text(receipt), now_us),
    )
    journal_table.append(db, now_us, receipt.action, _body(receipt))
    if receipt.action != "note":
        earlier = [row[0] for row in db.execute(_EARLIER, (incident_id, receipt.agency, sequence))]
        for covered in [*earlier, key]:
            _cover(db, covered, receipt.action, now_us)
    return ReceiptVerdict(ReceiptOutcome.APPLIED, "", incident_id, sequence)


def _is_received(db: sqlite3.Connection, key: int, state: str) -> bool:
    """Whether a machine's word would change nothing, here and, as it covers them, before."""
    if state not in ("received", *_SAID_BY_A_PERSON):
        return False
    (waits,) = db.execute(
        "SELECT unsent OR next_repeat_us IS NOT NULL FROM delivery WHERE key = ?", (key,)
    ).fetchone()
    return not waits


def _cover(db: sqlite3.Connection, key: int, action: str, now_us: int) -> None:
    """A machine's word never undoes a person's; a person's later word stands."""
    if action == "received":
        db.execute(
            "UPDATE delivery SET received_us = coalesce(received_us, :now), open = open OR state = 'expired',"
            " state = iif(state IN ('acknowledged', 'dismissed'), state, 'received') WHERE key = :key",
            {"now": now_us, "key": key},
        )
    else:
        db.execute(
            "UPDATE delivery SET state = ?, acknowledged_us = ?, open = 0 WHERE key = ?",
            (action, now_us, key),
        )
    release_picture(db, key)
    stop_waiting(db, key)


def _refused(reason: str, incident_id: str | None = None, sequence: int | None = None) -> ReceiptVerdict:
    return ReceiptVerdict(ReceiptOutcome.REFUSED, reason, incident_id, sequence)


def _text(receipt: Receipt) -> str:
    return receipt.model_dump_json(by_alias=True)


def digest(receipt: Receipt) -> str:
    """sha256 of what the receipt says, in one form."""
    return hashlib.sha256(_text(receipt).encode()).hexdigest()


def _body(receipt: Receipt) -> dict[str, object]:
    return {
        "receipt_id": receipt.receipt_id,
        "agency": receipt.agency,
        "alert_id": receipt.alert_id,
        "alert_sha256": receipt.alert_sha256,
        "by": receipt.by,
        "at": receipt.at,
        "note": receipt.note,
        "receipt_sha256": digest(receipt),
    }
