"""Asks the second model once for each thing that raises an incident, and remembers what it said of each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from droneops.delivery.say import ASKS
from droneops.incidents.incident import Change
from droneops.replay.shot import Shot
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.second_look.ask import Second, ask


class SecondLooks:
    """What a second model said in a replay; with None for a model, nothing of any incident."""

    def __init__(self, second: Second | None) -> None:
        self._second = second
        self._latest: dict[str, SecondLook] = {}
        self._answers: Counter[str] = Counter()

    def of(self, change: Change, shot: Shot | None) -> SecondLook | None:
        """The word on an incident: asked anew when it raises, else what was said when it last did."""
        if self._second is None:
            return None
        if change.kind in ASKS or change.incident.id not in self._latest:
            said = _look(change, shot, self._second)
            self._latest[change.incident.id] = said
            self._answers[said.answer] += 1
        return self._latest[change.incident.id]

    def latest(self, incident_id: str) -> SecondLook | None:
        """What was last said of an incident; None where there is no second model."""
        return self._latest.get(incident_id)

    def summary(self) -> dict[str, Any] | None:
        """The model, how often it gave which answer, and the last word on each incident, for JSON."""
        if self._second is None:
            return None
        return {
            "detector": self._second.name,
            "weights_sha256": self._second.detector.weights_sha256,
            "answers": {answer.value: self._answers[answer] for answer in Answer},
            "incidents": {incident_id: second_json(said) for incident_id, said in self._latest.items()},
        }


def second_json(said: SecondLook) -> dict[str, Any]:
    """One answer, for JSON."""
    return {
        "answer": said.answer.value,
        "reason": None if said.reason is None else said.reason.value,
        "label": said.label,
        "score": said.score,
    }


def _look(change: Change, shot: Shot | None, second: Second) -> SecondLook:
    lead = change.incident.lead
    if lead is None:
        return second.said(Answer.NOT_ASKED, Why.NO_THING)
    if shot is None:
        return second.said(Answer.NOT_ASKED, Why.NO_PICTURE)
    return ask(shot.frame.image, shot.subject.box_px, lead.track.label, second)
