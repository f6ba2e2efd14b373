"""What a second model said of a thing, and why it said no more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """agreed: it sees the same there. disagreed: it looked and does not. The others: see `Why`."""

    AGREED = "agreed"
    DISAGREED = "disagreed"
    COULD_NOT_TELL = "could_not_tell"
    NOT_ASKED = "not_asked"


class Why(StrEnum):
    """The reason of every answer but agreed.

    nothing_there, another_label: it disagreed. label_unknown, too_small, model_failed: it could not tell.
    no_thing (a blind drone), no_picture: it was not asked.
    """

    NOTHING_THERE = "nothing_there"
    ANOTHER_LABEL = "another_label"
    LABEL_UNKNOWN = "label_unknown"
    TOO_SMALL = "too_small"
    MODEL_FAILED = "model_failed"
    NO_THING = "no_thing"
    NO_PICTURE = "no_picture"


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The word of ``detector`` (name and version). ``label`` and ``score`` are of what it saw in that place,
    None where it saw nothing or was not asked; ``reason`` is None where it agreed."""

    detector: str
    weights_sha256: str | None
    answer: Answer
    reason: Why | None = None
    label: str | None = None
    score: float | None = None
