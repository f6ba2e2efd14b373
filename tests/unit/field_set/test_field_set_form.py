"""The set's form is the one that training reads, and the doubtful sample is bounded and even."""

from __future__ import annotations

import json

import numpy as np
import pytest

from detectors.training.classes import CLASSES as TRAINED
from detectors.training.sets import read_set
from droneops.field_set.coco import CLASSES, instances_json
from droneops.field_set.doubt import DoubtfulFrames
from droneops.field_set.picture import FieldBox, FieldPicture, suggestion
from droneops.pipeline import Look
from droneops.types import Frame, NoGroundPoint, NoPose, Reason, Sighting


def test_the_categories_are_those_of_the_training_and_what_it_does_not_know_comes_behind() -> None:
    assert CLASSES == TRAINED
    boxes = tuple(FieldBox(label, (0, 0, 4, 4), 0.5, stated=True) for label in ("stump", "truck", "planks"))
    table = json.loads(instances_json([picture(boxes=boxes)]))
    names = {entry["id"]: entry["name"] for entry in table["categories"]}
    assert [names[number] for number in range(1, 8)] == list(CLASSES)
    told = [(names[entry["category_id"]], entry["label"]) for entry in table["annotations"]]
    assert told == [("stump", "stump"), ("vehicle", "truck"), ("log_pile", "planks")]


def test_a_training_learns_what_was_stated_and_looks_away_from_suggestions(tmp_path) -> None:
    boxes = (
        FieldBox("boat", (1, 2, 11, 22), 0.9, stated=True),
        FieldBox("stump", (30, 2, 41, 22), 0.4, stated=False),
    )
    (tmp_path / "instances.json").write_bytes(instances_json([picture(boxes=boxes, labelled=("truck",))]))
    (read,) = read_set(tmp_path)
    assert read.class_id.tolist() == [CLASSES.index("boat"), -1]
    assert read.xyxy_px[0].tolist() == [1, 2, 11, 22]
    assert [name for name, is_labelled in zip(CLASSES, read.labelled, strict=True) if is_labelled] == [
        "vehicle"
    ]


@pytest.mark.parametrize("box", [[0, 0, 0, 5], [5, 5, 1, 9], [float("nan"), 0, 1, 1]])
def test_a_box_without_an_inside_is_refused(box) -> None:
    with pytest.raises(ValueError, match="without an inside"):
        suggestion({"label": "boat", "bbox_px": box, "score": 0.5})


def test_the_sample_of_doubtful_frames_is_bounded_and_from_the_whole_flight() -> None:
    sampled = DoubtfulFrames(40, {"boat": 0.3}, "net 1")
    for second in range(1000):
        sampled.add(look(second, 0.31 if second % 2 else 0.9))
    times_s = [
        int(frame.row["time"][17:19]) + 60 * int(frame.row["time"][14:16]) for frame in sampled.frames()
    ]
    assert len(times_s) == 40
    assert times_s == sorted(times_s)
    assert all(second % 2 for second in times_s), "a good score is no doubt"
    assert 10 <= sum(second < 500 for second in times_s) <= 30


def look(second: int, score: float) -> Look:
    frame = Frame("d", "eo", second * 1_000_000, second, np.zeros((2, 2, 3), np.uint8), "test")
    nowhere = NoGroundPoint(Reason.NO_POSE)
    sighting = Sighting("d", second, 0, "boat", "boat", None, score, (0, 0, 1, 1), nowhere, None)
    return Look(frame, NoPose(second, Reason.NO_POSE), (sighting,), (None,), ((),), ())


def picture(boxes=(), labelled=()) -> FieldPicture:
    return FieldPicture("a.jpg", b"", 64, 48, boxes, labelled, "test", {"kind": "dismissed"})
