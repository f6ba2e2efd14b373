"""What a second model's word does to an alert's certainty."""

from __future__ import annotations

from typing import Literal

from droneops.second_look.answer import Answer, SecondLook

Certainty = Literal["observed", "likely", "possible"]


def doubted(certainty: Certainty, second: SecondLook | None) -> Certainty:
    """One step lower where the second model disagreed; no answer raises it, none else lowers it.

    One step and no more: a large model that knows no log piles is wrong more often than a track of several
    looks, and an alert must not vanish under its receiver's filters.
    """
    if second is None or second.answer is not Answer.DISAGREED:
        return certainty
    return "likely" if certainty == "observed" else "possible"
