"""From which score up a class is reported: the least at which enough of the reports are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detectors.evaluation.evaluate import MOST_PER_PICTURE, OVERLAPS
from detectors.evaluation.labelled import Found, Truth
from detectors.evaluation.matching import Matches, match
from detectors.evaluation.precision import AtScore, at_score
from detectors.training.classes import CLASSES

# Four of five reports right, on rendered pictures of which a fifth are empty; the tracker then asks for more
# than one sight of a thing.
PRECISION = 0.8
# Below, whatever the held-out pictures say, real ones would bring too much; above, only what is large and
# near would be left.
LIMITS = (0.25, 0.75)


def least_scores(pairs: Sequence[tuple[Truth, Found]], precision: float = PRECISION) -> dict[str, float]:
    """By class, within `LIMITS`, rounded up to hundredths; the upper limit where it is never reached."""
    return {
        name: _least_score([_matches(truth, found, name) for truth, found in pairs], precision)
        for name in CLASSES
    }


def at_scores(pairs: Sequence[tuple[Truth, Found]], scores: Mapping[str, float]) -> dict[str, AtScore]:
    """By class, how much is right of what is reported from its score in ``scores`` up, and how much found."""
    return {
        name: at_score([_matches(truth, found, name) for truth, found in pairs], score)
        for name, score in scores.items()
    }


def _matches(truth: Truth, found: Found, name: str) -> Matches:
    if name not in truth.labelled:
        nothing = np.zeros(0)
        return Matches(nothing, nothing.astype(bool), 0, nothing, nothing)
    boxes, score = found.best(name, MOST_PER_PICTURE)
    true, ignore = truth.of(name)
    return match(boxes, score, true, ignore, least_overlap=OVERLAPS[0])


def _least_score(matches: Sequence[Matches], precision: float) -> float:
    low, high = LIMITS
    score = np.concatenate([one.score for one in matches])
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    right = np.cumsum(np.concatenate([one.hit for one in matches])[order])
    # Equal scores come together or not at all.
    last = np.append(falling[1:] < falling[:-1], True)[: len(falling)]
    enough = np.flatnonzero(last & (right / np.arange(1, len(score) + 1) >= precision))
    if not len(enough):
        return high
    return float(np.clip(np.ceil(falling[enough[-1]] * 100.0) / 100.0, low, high))
