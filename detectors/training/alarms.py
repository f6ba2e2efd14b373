"""From which score up a class raises few enough false alarms where there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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


def quiet_scores(passes: Sequence[Pass], most: int, least: float) -> dict[str, tuple[Quiet, ...]]:
    """By class, for 0 to ``most`` false tracks, the least score from ``least`` up that raises no more."""
    return {name: _quiet(passes, name, most, least) for name in CLASSES}


def shared_out(
    quiet: Mapping[str, Sequence[Quiet]], found: Callable[[str, float], float], most: int
) -> dict[str, Quiet]:
    """One score a class, so that ``most`` false tracks are raised in all and as much as can be is found.

    ``found(name, score)`` is the share of a class that is found from a score up. Equal shares would spend the
    budget on classes that nothing is found of either way. A class that raises more than it may at every score
    gets its last one.
    """
    # By false tracks spent: what was found at best, and by which choice; a knapsack of a few places.
    best: dict[int, tuple[float, dict[str, Quiet]]] = {0: (0.0, {})}
    for name, choices in quiet.items():
        ways: dict[int, tuple[float, dict[str, Quiet]]] = {}
        for spent, (gained, chosen) in best.items():
            for allowed, choice in enumerate(choices):
                now, gain = spent + allowed, gained + found(name, choice.score)
                if now <= most and (now not in ways or gain > ways[now][0]):
                    ways[now] = (gain, {**chosen, name: choice})
        best = ways
    return max(best.values(), key=lambda way: way[0])[1]


def _quiet(passes: Sequence[Pass], name: str, most: int, least: float) -> tuple[Quiet, ...]:
    own = [_only(flown, {name: least}) for flown in passes]
    own = [flown for flown in own if any(flown)]
    scores = [
        round(float(score), 2) for score in np.arange(round(least / _STEP), round(SURE / _STEP) + 1) * _STEP
    ]
    tracks = [len(believed(own, {name: score})) for score in scores]
    # A higher score may not leave fewer tracks step by step: a place may split; the first good one counts.
    return tuple(
        next(
            (
                Quiet(score, count, True)
                for score, count in zip(scores, tracks, strict=True)
                if count <= allowed
            ),
            Quiet(SURE, tracks[-1], False),
        )
        for allowed in range(most + 1)
    )


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
