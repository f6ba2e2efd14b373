"""Asks a second model about one thing in one picture: one crop, one run, and never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from detectors import Detections, Detector
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.second_look.crop import Box, Crop, crop_of, is_too_small
from droneops.second_look.kinds import bears_out

Made = TypeVar("Made")

SAME_PLACE = 0.5
"""The least part of the smaller of two boxes that lies in the other, for both to show one thing. Not their
IoU: of a heap of logs one model may box a part, another the whole."""


@dataclass(frozen=True, slots=True)
class Second:
    """A second model. ``label_of`` maps its labels to the rules'; ``tell`` hears why it failed."""

    detector: Detector
    label_of: Callable[[str], str]
    tell: Callable[[str], None]

    @property
    def name(self) -> str:
        """Its name and version, as alerts give them."""
        return f"{self.detector.name} {self.detector.version}"

    def said(
        self, answer: Answer, reason: Why | None, label: str | None = None, score: float | None = None
    ) -> SecondLook:
        """An answer in this model's name."""
        return SecondLook(self.name, self.detector.weights_sha256, answer, reason, label, score)


def ask(image_bgr: npt.NDArray[np.uint8], box_px: Box, label: str, second: Second) -> SecondLook:
    """Whether ``second`` sees a ``label`` of the rules at ``box_px`` (x1, y1, x2, y2).

    ``image_bgr`` is (h, w, 3); a box may reach beyond it.
    """
    crop = crop_for(image_bgr, box_px, label, second)
    return crop if isinstance(crop, SecondLook) else ask_of(crop, label, second)


def crop_for(image_bgr: npt.NDArray[np.uint8], box_px: Box, label: str, second: Second) -> Crop | SecondLook:
    """What is to be shown to ``second``; an answer at once where it need not be asked."""
    if not any(bears_out(label, second.label_of(own)) for own in second.detector.labels):
        return second.said(Answer.COULD_NOT_TELL, Why.LABEL_UNKNOWN)
    if is_too_small(box_px):
        return second.said(Answer.COULD_NOT_TELL, Why.TOO_SMALL)
    return _guarded(lambda: crop_of(image_bgr, box_px), second)


def ask_of(crop: Crop, label: str, second: Second) -> SecondLook:
    """Whether ``second`` sees a ``label`` in what `crop_for` gave."""
    return _guarded(lambda: _judged(second.detector.detect(crop.image_bgr), crop, label, second), second)


def _guarded(look: Callable[[], Made], second: Second) -> Made | SecondLook:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever a model does, the alert goes out
        second.tell(f"second look: {second.name} failed: {type(error).__name__}: {error}")
        return second.said(Answer.COULD_NOT_TELL, Why.MODEL_FAILED)


def _judged(found: Detections, crop: Crop, label: str, second: Second) -> SecondLook:
    here = sorted(_in_place(found, crop, second), key=lambda item: (-item[1], item[0]))
    same = [item for item in here if bears_out(item[0], label)]
    if same:
        return second.said(Answer.AGREED, None, *same[0])
    if here:
        return second.said(Answer.DISAGREED, Why.ANOTHER_LABEL, *here[0])
    return second.said(Answer.DISAGREED, Why.NOTHING_THERE)


def _in_place(found: Detections, crop: Crop, second: Second) -> Iterator[tuple[str, float]]:
    for row, box in enumerate(found.xyxy_px.tolist()):
        if _shared(box, crop.box_px) < SAME_PLACE:
            continue
        score = round(float(found.score[row]), 4)
        if not 0 <= score <= 1:
            # An alert cannot hold it, and must not be lost to it.
            raise ValueError(f"a score of {score}")
        yield second.label_of(found.label(row)), score


def _shared(one: Box, other: Box) -> float:
    """The area that two boxes share, over the smaller one's."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return 0.0 if min(width, height, smaller) <= 0 else width * height / smaller
