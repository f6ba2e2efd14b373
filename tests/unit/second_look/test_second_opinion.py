"""What a second model is shown, what its boxes come to, and what its word does to an alert."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import Detections
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.second_look.ask import Second, ask
from droneops.second_look.crop import MOST_ENLARGED, SIDE_PX, crop_of
from droneops.second_look.doubt import doubted

IMAGE = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)


class Boxes:
    """A model that sees these (label, box) in what it is shown; a box is in shares of the picture."""

    name, version, weights_sha256 = "boxes", "2", None
    label_map = MappingProxyType({})
    wants_gsd = False

    def __init__(
        self, *found: tuple[str, tuple[float, float, float, float]], knows=("boat", "truck")
    ) -> None:
        self._found = found
        self.labels = tuple(dict.fromkeys((*knows, *(label for label, _ in found))))

    def detect(self, image_bgr, gsd_m=None) -> Detections:
        height, width = image_bgr.shape[:2]
        sides = np.array([width, height, width, height], np.float32)
        boxes = np.array([box for _, box in self._found], np.float32).reshape(-1, 4) * sides
        number = len(boxes)
        ids = np.array([self.labels.index(label) for label, _ in self._found], np.int64)
        score = np.linspace(0.9, 0.5, number).astype(np.float32)
        anchors = np.zeros((number, 2), np.float32)
        return Detections(boxes, ids, score, anchors, self.labels, (None,) * number, self.name, self.version)


def asked(model: Boxes, label: str, box=(600.0, 300.0, 680.0, 380.0)) -> SecondLook:
    return ask(IMAGE, box, label, Second(model, lambda own: own, lambda _: None))


MIDDLE, CORNER = (0.25, 0.25, 0.75, 0.75), (0.0, 0.0, 0.2, 0.2)


@pytest.mark.parametrize(
    ("model", "label", "answer", "reason"),
    [
        (Boxes(("boat", MIDDLE)), "boat", Answer.AGREED, None),
        (Boxes(("boat", CORNER)), "boat", Answer.DISAGREED, Why.NOTHING_THERE),
        (Boxes(("truck", MIDDLE), ("boat", (0.4, 0.4, 0.6, 0.6))), "boat", Answer.AGREED, None),
        (Boxes(("truck", MIDDLE)), "boat", Answer.DISAGREED, Why.ANOTHER_LABEL),
        (Boxes(("truck", MIDDLE)), "tractor", Answer.AGREED, None),
        (Boxes(("smoke", (0.0, 0.0, 1.0, 1.0))), "fire", Answer.AGREED, None),
        (Boxes(), "log_pile", Answer.COULD_NOT_TELL, Why.LABEL_UNKNOWN),
    ],
)
def test_it_agrees_when_it_sees_such_a_thing_in_that_place(model, label, answer, reason) -> None:
    said = asked(model, label)
    assert (said.answer, said.reason) == (answer, reason)
    assert (said.label is None) == (reason in (Why.NOTHING_THERE, Why.LABEL_UNKNOWN))


@pytest.mark.parametrize("score", [1.5, -0.5, float("nan")])
def test_a_score_that_no_alert_can_hold_is_a_failure_and_no_word(score) -> None:
    class Wild(Boxes):
        def detect(self, image_bgr, gsd_m=None) -> Detections:
            return replace(super().detect(image_bgr), score=np.array([score], np.float32))

    said = asked(Wild(("boat", MIDDLE)), "boat")
    assert (said.answer, said.reason, said.score) == (Answer.COULD_NOT_TELL, Why.MODEL_FAILED, None)


def test_what_is_too_small_to_be_recognised_is_not_asked_about() -> None:
    assert asked(Boxes(), "boat", (10, 10, 17.9, 90)).reason is Why.TOO_SMALL
    assert asked(Boxes(), "boat", (10, 10, 18, 90)).answer is Answer.DISAGREED


sides = st.floats(8, 900)


@given(st.floats(-50, 1270), st.floats(-50, 710), sides, sides)
def test_the_crop_shows_the_thing_where_it_says_and_never_more_than_four_times_its_size(x, y, w, h) -> None:
    x2, y2 = min(x + w, 1285), min(y + h, 725)
    crop = crop_of(IMAGE, (x, y, x2, y2))
    height, width = crop.image_bgr.shape[:2]
    factor = (crop.box_px[2] - crop.box_px[0]) / (x2 - x)
    assert 1 - 1e-9 <= factor <= MOST_ENLARGED + 1e-9
    assert max(height, width) <= max(SIDE_PX + 1, 1280)
    assert height >= min(160, 720)
    whole = min(max(x2 - x, y2 - y) * 2, 720) >= max(x2 - x, y2 - y)
    if whole and min(x, y) >= 0 and x2 <= 1280 and y2 <= 720:
        left, top, right, bottom = crop.box_px
        assert left >= -1e-6 - factor
        assert top >= -1e-6 - factor
        assert right <= width + factor + 1e-6
        assert bottom <= height + factor + 1e-6


def test_the_crops_pixels_are_those_around_the_box() -> None:
    crop = crop_of(IMAGE, (100.0, 100.0, 500.0, 500.0))
    assert np.array_equal(crop.image_bgr, IMAGE[:720, :800])
    assert crop.box_px == (100.0, 100.0, 500.0, 500.0)


@pytest.mark.parametrize("certainty", ["observed", "likely", "possible"])
@pytest.mark.parametrize("answer", list(Answer))
def test_only_a_disagreement_lowers_the_certainty_and_by_one_step(certainty, answer) -> None:
    order = ("possible", "likely", "observed")
    down = order.index(certainty) - order.index(doubted(certainty, SecondLook("m 1", None, answer)))
    assert down == (answer is Answer.DISAGREED and certainty != "possible")
    assert doubted(certainty, None) == certainty
