"""A second model's word as plain values that JSON can hold, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from droneops.second_look.answer import Answer, SecondLook, Why


def second_to_record(said: SecondLook) -> dict[str, Any]:
    """A word as plain values."""
    record = asdict(said)
    return {
        name: str(value) if name in ("answer", "reason") and value else value
        for name, value in record.items()
    }


def second_from_record(record: Mapping[str, Any]) -> SecondLook:
    """The word of `second_to_record`.

    Raises:
        KeyError, TypeError, ValueError: it is not what that wrote.
    """
    reason, score = record["reason"], record["score"]
    if score is not None and not 0.0 <= score <= 1.0:
        raise ValueError(f"a score of {score}")
    return SecondLook(
        detector=str(record["detector"]),
        weights_sha256=record["weights_sha256"],
        answer=Answer(record["answer"]),
        reason=None if reason is None else Why(reason),
        label=record["label"],
        score=score,
    )
