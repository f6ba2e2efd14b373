"""Which labels two models may use for the same thing."""

from __future__ import annotations

from collections.abc import Mapping

KIND_OF: Mapping[str, str] = {
    "car": "vehicle",
    "pickup": "vehicle",
    "van": "vehicle",
    "truck": "vehicle",
    "bus": "vehicle",
    "tractor": "vehicle",
    "log": "log_pile",
    "logs": "log_pile",
    "planks": "log_pile",
    "person_in_distress": "person",
}
"""A general model tells fewer things apart than rules do."""


def kind_of(label: str) -> str:
    """The wider kind that a label's thing is of."""
    return KIND_OF.get(label, label)


def bears_out(label: str, other: str) -> bool:
    """Whether seeing one confirms the other. Smoke and fire are two things, each a sign of the other."""
    burns = {"fire", "smoke"}
    return kind_of(label) == kind_of(other) or {label, other} <= burns
