"""Crops for training: the boxes go where the pixels go, and a seed says all."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.training.batches import Mix, collate, make_crop, stream
from detectors.training.classes import CLASSES, category_id, coco_categories
from detectors.training.sets import IGNORE, Labelled, parse_weighted, read_set
from detectors.training.windows import Window, boxes_in_window, cut_window, flip, quarter_turn
from detectors.types import DetectorError

BOAT = CLASSES.index("boat")
BOX = (100.0, 60.0, 160.0, 120.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two pictures: a white square labelled boat on grey, and nothing."""
    (tmp_path / "images").mkdir()
    for name, boxes in (("a", [BOX]), ("b", [])):
        image = np.full((300, 400, 3), 60, np.uint8)
        for left, top, right, bottom in boxes:
            image[int(top) : int(bottom), int(left) : int(right)] = 250
        cv2.imwrite(str(tmp_path / "images" / f"{name}.jpg"), image)
    write(tmp_path)
    return tmp_path


def write(folder: Path, **changes: object) -> None:
    size = {"width": 400, "height": 300, "labelled_classes": ["boat", "fire"]}
    images = [size | {"id": n, "file_name": f"{name}.jpg"} for n, name in enumerate("ab")]
    left, top, right, bottom = BOX
    box = {"id": 1, "image_id": 0, "category_id": category_id("boat"), "iscrowd": 0}
    annotations = [box | {"bbox": [left, top, right - left, bottom - top]}]
    document = {"images": images, "annotations": annotations, "categories": coco_categories()} | changes
    (folder / "instances.json").write_text(json.dumps(document), encoding="utf-8")


def bright_extent(image: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(image.min(axis=2) > 200)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_set_reads_as_it_was_written(folder: Path) -> None:
    first, second = read_set(folder)
    assert first.xyxy_px.tolist() == [list(BOX)]
    assert (first.class_id.tolist(), second.class_id.tolist()) == ([BOAT], [])
    assert [CLASSES[n] for n in np.flatnonzero(first.labelled)] == ["boat", "fire"]


def test_a_crowd_is_a_place_to_ignore_and_other_labels_are_left_out(folder: Path) -> None:
    box = {"id": 1, "image_id": 0, "bbox": [1, 2, 3, 4]}
    write(
        folder,
        annotations=[box | {"category_id": 1, "iscrowd": 1}, box | {"category_id": 99, "iscrowd": 0}],
        categories=[*coco_categories(), {"id": 99, "name": "stump"}],
    )
    assert read_set(folder)[0].class_id.tolist() == [IGNORE]


@pytest.mark.parametrize("weight", ["x", "0", "-1", "nan", "inf"])
def test_a_weight_that_is_none_is_refused(folder: Path, weight: str) -> None:
    with pytest.raises(DetectorError, match="is not a weight"):
        parse_weighted(f"{folder}:{weight}")


def test_a_folder_that_is_no_set_is_refused(folder: Path) -> None:
    with pytest.raises(DetectorError, match="No such file"):
        read_set(folder / "images")
    (folder / "instances.json").write_text('{"images": 3}')
    with pytest.raises(DetectorError, match="not a set"):
        read_set(folder)
    write(folder, images=[], annotations=[])
    with pytest.raises(DetectorError, match="no picture"):
        read_set(folder)


@pytest.mark.parametrize(
    "window",
    [
        Window(50, 20, 200, 200, 96),
        Window(50, 20, 50.0 * 3, 40.0 * 3, 480),
        Window(0, 0, 600, 600, 320),  # hangs over
    ],
)
@pytest.mark.parametrize("turn", [lambda *v: v, flip, quarter_turn])
def test_boxes_go_where_the_pixels_go(folder: Path, window: Window, turn: object) -> None:
    (picture, _) = read_set(folder)
    image = cv2.imread(str(picture.path))
    boxes, class_id = boxes_in_window(picture.xyxy_px, picture.class_id, window)
    crop, boxes = turn(cut_window(image, window, smooth=True), boxes)  # type: ignore[operator]
    assert crop.shape == (window.side_px, window.side_px, 3)
    assert class_id.tolist() == [BOAT]
    assert np.abs(np.array(bright_extent(crop)) - boxes[0]).max() <= 2.0


@pytest.mark.parametrize(
    ("left_px", "due"),
    [(100, [BOAT]), (130, [BOAT]), (140, [IGNORE]), (165, [])],
)
def test_a_box_cut_by_the_edge_stays_becomes_ignored_or_goes(left_px: float, due: list[int]) -> None:
    boxes, class_id = np.array([BOX], np.float32), np.array([BOAT])
    assert boxes_in_window(boxes, class_id, Window(left_px, 0, 200, 200, 200))[1].tolist() == due


def test_what_is_too_small_to_tell_is_ignored() -> None:
    boxes, class_id = np.array([BOX], np.float32), np.array([BOAT])
    window = Window(0, 0, 4000, 4000, 200)
    assert boxes_in_window(boxes, class_id, window)[1].tolist() == [IGNORE]


def test_the_same_seed_and_number_give_the_same_crop(folder: Path) -> None:
    mix = Mix((parse_weighted(str(folder)),), seed=5, side_px=96)
    one, again, other = mix.crop(3), mix.crop(3), mix.crop(4)
    assert np.array_equal(one.image_bgr, again.image_bgr)
    assert np.array_equal(one.xyxy_px, again.xyxy_px)
    assert not np.array_equal(one.image_bgr, other.image_bgr)


def test_sets_are_drawn_by_weight(folder: Path) -> None:
    picture, empty = read_set(folder)
    mix = Mix((weighted(picture, 9.0), weighted(empty, 1.0)), seed=0, side_px=32)
    drawn = [mix.crop(number).labelled.all() for number in range(200)]
    assert 160 <= sum(not one for one in drawn) <= 198


def weighted(picture: Labelled, weight: float) -> object:
    from dataclasses import replace

    from detectors.training.sets import WeightedSet

    labelled = np.full(len(CLASSES), not len(picture.class_id))
    return WeightedSet((replace(picture, labelled=labelled),), weight)


def test_a_batch_says_whose_each_box_is(folder: Path) -> None:
    full, empty = read_set(folder)
    rng = np.random.default_rng(0)
    made = collate([make_crop(one, 400, rng) for one in (empty, full, full)])
    assert made.images_bgr.shape == (3, 400, 400, 3)
    assert set(made.image.tolist()) <= {1, 2}
    assert len(made.image) == len(made.xyxy_px) == len(made.class_id)


def test_a_stream_can_be_taken_up_where_it_was_left(folder: Path) -> None:
    mix = Mix((parse_weighted(str(folder)),), seed=1, side_px=64)
    whole, rest = stream(mix, 2), stream(mix, 2, first=2)
    skipped = [next(whole) for _ in range(3)][2]
    assert np.array_equal(skipped.images_bgr, next(rest).images_bgr)
    for one in (whole, rest):
        one.close()  # type: ignore[attr-defined]  # generators have it


def test_a_picture_that_cannot_be_read_ends_the_stream_with_its_name(folder: Path) -> None:
    for path in (folder / "images").iterdir():
        path.write_bytes(b"")
    batches = stream(Mix((parse_weighted(str(folder)),), seed=1, side_px=64), 2)
    with pytest.raises(DetectorError, match="jpg"):
        next(batches)
