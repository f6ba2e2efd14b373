"""The set's form is the one that training reads, and the doubtful sample is bounded and even."""

from __future__ import annotations

import json
import resource
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from detectors.labels import CLASSES
from detectors.training.sets import read_set
from droneops.errors import InputError
from droneops.field_set.coco import instances_json
from droneops.field_set.doubt import DoubtfulFrames
from droneops.field_set.doubtful import doubtful_in
from droneops.field_set.gather import write_labels
from droneops.field_set.picture import FieldBox, FieldPicture, suggestion
from droneops.pipeline import Look
from droneops.types import Frame, NoGroundPoint, NoPose, Reason, Sighting

NAN = float("nan")


def test_the_categories_are_those_of_the_training_and_what_it_does_not_know_comes_behind() -> None:
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


@pytest.mark.parametrize("box", [[0, 0, 0, 5], [5, 5, 1, 9], [NAN, 0, 1, 1], [0, 0, float("inf"), 1]])
def test_a_box_without_an_inside_is_refused(box) -> None:
    with pytest.raises(ValueError, match="without an inside"):
        suggestion({"label": "boat", "bbox_px": box, "score": 0.5})


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="score"):
        suggestion({"label": "boat", "bbox_px": [0, 0, 1, 1], "score": NAN})


def kept(result, **changes):
    """A replay's folder with one doubtful frame, its row changed."""
    (result / "doubtful").mkdir(parents=True)
    (result / "alerts.jsonl").touch()
    (result / "doubtful" / "1.jpg").write_bytes(b"jpeg")
    row = {"file": "1.jpg", "time": "t", "drone_id": "d", "detector": "net 1", "width_px": 9, "height_px": 9}
    row |= {"doubts": ["near_threshold"], "things": []}
    (result / "doubtful" / "frames.jsonl").write_text(json.dumps(row | changes) + "\n")
    return result


def test_a_sliver_that_a_picture_s_edge_left_of_a_box_does_not_cost_the_set(tmp_path) -> None:
    things = [{"label": "boat", "bbox_px": box, "score": 0.5} for box in ([8.99, 1, 8.99, 5], [1, 1, 5, 5])]
    (read,) = doubtful_in(kept(tmp_path, things=things))
    assert [box.box_px for box in read.boxes] == [(1, 1, 5, 5)]


@pytest.mark.parametrize(
    "changes",
    [
        {"detector": 5},
        {"width_px": float("inf")},
        {"file": "../1.jpg"},
        {"file": None},
        {"drone_id": 7},
        {"things": 3},
        {"things": [{"label": "boat", "bbox_px": [0, 0, float("inf"), 5], "score": 0.5}]},
    ],
)
def test_a_list_of_frames_that_was_tampered_with_is_told_in_one_line(tmp_path, changes) -> None:
    with pytest.raises(InputError, match="is no list of frames"):
        doubtful_in(kept(tmp_path, **changes))


def test_a_set_has_more_pictures_than_a_process_may_have_open_files(tmp_path) -> None:
    result = kept(tmp_path / "out")
    row = json.loads((result / "doubtful" / "frames.jsonl").read_text())
    rows = [json.dumps(row | {"drone_id": f"d{number}"}) for number in range(200)]
    (result / "doubtful" / "frames.jsonl").write_text("\n".join(rows))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 50, hard))
    try:
        told = write_labels([result], tmp_path / "set", None)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert told["pictures"] == len(list((tmp_path / "set" / "images").iterdir())) == 200


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
    return FieldPicture("a.jpg", bytes, 64, 48, boxes, labelled, "test", {"kind": "dismissed"})


def test_a_set_larger_than_memory_is_written_a_picture_at_a_time(tmp_path) -> None:
    result = kept(tmp_path / "out")
    big = 8 << 20
    (result / "doubtful" / "1.jpg").write_bytes(bytes(big))
    row = json.loads((result / "doubtful" / "frames.jsonl").read_text())
    rows = [json.dumps(row | {"drone_id": f"d{number}"}) for number in range(20)]
    (result / "doubtful" / "frames.jsonl").write_text("\n".join(rows))
    tracemalloc.start()
    try:
        told = write_labels([result], tmp_path / "set", None)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told["pictures"] == 20
    assert most < 3 * big


def test_a_picture_that_goes_away_before_it_is_written_is_one_line(tmp_path) -> None:
    (read,) = doubtful_in(kept(tmp_path))
    (tmp_path / "doubtful" / "1.jpg").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read.read()
