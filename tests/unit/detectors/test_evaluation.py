"""Average precision is COCO's, and what is not labelled counts neither way."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.evaluation.coco_file import load_coco
from detectors.evaluation.evaluate import OVERLAPS, SIZES_PX2, evaluate
from detectors.evaluation.labelled import Found, Truth
from detectors.evaluation.matching import match
from detectors.evaluation.precision import average_precision
from detectors.evaluation.uncertainty import interval95
from detectors.types import DetectorError

LABELS = ("person", "boat")


def truth(
    boxes: Any, labels: Any, ignore: Any = None, *, labelled: Any = LABELS, name: str = "a.jpg"
) -> Truth:
    flags = np.zeros(len(labels), bool) if ignore is None else np.array(ignore, bool)
    return Truth(name, name, frozenset(labelled), np.array(boxes, float).reshape(-1, 4), tuple(labels), flags)


def found(boxes: Any, labels: Any, score: Any) -> Found:
    return Found(np.array(boxes, float).reshape(-1, 4), tuple(labels), np.array(score, float))


def random_picture(rng: np.random.Generator, name: str) -> tuple[Truth, Found]:
    things, guesses = int(rng.integers(0, 12)), int(rng.integers(0, 25))
    corner, size = rng.uniform(0, 300, (things, 2)), rng.uniform(4, 150, (things, 2))
    boxes = np.hstack([corner, corner + size])
    if things:
        near = boxes[rng.integers(things, size=guesses)] + rng.normal(0, 6, (guesses, 4))
    else:
        near = np.tile([10.0, 10, 50, 50], (guesses, 1)) + rng.normal(0, 6, (guesses, 4))
    near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
    return (
        truth(boxes, rng.choice(LABELS, things), rng.random(things) < 0.2, name=name),
        found(near, rng.choice(LABELS, guesses), rng.random(guesses)),
    )


def by_pycocotools(pairs: list[tuple[Truth, Found]], label: str) -> tuple[float, float, list[float]]:
    coco = pytest.importorskip("pycocotools.coco", reason="the oracle of this test")
    cocoeval = pytest.importorskip("pycocotools.cocoeval", reason="the oracle of this test")
    truths, guesses = coco.COCO(), []
    truths.dataset = {"images": [], "annotations": [], "categories": [{"id": 1, "name": label}], "info": {}}
    for number, (true, guess) in enumerate(pairs):
        truths.dataset["images"].append({"id": number})
        for box, ignore in zip(*true.of(label), strict=True):
            wh = box[2:] - box[:2]
            truths.dataset["annotations"].append(
                {
                    "id": len(truths.dataset["annotations"]) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [*box[:2].tolist(), *wh.tolist()],
                    "area": float(wh.prod()),
                    "iscrowd": int(ignore),
                }
            )
        boxes, score = guess.best(label, 500)
        for box, own in zip(boxes, score, strict=True):
            wh = (box[2:] - box[:2]).tolist()
            guesses.append(
                {"image_id": number, "category_id": 1, "bbox": [*box[:2].tolist(), *wh], "score": float(own)}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        truths.createIndex()
        judge = cocoeval.COCOeval(truths, truths.loadRes(guesses), "bbox")
        judge.params.maxDets = [1, 10, 500]
        judge.params.areaRng = [[0, 1e10], *[list(limits) for limits in SIZES_PX2.values()]]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][:, :, 0, :, 2]  # overlaps, recalls, sizes
    return (
        float(precision[0, :, 0].mean()),
        float(precision[:, :, 0].mean()),
        [float(precision[0, :, k].mean()) for k in (1, 2, 3)],
    )


@pytest.mark.parametrize("seed", range(8))
def test_every_average_precision_equals_pycocotools(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = [random_picture(rng, f"{k}.jpg") for k in range(30)]
    figures = evaluate(pairs, LABELS, dict.fromkeys(LABELS, 0.5))
    for label in LABELS:
        ap50, ap50_95, sizes = by_pycocotools(pairs, label)
        ours = figures[label]
        assert ours.ap50 == pytest.approx(ap50, abs=1e-9)
        assert ours.ap50_95 == pytest.approx(ap50_95, abs=1e-9)
        for name, theirs in zip(SIZES_PX2, sizes, strict=True):
            value, things = ours.ap50_by_size[name]
            # pycocotools says -1 where there is no thing of the size.
            assert (value if things else -1.0) == pytest.approx(theirs, abs=1e-9), name


def test_a_perfect_detector_has_one_and_a_blind_one_nought() -> None:
    true = truth([[0, 0, 10, 10], [20, 20, 60, 50]], ["boat", "boat"])
    perfect = found(true.xyxy_px, true.labels, [0.9, 0.8])
    assert evaluate([(true, perfect)], ["boat"], {"boat": 0.5})["boat"].ap50_95 == 1.0
    assert evaluate([(true, found([], [], []))], ["boat"], {"boat": 0.5})["boat"].ap50 == 0.0


def test_a_class_that_a_picture_is_not_labelled_with_counts_neither_way() -> None:
    told = truth([[0, 0, 10, 10]], ["boat"])
    silent = truth([], [], labelled=["person"], name="b.jpg")
    hit, false_alarm = found([[0, 0, 10, 10]], ["boat"], [0.6]), found([[5, 5, 9, 9]], ["boat"], [0.9])
    assert evaluate([(told, hit), (silent, false_alarm)], ["boat"], {"boat": 0.5})["boat"].ap50 == 1.0
    labelled = truth([], [], name="b.jpg")
    assert evaluate([(told, hit), (labelled, false_alarm)], ["boat"], {"boat": 0.5})["boat"].ap50 == 0.5


def test_what_is_found_in_a_region_to_ignore_counts_neither_way() -> None:
    true = truth([[0, 0, 10, 10], [100, 100, 300, 300]], ["boat", "boat"], [False, True])
    guess = found([[0, 0, 10, 10], [120, 120, 140, 150], [200, 200, 220, 210]], ["boat"] * 3, [0.5, 0.9, 0.8])
    figures = evaluate([(true, guess)], ["boat"], {"boat": 0.5})["boat"]
    assert (figures.ap50, figures.boxes, figures.shipped.precision) == (1.0, 1, 1.0)


def test_a_second_box_on_the_same_thing_is_a_false_alarm() -> None:
    true = truth([[0, 0, 10, 10]], ["boat"])
    twice = found([[0, 0, 10, 10], [0, 0, 10, 9]], ["boat", "boat"], [0.9, 0.8])
    assert evaluate([(true, twice)], ["boat"], {"boat": 0.5})["boat"].shipped == (0.5, 1.0, 2)


def test_more_than_a_hundred_things_in_one_picture_all_count() -> None:
    boxes = [[20 * k, 0, 20 * k + 10, 10] for k in range(300)]
    true = truth(boxes, ["person"] * 300)
    assert (
        evaluate(
            [(true, found(boxes, ["person"] * 300, np.linspace(1, 0.1, 300)))], ["person"], {"person": 0.1}
        )["person"].ap50
        == 1.0
    )


def test_an_unknown_label_and_a_class_without_boxes_are_told_with_the_reason() -> None:
    true = truth([[0, 0, 10, 10]], ["boat"])
    figures = evaluate([(true, found([], [], []))], LABELS, {"person": 0.5})
    assert (figures["boat"].ap50, figures["boat"].why) == (None, "the detector has no such label")
    assert (figures["person"].ap50, figures["person"].why) == (None, "no box of it in these pictures")


def test_recall_is_told_by_the_height_of_the_box() -> None:
    true = truth([[0, 0, 5, 6], [20, 0, 30, 20], [50, 0, 60, 21]], ["person"] * 3)
    guess = found([[20, 0, 30, 20]], ["person"], [0.7])
    by_height = evaluate([(true, guess)], ["person"], {"person": 0.5})["person"].recall_by_height
    assert by_height == {0: (0.0, 1), 16: (0.5, 2)}


def test_the_interval_holds_the_value_and_one_place_gives_none() -> None:
    rng = np.random.default_rng(1)
    pairs = [random_picture(rng, f"{k}.jpg") for k in range(40)]
    matches = {
        true.group: [match(*guess.best("boat", 500), *true.of("boat"), least_overlap=OVERLAPS[0])]
        for true, guess in pairs
    }
    value = average_precision([m for group in matches.values() for m in group])
    low, high = interval95(matches) or (1.0, 0.0)
    assert value is not None
    assert low < value < high
    assert interval95({"one place": [m for group in matches.values() for m in group]}) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_detection_counts_twice_and_no_thing_is_found_twice(seed: int) -> None:
    true, guess = random_picture(np.random.default_rng(seed), "a.jpg")
    boxes, score = guess.best("boat", 500)
    result = match(boxes, score, *true.of("boat"), least_overlap=0.5)
    assert result.hit.sum() == np.isfinite(result.found_by).sum() <= result.things
    assert len(result.score) == len(result.hit) <= len(boxes)


def coco(**changes: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 2, "name": "boat"}],
    } | changes


def test_a_coco_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(coco()))
    labelled = load_coco(path)
    assert labelled.categories == ("boat",)
    assert labelled.pictures[0].xyxy_px.tolist() == [[1, 2, 4, 6]]
    assert labelled.pictures[0].labelled == {"boat"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"annotations": [{"id": 1, "image_id": 9, "category_id": 2, "bbox": [1, 2, 3, 4]}]}, "image 9"),
        ({"annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, -3, 4]}]}, "bbox"),
        ({"annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": [1, 2, 3, 4]}]}, "KeyError: 5"),
        ({"categories": [{"id": 2, "name": "boat"}, {"id": 3, "name": "boat"}]}, "two categories"),
        ({"images": "none"}, "TypeError"),
        ({"images": [{"id": 1, "file_name": "a.jpg", "labelled_classes": ["bote"]}]}, "labelled_classes"),
    ],
)
def test_a_coco_file_that_does_not_fit_together_is_refused(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(coco(**changes)))
    with pytest.raises(DetectorError, match=named):
        load_coco(path)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b"null", b'{"images": 3}'])
def test_what_is_no_coco_file_is_one_line(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "instances.json"
    path.write_bytes(text)
    with pytest.raises(DetectorError, match="not a COCO file"):
        load_coco(path)
