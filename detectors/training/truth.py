"""A set's labels as the evaluation wants them."""

from __future__ import annotations

import numpy as np

from detectors.evaluation.labelled import Truth
from detectors.training.classes import CLASSES
from detectors.training.sets import IGNORE, Labelled


def truth_of(picture: Labelled) -> Truth:
    """The labels of a set's picture as the evaluation wants them."""
    rows = [
        (box, name, class_id == IGNORE)
        for box, class_id in zip(picture.xyxy_px, picture.class_id, strict=True)
        # A region to be ignored has no class, and is to be ignored for each.
        for name in (CLASSES if class_id == IGNORE else (CLASSES[class_id],))
    ]
    return Truth(
        file_name=picture.path.name,
        group=picture.path.name,
        labelled=frozenset(name for name, told in zip(CLASSES, picture.labelled, strict=True) if told),
        xyxy_px=np.array([box for box, _, _ in rows], np.float64).reshape(-1, 4),
        labels=tuple(name for _, name, _ in rows),
        ignore=np.array([ignored for _, _, ignored in rows], bool),
    )
