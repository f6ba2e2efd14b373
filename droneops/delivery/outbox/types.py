"""What goes into the outbox, and what it says of its contents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from droneops.errors import OutputError


class DeliveryState(StrEnum):
    """How far one alert has come with one agency.

    stored: on our disk. sent: the broker has confirmed it (PUBACK). received: a machine of the agency has it.
    acknowledged: a person has. dismissed: a person has, and calls it false. expired: given up by policy.
    """

    STORED = "stored"
    SENT = "sent"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be stored: its one sequence of bytes, what of it decides its way, and who gets it.

    ``agencies`` are those that the site's rules name now; the outbox adds those that already have the
    incident, and gives a newcomer the incident from sequence 1. ``raises`` tells a message that asks for a
    person's answer (the first of an incident, one whose severity rose); only such a one is escalated.
    ``picture`` is the JPEG that goes out after it on the snapshot topic.
    """

    id: str
    incident_id: str
    sequence: int
    raw: bytes
    event: str
    severity: str
    status: str
    zone_ids: frozenset[str]
    agencies: tuple[str, ...]
    raises: bool
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """One message that may be sent to one agency now.

    ``kind`` is alert or snapshot; ``key`` names it for `sent`.
    """

    key: int
    kind: str
    agency: str
    alert_id: str
    incident_id: str
    sequence: int
    severity: str
    payload: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert's state with one agency; times in microseconds UTC, None where it has not happened.

    ``attempts`` counts publications with a PUBACK. ``handed_on_us`` is when it was escalated to the next
    agency.
    """

    alert_id: str
    incident_id: str
    sequence: int
    agency: str
    severity: str
    raises: bool
    state: DeliveryState
    attempts: int
    stored_us: int
    sent_us: int | None
    received_us: int | None
    acknowledged_us: int | None
    handed_on_us: int | None
    next_repeat_us: int | None


class OutboxConflict(OutputError):  # noqa: N818 - a state of affairs, named as the parts agreed
    """Other bytes, or another incident, under the id of an alert that is stored; nothing was changed."""


class ReceiptOutcome(StrEnum):
    """What became of a receipt. repeated: it says nothing that is not known already."""

    APPLIED = "applied"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReceiptVerdict:
    """What became of a receipt; ``reason`` says why it was refused, else it is empty.

    ``incident_id`` and ``sequence`` are those of the alert, None where it is unknown.
    """

    outcome: ReceiptOutcome
    reason: str = ""
    incident_id: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """What the outbox holds. Counts are of (alert, agency) except ``alerts``.

    ``waiting``: to be sent. ``oldest_stored_us``: when the one that waits longest was stored (None: none
    waits). ``unacknowledged``: neither acknowledged, dismissed nor expired. ``bytes``: on disk, with the log.
    """

    alerts: int
    waiting: int
    oldest_stored_us: int | None
    pictures_waiting: int
    unacknowledged: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PersonsAnswer:
    """What a person of an agency said of an incident; ``n`` ascends in the order in which it came."""

    n: int
    incident_id: str
    action: str
    taken_us: int
