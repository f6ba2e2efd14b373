"""What people of the agencies said of each incident, from the receipts in an outbox."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from droneops.delivery.outbox.looking import StoredAlert
from droneops.times import from_text

DECIDES = ("acknowledged", "dismissed")


class Verdict(StrEnum):
    """What the agencies' last words on an incident come to; contested: one calls false what another took."""

    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"
    CONTESTED = "contested"


@dataclass(frozen=True, slots=True)
class Word:
    """An agency's word on an alert. Who said it stays in the outbox: a training needs no officer's name."""

    agency: str
    action: str
    at_us: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An incident that somebody answered: the words, and the latest alert that they are about.

    ``picture_sha256`` is of the picture that went with one of its alerts up to that one, None without one.
    """

    incident_id: str
    sequence: int
    alert: Mapping[str, Any]
    words: tuple[Word, ...]
    picture_sha256: str | None

    @property
    def verdict(self) -> Verdict:
        """By each agency's last word: only its own clock orders its words."""
        last = {word.agency: word.action for word in sorted(self.words, key=lambda word: word.at_us)}
        said = set(last.values())
        return Verdict.CONTESTED if len(said) > 1 else Verdict(said.pop())


def answered(alerts: Iterable[StoredAlert]) -> dict[str, Answered]:
    """The incidents that a person answered, by id; ``alerts`` in the order in which they were stored."""
    found: dict[str, Answered] = {}
    pictures: dict[str, str] = {}
    for alert in alerts:
        table = json.loads(alert.raw)
        incident_id = table["incident_id"]
        if alert.picture_sha256 is not None:
            pictures[incident_id] = alert.picture_sha256
        words = _words(alert.receipts)
        if words:
            now = Answered(incident_id, table["sequence"], table, words, pictures.get(incident_id))
            found[incident_id] = _together(found.get(incident_id), now)
    return found


def _together(before: Answered | None, now: Answered) -> Answered:
    if before is None:
        return now
    latest = max(before, now, key=lambda one: one.sequence)
    return replace(latest, words=(*before.words, *now.words))


def merged(sources: Sequence[Mapping[str, Answered]]) -> dict[str, Answered]:
    """What several outboxes hold of the same incidents, as one."""
    found: dict[str, Answered] = {}
    for source in sources:
        for incident_id, one in source.items():
            found[incident_id] = _together(found.get(incident_id), one)
    return found


def _words(receipts: Iterable[Mapping[str, Any]]) -> tuple[Word, ...]:
    return tuple(
        Word(said["agency"], said["action"], from_text(said["at"].upper()), said["note"])
        for said in receipts
        if said["action"] in DECIDES
    )
