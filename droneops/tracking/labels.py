"""What a track is called when the detector does not always say the same."""

from __future__ import annotations

import math
from collections.abc import Mapping

CONFUSED: Mapping[frozenset[str], float] = {
    frozenset({"vehicle", "motorcycle"}): 0.1,
    frozenset({"boat", "vehicle"}): 0.03,
    frozenset({"boat", "log_pile"}): 0.03,
}
"""The share of looks in which a thing of one kind is called the other in a look. Assumptions, until a
model card brings its confusion matrix. A rider and his motorcycle, a fire and its smoke are two things at one
place: such pairs must not stand here."""

CHANGE_LEAD = 1.0
"""Another label must lead by one perfect score; a detector that flickers evenly changes nothing."""


def penalty(known: str, seen: str) -> float:
    """What another label adds to a squared distance: -2 ln of its probability; infinite if never confused."""
    if known == seen:
        return 0.0
    share = CONFUSED.get(frozenset((known, seen)))
    return math.inf if share is None else -2 * math.log(share)


def voted(votes: Mapping[str, float], label: str, score: float) -> dict[str, float]:
    """The summed scores of each label after one more sighting."""
    return {**votes, label: votes.get(label, 0.0) + score}


def together(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """The summed scores of two tracks that are one thing."""
    return {label: one.get(label, 0.0) + other.get(label, 0.0) for label in {**one, **other}}


def winner(votes: Mapping[str, float], present: str) -> str:
    """The label with the highest sum, if it leads the present one clearly; ties go by name."""
    best = min(votes, key=lambda label: (-votes[label], label))
    return best if votes[best] >= votes.get(present, 0.0) + CHANGE_LEAD else present
