"""The score from which a class is reported."""

from __future__ import annotations

import numpy as np

from detectors.evaluation.labelled import Found, Truth
from detectors.training.classes import CLASSES
from detectors.training.thresholds import LIMITS, least_scores

BOX = [10.0, 10.0, 30.0, 30.0]
ELSEWHERE = [60.0, 60.0, 80.0, 80.0]


def pair(score: float, *, right: bool, labelled: bool = True) -> tuple[Truth, Found]:
    truth = Truth(
        file_name="a",
        group="a",
        labelled=frozenset(CLASSES if labelled else ()),
        xyxy_px=np.array([BOX]),
        labels=("boat",),
        ignore=np.array([False]),
    )
    return truth, Found(np.array([BOX if right else ELSEWHERE]), ("boat",), np.array([score]))


def test_it_is_the_least_score_at_which_enough_of_the_reports_are_right() -> None:
    pairs = [
        *(pair(0.5 + 0.01 * n, right=True) for n in range(8)),
        *(pair(0.4, right=False) for _ in range(8)),
    ]
    assert least_scores(pairs)["boat"] == 0.5


def test_a_class_that_is_never_right_is_reported_only_when_it_is_sure() -> None:
    assert least_scores([pair(0.9, right=False)])["boat"] == LIMITS[1]


def test_a_class_that_is_always_right_still_has_a_least_score() -> None:
    assert least_scores([pair(0.03, right=True)])["boat"] == LIMITS[0]


def test_pictures_in_which_a_class_was_not_labelled_do_not_count() -> None:
    pairs = [pair(0.6, right=True), *(pair(0.9, right=False, labelled=False) for _ in range(9))]
    assert least_scores(pairs)["boat"] == 0.6
