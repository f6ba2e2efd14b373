"""Alerts and receipts for the outbox's tests: as small as its rules allow, each a function of its place."""

from __future__ import annotations

import hashlib
import uuid

from droneops.delivery.outbox.types import NewAlert
from droneops.delivery.receipt import Receipt

PICTURE = b"\xff\xd8 a picture \xff\xd9"


def incident(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"incident {number}"))


def alert_id(number: int, sequence: int) -> str:
    return str(uuid.uuid5(uuid.UUID(incident(number)), str(sequence)))


def raw(number: int, sequence: int) -> bytes:
    return f'{{"incident":{number},"sequence":{sequence}}}'.encode()


def alert(
    number: int,
    sequence: int,
    *agencies: str,
    severity: str = "moderate",
    picture: bytes | None = None,
    content: bytes | None = None,
) -> NewAlert:
    return NewAlert(
        id=alert_id(number, sequence),
        incident_id=incident(number),
        sequence=sequence,
        raw=content or raw(number, sequence),
        event="intrusion",
        severity=severity,
        status="exercise",
        zone_ids=frozenset(),
        agencies=agencies,
        raises=sequence == 1,
        picture=picture,
    )


def receipt(
    number: int,
    sequence: int,
    agency: str,
    action: str,
    *,
    name: str = "",
    sha256: str | None = None,
    by: str = "Sgt. Somchai",
) -> Receipt:
    said = name or f"{number} {sequence} {agency} {action}"
    return Receipt.model_validate(
        {
            "schema": "droneops.receipt/1",
            "receipt_id": str(uuid.uuid5(uuid.NAMESPACE_URL, said)),
            "agency": agency,
            "alert_id": alert_id(number, sequence),
            "alert_sha256": sha256 or hashlib.sha256(raw(number, sequence)).hexdigest(),
            "action": action,
            "by": by,
            "at": "2026-11-20T10:00:00Z",
            "note": "words" if action == "note" else None,
        }
    )
