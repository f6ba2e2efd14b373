"""A message with all that decides who gets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from droneops.delivery.alert import Alert
from droneops.delivery.outbox.types import NewAlert

AgenciesFor = Callable[[str, str, frozenset[str]], tuple[str, ...]]
"""The agencies that take an event of a severity in these zones."""


@dataclass(frozen=True, slots=True)
class Message:
    """An alert, its one sequence of bytes, and all zones its incident had touched by then.

    ``raises`` tells one that asks for a person's answer; ``picture`` is the JPEG that follows it.
    """

    alert: Alert
    raw: bytes
    zone_ids: frozenset[str]
    raises: bool = False
    picture: bytes | None = None


def to_store(message: Message, agencies_for: AgenciesFor) -> NewAlert:
    """What the outbox takes. It gives an agency that is reached later the incident from sequence 1."""
    alert = message.alert
    return NewAlert(
        id=alert.id,
        incident_id=alert.incident_id,
        sequence=alert.sequence,
        raw=message.raw,
        event=alert.event,
        severity=alert.severity,
        status=alert.status,
        zone_ids=message.zone_ids,
        agencies=agencies_for(alert.event, alert.severity, message.zone_ids),
        raises=message.raises,
        picture=message.picture,
    )


def unrouted(messages: Sequence[Message], agencies_for: AgenciesFor) -> tuple[Message, ...]:
    """The messages that nobody takes."""
    return tuple(m for m in messages if not agencies_for(m.alert.event, m.alert.severity, m.zone_ids))
