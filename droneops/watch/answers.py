"""The receipts that a terminal sends."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from droneops.delivery.alert import Sign
from droneops.delivery.receipt import Action, make_receipt
from droneops.delivery.topics import receipt_topic
from droneops.watch.reading import AlertCame

NAMESPACE = uuid.UUID("0d9a0b1e-52c4-5f0e-8a35-3c1d6a3f9e77")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers. ``by`` names the person who acknowledges, None where only the machine speaks."""

    site_id: str
    agency: str
    terminal: str
    by: str | None = None
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt on its way."""

    topic: str
    payload: bytes


def answers(came: AlertCame, who: Answerer, at_us: int) -> tuple[Answer, ...]:
    """What is said of an alert that was shown: that it was received, and by whom it is acknowledged."""
    received = _answer(came, "received", who, at_us, who.terminal)
    if who.by is None:
        return (received,)
    return received, _answer(came, "acknowledged", who, at_us, who.by)


def _answer(came: AlertCame, action: Action, who: Answerer, at_us: int, by: str) -> Answer:
    name = "/".join((who.agency, who.terminal, came.sha256, action, by, str(at_us)))
    payload = make_receipt(
        {"id": came.alert.id, "sha256": came.sha256},
        action,
        receipt_id=str(uuid.uuid5(NAMESPACE, name)),
        agency=who.agency,
        at_us=at_us,
        by=by,
        sign=who.sign,
    )
    return Answer(receipt_topic(who.site_id, who.agency, came.alert.incident_id), payload)
