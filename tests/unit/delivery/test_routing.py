"""Who gets which message."""

from __future__ import annotations

from dataclasses import dataclass

from droneops.delivery.routing import Message, to_store, unrouted


@dataclass(frozen=True)
class Spoken:
    """The part of an alert that routing looks at."""

    id: str = "a"
    incident_id: str = "i"
    sequence: int = 2
    event: str = "intrusion"
    severity: str = "moderate"
    status: str = "test"


def message(*zone_ids: str) -> Message:
    return Message(Spoken(), b"raw", frozenset(zone_ids), raises=True, picture=b"jpg")


def office_of_zone(_event: str, _severity: str, zone_ids: frozenset[str]) -> tuple[str, ...]:
    """An office for each zone."""
    return tuple(f"office-{zone}" for zone in sorted(zone_ids))


def test_the_outbox_gets_the_exact_bytes_and_all_that_decides_their_way() -> None:
    stored = to_store(message("a", "b"), office_of_zone)
    assert (stored.id, stored.incident_id, stored.sequence, stored.raw) == ("a", "i", 2, b"raw")
    assert stored.agencies == ("office-a", "office-b")
    assert (stored.raises, stored.picture, stored.zone_ids) == (True, b"jpg", frozenset({"a", "b"}))


def test_what_nobody_takes_is_named() -> None:
    messages = [message(), message("a")]
    assert unrouted(messages, office_of_zone) == (messages[0],)
