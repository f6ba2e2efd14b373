"""All figures of a detector on labelled pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.evaluation.labelled import Found, Truth
from detectors.evaluation.matching import Matches, match
from detectors.evaluation.precision import AtScore, at_score, average_precision
from detectors.evaluation.uncertainty import interval95

OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
SIZES_PX2: Mapping[str, tuple[float, float]] = {
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
"""COCO's."""
HEIGHTS_PX = (0, 8, 12, 16, 24, 32, 64)
MOST_PER_PICTURE = 500
"""COCO takes the best 100; a street seen from a drone holds more people than that."""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How a detector does on one class; None: nothing to measure it on (``why`` says what is missing).

    ``recall_by_height`` is, by the least height of the box in pixels of the picture, the share found at
    the shipped threshold, and of how many.
    """

    boxes: int
    pictures: int
    groups: int
    ap50: float | None
    ap50_95: float | None
    ap50_by_size: Mapping[str, tuple[float | None, int]]
    ap50_ci95: tuple[float, float] | None
    shipped: AtScore
    threshold: float
    recall_by_height: Mapping[int, tuple[float, int]]
    why: str | None = None


Pairs = Sequence[tuple[Truth, Found]]


def evaluate(
    pairs: Pairs, categories: Sequence[str], thresholds: Mapping[str, float]
) -> dict[str, ClassFigures]:
    """The figures of each of the ``categories``, from pictures and what was found in them.

    ``thresholds`` are the shipped least scores of the labels that the detector knows. A class is measured
    only in pictures that are labelled with it; elsewhere what is found of it counts neither way.
    """
    return {label: _of_class(pairs, label, thresholds.get(label)) for label in categories}


def _of_class(pairs: Pairs, label: str, threshold: float | None) -> ClassFigures:
    told = [(truth, found) for truth, found in pairs if label in truth.labelled]
    plain = _matches(told, label, OVERLAPS[0])
    boxes = sum(m.things for m in plain)
    why = _why(boxes, threshold)
    groups: dict[str, list[Matches]] = defaultdict(list)
    for (truth, _), matches in zip(told, plain, strict=True):
        groups[truth.group].append(matches)
    least = 1.0 if threshold is None else threshold
    return ClassFigures(
        boxes=boxes,
        pictures=sum(m.things > 0 for m in plain),
        groups=sum(any(m.things for m in group) for group in groups.values()),
        ap50=None if why else average_precision(plain),
        ap50_95=None if why else _over_overlaps(told, label),
        ap50_by_size={} if why else _by_size(told, label),
        ap50_ci95=None if why else interval95(groups),
        shipped=AtScore(None, None, 0) if threshold is None else at_score(plain, least),
        threshold=least,
        recall_by_height={} if why else _by_height(plain, least),
        why=why,
    )


def _why(boxes: int, threshold: float | None) -> str | None:
    if threshold is None:
        return "the detector has no such label"
    return None if boxes else "no box of it in these pictures"


def _matches(
    pairs: Pairs, label: str, least_overlap: float, area_px2: tuple[float, float] = (0.0, np.inf)
) -> list[Matches]:
    done = []
    for truth, found in pairs:
        boxes, score = found.best(label, MOST_PER_PICTURE)
        true, ignore = truth.of(label)
        done.append(match(boxes, score, true, ignore, least_overlap=least_overlap, area_px2=area_px2))
    return done


def _over_overlaps(pairs: Pairs, label: str) -> float:
    each = [average_precision(_matches(pairs, label, least)) for least in OVERLAPS]
    return float(np.mean([value or 0.0 for value in each]))


def _by_size(pairs: Pairs, label: str) -> dict[str, tuple[float | None, int]]:
    figures = {}
    for name, area_px2 in SIZES_PX2.items():
        matches = _matches(pairs, label, OVERLAPS[0], area_px2)
        figures[name] = average_precision(matches), sum(m.things for m in matches)
    return figures


def _by_height(matches: Sequence[Matches], least: float) -> dict[int, tuple[float, int]]:
    height_px = np.concatenate([m.height_px for m in matches])
    found = np.concatenate([m.found_by for m in matches]) >= least
    bins = np.digitize(height_px, HEIGHTS_PX) - 1
    counted = {HEIGHTS_PX[k]: found[bins == k] for k in range(len(HEIGHTS_PX))}
    return {height: (float(rows.mean()), len(rows)) for height, rows in counted.items() if len(rows)}
