"""The outbox in words and as JSON lines (`droneops outbox list`, `export`)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from droneops.delivery.outbox.looking import StoredAlert
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import Delivery, OutboxDepth
from droneops.times import to_text


def waiting_text(outbox: Outbox) -> str:
    """One line for each alert and agency that has not answered, and a line with the counts."""
    rows = [_row(delivery) for delivery in outbox.open_deliveries()]
    return "".join(f"{row}\n" for row in rows) + counts_text(outbox.depth())


def counts_text(depth: OutboxDepth) -> str:
    """``3 to be sent (since ...), 0 pictures; 5 without an answer; 12 alerts, 264 KiB``"""
    oldest = "" if depth.oldest_stored_us is None else f" (since {to_text(depth.oldest_stored_us)})"
    return (
        f"{depth.waiting} to be sent{oldest}, {depth.pictures_waiting} pictures;"
        f" {depth.unacknowledged} without an answer; {depth.alerts} alerts, {depth.bytes // 1024} KiB\n"
    )


def waiting_json(outbox: Outbox) -> dict[str, Any]:
    """The same for machines; times are RFC 3339, null where it has not happened."""
    return {
        **counts_json(outbox.depth()),
        "deliveries": [delivery_json(delivery) for delivery in outbox.open_deliveries()],
    }


def counts_json(depth: OutboxDepth) -> dict[str, Any]:
    """Counts, since when the oldest waits, and bytes on disk."""
    return {
        "alerts": depth.alerts,
        "waiting": depth.waiting,
        "oldest": _time(depth.oldest_stored_us),
        "pictures_waiting": depth.pictures_waiting,
        "unacknowledged": depth.unacknowledged,
        "bytes": depth.bytes,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """One alert with one agency."""
    return {
        "alert_id": delivery.alert_id,
        "incident_id": delivery.incident_id,
        "sequence": delivery.sequence,
        "agency": delivery.agency,
        "severity": delivery.severity,
        "raises": delivery.raises,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "stored": _time(delivery.stored_us),
        "sent": _time(delivery.sent_us),
        "received": _time(delivery.received_us),
        "acknowledged": _time(delivery.acknowledged_us),
        "handed_on": _time(delivery.handed_on_us),
        "next_repeat": _time(delivery.next_repeat_us),
    }


def export_lines(outbox: Outbox) -> Iterator[str]:
    """Every alert with its states and receipts, what was refused, and the journal: one JSON object a line.

    ``raw`` is the alert's text: in UTF-8 its exact bytes, those that ``sha256`` is of. ``entry`` is the
    journal's own line.
    """
    for alert in outbox.alerts():
        yield _line("alert", _alert(alert))
    for refusal in outbox.refusals():
        first, last = _time(refusal.pop("first_us")), _time(refusal.pop("last_us"))
        yield _line("refusal", {**refusal, "first": first, "last": last})
    for line in outbox.journal():
        yield f'{{"type":"journal","entry":{line.decode().strip()}}}\n'


def _line(kind: str, table: dict[str, Any]) -> str:
    return json.dumps({"type": kind, **table}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _alert(alert: StoredAlert) -> dict[str, Any]:
    return {
        "n": alert.n,
        "id": alert.id,
        "stored": _time(alert.stored_us),
        "sha256": alert.sha256,
        **_raw(alert.raw),
        "picture_sha256": alert.picture_sha256,
        "deliveries": [delivery_json(delivery) for delivery in alert.deliveries],
        "receipts": list(alert.receipts),
    }


def _raw(raw: bytes) -> dict[str, str]:
    """As text where that gives the bytes back."""
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}


def _row(delivery: Delivery) -> str:
    since = to_text(delivery.stored_us)
    place = f"{delivery.incident_id} #{delivery.sequence}"
    handed = "" if delivery.handed_on_us is None else f", handed on {to_text(delivery.handed_on_us)}"
    sent = f"sent {delivery.attempts} times" if delivery.attempts != 1 else "sent once"
    return (
        f"{delivery.alert_id}  {delivery.agency}  {delivery.state.value}  since {since}"
        f"  {delivery.severity}  {place}  {sent}{handed}"
    )


def _time(time_us: int | None) -> str | None:
    return None if time_us is None else to_text(time_us)
