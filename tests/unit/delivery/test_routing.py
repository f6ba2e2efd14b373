"""Who gets which message."""

from __future__ import annotations

from dataclasses import dataclass

from droneops.delivery.routing import Message, route, unrouted


@dataclass(frozen=True)
class Spoken:
    """The part of an alert that routing looks at."""

    incident_id: str
    event: str = "intrusion"


def message(number: int, *zone_ids: str, incident: str = "i") -> Message:
    return Message(Spoken(incident), str(number).encode(), frozenset(zone_ids))


def office_of_zone(_event: str, zone_ids: frozenset[str]) -> tuple[str, ...]:
    """An office for each zone."""
    return tuple(f"office-{zone}" for zone in sorted(zone_ids))


def test_an_office_reached_later_gets_the_incident_from_its_start_with_the_picture() -> None:
    messages = [message(1, "a"), message(2, "a", "b"), message(3, "a", "b")]
    sent = [
        (item.topic.split("/", 3)[3], item.payload)
        for item in route("s", messages, {"i": b"jpg"}, office_of_zone)
    ]
    assert sent == [
        ("alerts/office-a/i", b"1"),
        ("snapshots/office-a/i", b"jpg"),
        ("alerts/office-a/i", b"2"),
        ("alerts/office-b/i", b"1"),
        ("snapshots/office-b/i", b"jpg"),
        ("alerts/office-b/i", b"2"),
        ("alerts/office-a/i", b"3"),
        ("alerts/office-b/i", b"3"),
    ]


def test_incidents_do_not_mix() -> None:
    messages = [message(1, "a"), message(1, "b", incident="j"), message(2, "a")]
    topics = [item.topic.split("/", 3)[3] for item in route("s", messages, {}, office_of_zone)]
    assert topics == ["alerts/office-a/i", "alerts/office-b/j", "alerts/office-a/i"]


def test_what_nobody_takes_is_named() -> None:
    messages = [message(1), message(2, "a")]
    assert unrouted(messages, office_of_zone) == (messages[0],)
