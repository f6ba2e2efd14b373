"""Who gets which message, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from droneops.delivery.alert import Alert
from droneops.delivery.mqtt import Outgoing, alert_topic, snapshot_topic

AgenciesFor = Callable[[str, frozenset[str]], tuple[str, ...]]
"""The agencies that take an event in these zones."""


@dataclass(frozen=True, slots=True)
class Message:
    """An alert, its one sequence of bytes, and all zones its incident had touched by then."""

    alert: Alert
    raw: bytes
    zone_ids: frozenset[str]


def route(
    site_id: str, messages: Sequence[Message], pictures: Mapping[str, bytes], agencies_for: AgenciesFor
) -> list[Outgoing]:
    """All that goes out for these messages, in order.

    An agency that an incident reaches later gets it from sequence 1, and none that has it is dropped. The
    picture follows the first message. ``pictures`` are JPEGs by incident id.
    """
    outgoing: list[Outgoing] = []
    reached: dict[str, list[str]] = {}
    for number, message in enumerate(messages):
        incident = message.alert.incident_id
        agencies = reached.setdefault(incident, [])
        for agency in agencies:
            outgoing.append(_copy(site_id, agency, message))
        for agency in agencies_for(message.alert.event, message.zone_ids):
            if agency not in agencies:
                agencies.append(agency)
                so_far = [m for m in messages[: number + 1] if m.alert.incident_id == incident]
                outgoing += _from_the_start(site_id, agency, so_far, pictures.get(incident))
    return outgoing


def unrouted(messages: Sequence[Message], agencies_for: AgenciesFor) -> tuple[Message, ...]:
    """The messages that nobody takes."""
    return tuple(m for m in messages if not agencies_for(m.alert.event, m.zone_ids))


def _from_the_start(
    site_id: str, agency: str, messages: Sequence[Message], picture: bytes | None
) -> list[Outgoing]:
    first, *later = (_copy(site_id, agency, message) for message in messages)
    if picture is None:
        return [first, *later]
    topic = snapshot_topic(site_id, agency, messages[0].alert.incident_id)
    return [first, Outgoing(topic, picture), *later]


def _copy(site_id: str, agency: str, message: Message) -> Outgoing:
    return Outgoing(alert_topic(site_id, agency, message.alert.incident_id), message.raw)
