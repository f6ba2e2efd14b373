"""From which score up a class raises few enough false alarms where there is nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.evaluation.passes import LOOKS, Belief, Find, Pass, fly_over, tracks_of
from detectors.training.classes import CLASSES
from detectors.training.set_file import read_picture
from detectors.types import Detector

SURE = 0.95
"""A class that still alarms at this score is told of: above, hardly anything is reported at all."""

_STEP = 0.01


@dataclass(frozen=True, slots=True)
class Quiet:
    """From ``score`` up, ``tracks`` false tracks; ``is_enough`` False where even `SURE` raises too many."""

    score: float
    tracks: int
    is_enough: bool


def passes_over(detector: Detector, pictures: Iterable[Path]) -> list[Pass]:
    """What ``detector`` finds on a pass over each picture.

    Raises:
        DetectorError: a picture cannot be read, or the detector fails.
    """
    return [
        fly_over(detector, read_picture(path), np.random.default_rng([11, number]))
        for number, path in enumerate(pictures)
    ]


def frames_of(passes: Sequence[Pass]) -> int:
    """How many frames were looked at."""
    return LOOKS * len(passes)


def quiet_scores(passes: Sequence[Pass], alarms_per_1000: float, least: float) -> dict[str, Quiet]:
    """By class, the least score from ``least`` up at which its false tracks are within its share.

    All classes have the same share of ``alarms_per_1000`` false tracks in 1000 frames: each is a message to
    the police that was for nothing, whatever it speaks of.
    """
    share = alarms_per_1000 / len(CLASSES) * frames_of(passes) / 1000
    return {name: _quiet(passes, name, math.floor(share), least) for name in CLASSES}


def _quiet(passes: Sequence[Pass], name: str, most: int, least: float) -> Quiet:
    own = [_only(flown, {name: least}) for flown in passes]
    scores = np.arange(round(least / _STEP), round(SURE / _STEP) + 1) * _STEP
    # A higher score may not leave fewer tracks step by step: a place may split; the first good one counts.
    for score in scores:
        tracks = len(believed(own, {name: float(score)}))
        if tracks <= most:
            return Quiet(round(float(score), 2), tracks, is_enough=True)
    return Quiet(SURE, tracks, is_enough=False)


def believed(passes: Sequence[Pass], least_scores: Mapping[str, float]) -> list[str]:
    """The labels of all false tracks at ``least_scores``; a class that is not in them is not counted."""
    belief = Belief()
    return [label for flown in passes for label in tracks_of(_only(flown, least_scores), belief)]


def _only(flown: Pass, least_scores: Mapping[str, float]) -> Pass:
    return tuple(tuple(find for find in finds if _counts(find, least_scores)) for finds in flown)


def _counts(find: Find, least_scores: Mapping[str, float]) -> bool:
    # Scores come as float32: 0.3 is written a little above itself.
    least = least_scores.get(find.label)
    return least is not None and bool(find.score >= np.float32(least))
