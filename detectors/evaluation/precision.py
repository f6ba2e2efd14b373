"""Average precision over 101 recalls, as COCO has it, and precision and recall at one score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detectors.evaluation.matching import Matches

RECALLS = np.linspace(0.0, 1.0, 101)


class AtScore(NamedTuple):
    """Of what is reported from a score up: how much is right, and how much of what is there is among it."""

    precision: float | None
    recall: float | None
    reported: int


def average_precision(matches: Sequence[Matches]) -> float | None:
    """The mean over 101 recalls of the best precision at that recall or above; None: there was no thing."""
    things = sum(m.things for m in matches)
    if things == 0:
        return None
    score = np.concatenate([m.score for m in matches])
    hit = np.concatenate([m.hit for m in matches])[np.argsort(-score, kind="stable")]
    if not len(hit):
        return 0.0
    hits = np.cumsum(hit)
    recall, precision = hits / things, hits / np.arange(1, len(hit) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS, side="left")
    return float(np.append(precision, 0.0)[at].mean())


def at_score(matches: Sequence[Matches], least: float) -> AtScore:
    """What `AtScore` says, for detections with a score of at least ``least``."""
    things = sum(m.things for m in matches)
    reported = sum(int((m.score >= least).sum()) for m in matches)
    right = sum(int((m.hit & (m.score >= least)).sum()) for m in matches)
    return AtScore(right / reported if reported else None, right / things if things else None, reported)
