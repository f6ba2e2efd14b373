"""What a terminal remembers of what it has shown, so that each alert is shown once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from droneops.delivery.alert import Alert

REMEMBERED = 4096
"""Weeks of alerts; a repeat of an older one is shown again, which does no harm. About 4 MiB with receipts."""

Value = TypeVar("Value")


class Novelty(StrEnum):
    """What an alert is to a terminal that has seen others."""

    NEW = "new"
    REPEAT = "repeat"
    OTHER_BYTES = "other_bytes"


@dataclass(frozen=True, slots=True)
class Place:
    """Whether an alert is new, and a remark on its place among its incident's messages, or None."""

    novelty: Novelty
    remark: str | None = None


class Bounded(Generic[Value]):
    """The latest values by key; the oldest goes when there are too many."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._values: OrderedDict[str, Value] = OrderedDict()

    def get(self, key: str) -> Value | None:
        """The value, or None."""
        return self._values.get(key)

    def put(self, key: str, value: Value) -> None:
        """Keep a value."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._limit:
            self._values.popitem(last=False)


class Memory:
    """Alerts shown, by id and digest, and how far each incident has come."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._digest_of: Bounded[str] = Bounded(limit)
        self._latest: Bounded[int] = Bounded(limit)
        self._pictures: Bounded[str] = Bounded(limit)

    def place(self, alert: Alert, sha256: str) -> Place:
        """What the alert is; remembers nothing."""
        known = self._digest_of.get(alert.id)
        if known is not None:
            return Place(Novelty.REPEAT if known == sha256 else Novelty.OTHER_BYTES)
        latest = self._latest.get(alert.incident_id) or 0
        if alert.sequence <= latest:
            return Place(Novelty.NEW, f"older than message {latest} of its incident, which came before it")
        if alert.sequence > latest + 1:
            missing = f"messages {latest + 1} to {alert.sequence - 1}"
            return Place(Novelty.NEW, f"{missing} of its incident have not come to this terminal")
        return Place(Novelty.NEW)

    def shown(self, alert: Alert, sha256: str) -> None:
        """Remember an alert that was shown."""
        self._digest_of.put(alert.id, sha256)
        latest = self._latest.get(alert.incident_id) or 0
        self._latest.put(alert.incident_id, max(latest, alert.sequence))
        if alert.snapshot is not None:
            self._pictures.put(alert.snapshot.sha256, alert.incident_id)

    def names_picture(self, incident_id: str, sha256: str) -> bool:
        """Whether an alert of the incident that was shown here names such a picture."""
        return self._pictures.get(sha256) == incident_id
