"""Labelled pictures seen by a model as it ships: through its card, in tiles, by its runtime."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.evaluation.labelled import Found, Truth
from detectors.training.set_file import read_picture
from detectors.training.sets import Labelled
from detectors.training.truth import truth_of
from detectors.types import Detections, Detector


def pairs_as_shipped(detector: Detector, pictures: Sequence[Labelled]) -> list[tuple[Truth, Found]]:
    """What is in each picture, and what ``detector`` finds there.

    Raises:
        DetectorError: a picture cannot be read, or the detector fails.
    """
    return [
        (truth_of(picture), _found(detector.detect(read_picture(picture.path)), detector))
        for picture in pictures
    ]


def _found(seen: Detections, detector: Detector) -> Found:
    names = tuple(detector.label_map.get(seen.label(row), seen.label(row)) for row in range(len(seen)))
    return Found(seen.xyxy_px.astype(np.float64), names, seen.score.astype(np.float64))
