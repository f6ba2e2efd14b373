"""What users of models in ONNX form may rely on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tiny_onnx import FLOAT, INT64, constant_model

import detectors
from detectors import DetectorError
from detectors.card import load_card

DATA = Path(__file__).parents[4] / "shared/data"
SIDE = 64
PICTURE = {"images": (FLOAT, (1, 3, SIDE, SIDE))}
SIZES = {"orig_target_sizes": (INT64, (1, 2))}
LABELS = ["person", "car", "truck"]


def card_text(weights, **changes):
    card = {
        "name": "tiny",
        "version": "1",
        "file": "tiny.onnx",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "licence": "CC0-1.0",
        "source": "made in the test",
        "layout": "detr",
        "labels": LABELS,
        "standing": ["person"],
        "input": {"width_px": SIDE, "height_px": SIDE, "colour": "rgb", "resize": "stretch"},
        "thresholds": {"default": 0.3},
    }
    card.update(changes)
    return toml({key: value for key, value in card.items() if value is not None})


def toml(values):
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    for section, entries in values.items():
        if section not in plain:
            lines += [f"[{section}]", *(f"{key} = {inline(value)}" for key, value in entries.items())]
    return "\n".join(lines)


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {json.dumps(entry)}" for key, entry in value.items()) + "}"
    return json.dumps(value)


@pytest.fixture
def install(tmp_path):
    """Writes weights and card into a folder; gives the card's path."""

    def write(weights, text=None, **changes):
        (tmp_path / "tiny.onnx").write_bytes(weights)
        (tmp_path / "card.toml").write_text(text or card_text(weights, **changes))
        return str(tmp_path / "card.toml")

    return write


def detr_model(rows, *, inputs=PICTURE | SIZES, **changes):
    """``rows`` are (label id, score, box in input pixels)."""
    outputs = {
        "labels": np.array([[row[0] for row in rows]], np.int64),
        "boxes": np.array([[row[2] for row in rows]], np.float32).reshape(1, len(rows), 4),
        "scores": np.array([[row[1] for row in rows]], np.float32),
    }
    return constant_model(inputs, outputs, **changes)


def yolox_model(rows, *, labels=3):
    """``rows`` are (cell, label id, object score, label score, box in input pixels)."""
    # An 8 x 8 grid of 8 px, then 4 x 4 of 16 px, then 2 x 2 of 32 px, row by row.
    grid = [(x, y, step) for step in (8, 16, 32) for y in range(0, SIDE, step) for x in range(0, SIDE, step)]
    corner, stride = np.array(grid)[:, :2], np.array(grid)[:, 2]
    raw = np.zeros((1, len(stride), 5 + labels), np.float32)
    for cell, label, objectness, score, (x0, y0, x1, y1) in rows:
        raw[0, cell, :2] = (np.array([x0 + x1, y0 + y1]) / 2 - corner[cell]) / stride[cell]
        raw[0, cell, 2:4] = np.log(np.array([x1 - x0, y1 - y0]) / stride[cell])
        raw[0, cell, 4], raw[0, cell, 5 + label] = objectness, score
    return constant_model(PICTURE, {"output": raw})


def yolox_card(**changes):
    return {"layout": "yolox", "thresholds": {"default": 0.3, "nms_iou": 0.5}} | changes


def picture(width=SIDE, height=SIDE):
    return np.zeros((height, width, 3), np.uint8)


TWO = [(1, 0.4, (8, 8, 24, 16)), (0, 0.9, (32, 16, 48, 48)), (2, 0.1, (0, 0, 8, 8))]


def test_a_detr_model_s_boxes_come_back_in_the_picture_s_own_pixels(install):
    found = detectors.make(install(detr_model(TWO))).detect(picture(128, 192))
    assert [found.label(row) for row in range(len(found))] == ["person", "car"]
    assert found.score == pytest.approx([0.9, 0.4])
    assert found.xyxy_px == pytest.approx(np.array([[64, 48, 96, 144], [16, 24, 48, 48]]))
    assert found.identity == (None, None)


def test_a_letterboxed_picture_s_boxes_are_undone_too(install):
    side = {"width_px": SIDE, "height_px": SIDE, "colour": "bgr", "resize": "letterbox"}
    found = detectors.make(install(detr_model(TWO), input=side)).detect(picture(256, 128))
    assert found.xyxy_px[1] == pytest.approx([32, 32, 96, 64])


@pytest.mark.parametrize("box", [(70, 8, 90, 16), (-9, 8, 0.005, 16), (24, 8, 8, 16), (8, 8, 8, 16)])
def test_a_box_of_which_the_picture_shows_nothing_is_no_thing(install, box):
    found = detectors.make(install(detr_model([(1, 0.9, box), *TWO]))).detect(picture())
    assert found.score == pytest.approx([0.9, 0.4])
    assert found.label(0) == "person"


def test_a_score_above_one_is_refused(install):
    with pytest.raises(DetectorError, match=r"gave a score of 3\.5 \(export it with scores from 0 to 1"):
        detectors.make(install(detr_model([(1, 3.5, (8, 8, 24, 16))])))


def test_of_boxes_beyond_all_measure_the_best_are_told(install):
    rows = [(1, 0.31 + k / 10000, (k % 63, k // 63, k % 63 + 1, k // 63 + 1)) for k in range(3000)]
    found = detectors.make(install(detr_model(rows))).detect(picture())
    assert len(found) == 600
    assert found.score.min() == pytest.approx(0.31 + 0.24, abs=1e-4)


def test_a_model_that_wants_the_size_in_another_shape_is_refused(install):
    inputs = {"images": (FLOAT, ("N", 3, SIDE, SIDE)), "orig_target_sizes": (INT64, ())}
    with pytest.raises(DetectorError, match=r"'tiny' is not the detr model .*'orig_target_sizes', \(\)"):
        detectors.make(install(detr_model(TWO, inputs=inputs)))


def test_standing_things_touch_the_ground_at_the_foot_and_others_in_the_middle(install):
    found = detectors.make(install(detr_model(TWO))).detect(picture())
    assert found.anchor_px == pytest.approx(np.array([[39.5, 47.5], [15.5, 11.5]]))


def test_boxes_are_cut_at_the_edge_of_the_picture(install):
    model = detr_model([(0, 0.9, (-5, -5, 70, 80))])
    assert detectors.make(install(model)).detect(picture()).xyxy_px.tolist() == [[0, 0, 64, 64]]


def test_detections_keep_the_models_own_labels_and_the_map_says_what_they_mean(install):
    card = install(detr_model(TWO), label_map={"car": "vehicle", "truck": "vehicle"})
    detector = detectors.make(card)
    assert detector.labels == ("person", "car", "truck")
    assert detector.label_map == {"car": "vehicle", "truck": "vehicle"}
    found = detector.detect(picture())
    assert [found.label(row) for row in range(2)] == ["person", "car"]


def test_thresholds_may_differ_by_label(install):
    card = install(detr_model(TWO), thresholds={"default": 0.5, "per_label": {"truck": 0.05}})
    assert detectors.make(card).detect(picture()).label_id.tolist() == [0, 2]


def test_min_score_takes_the_place_of_all_thresholds(install):
    card = install(detr_model(TWO), thresholds={"default": 0.5, "per_label": {"truck": 1.0}})
    assert len(detectors.make(card, {"min_score": 0.02}).detect(picture())) == 3
    assert len(detectors.make(card, {"min_score": 0.95}).detect(picture())) == 0


def test_a_yolox_model_s_grid_is_decoded_over_all_three_strides(install):
    boxes = [(0, 4, 8, 20), (20, 20, 60, 30), (2, 30, 50, 62)]
    rows = [
        (cell, label, 0.8, 0.5 + label / 10, boxes[label])
        for label, cell in enumerate((9, 64 + 5, 64 + 16 + 2))
    ]
    found = detectors.make(install(yolox_model(rows), **yolox_card())).detect(picture(128, 128))
    assert found.label_id.tolist() == [2, 1, 0]
    assert found.score == pytest.approx([0.56, 0.48, 0.4])
    assert found.xyxy_px[::-1] == pytest.approx(np.array(boxes) * 2.0, abs=1e-3)


OVERLAPPING = [
    (0, 1, 1.0, 0.9, (10, 10, 30, 30)),
    (1, 1, 1.0, 0.8, (11, 10, 31, 30)),
    (2, 2, 1.0, 0.7, (10, 11, 30, 31)),
]


def test_of_overlapping_boxes_with_one_label_the_best_stays(install):
    found = detectors.make(install(yolox_model(OVERLAPPING), **yolox_card())).detect(picture())
    assert found.score == pytest.approx([0.9, 0.7])


def test_a_thing_called_by_two_labels_of_one_name_is_one_thing(install):
    card = yolox_card(label_map={"car": "vehicle", "truck": "vehicle"})
    found = detectors.make(install(yolox_model(OVERLAPPING), **card)).detect(picture())
    assert found.score == pytest.approx([0.9])


def test_the_same_picture_gives_the_same_bytes_and_the_weights_are_named(install):
    weights = yolox_model(OVERLAPPING)
    detector = detectors.make(install(weights, **yolox_card()), {"threads": 1})
    first, again = detector.detect(picture()), detector.detect(picture())
    assert first.xyxy_px.tobytes() == again.xyxy_px.tobytes()
    assert detector.weights_sha256 == hashlib.sha256(weights).hexdigest()
    assert (first.detector, first.version) == ("tiny", "1")


def test_grey_and_16_bit_pictures_are_taken_and_empty_ones_refused(install):
    detector = detectors.make(install(detr_model(TWO)))
    assert len(detector.detect(np.zeros((33, 47), np.uint16))) == 2
    with pytest.raises(DetectorError, match="without pixels"):
        detector.detect(picture(0, 5))


def test_the_card_in_the_readme_is_a_card(tmp_path):
    text = (Path(detectors.__file__).parent / "models/README.md").read_text()
    card = text.split("```toml\n")[1].split("```")[0].replace("0123...", "0" * 64)
    (tmp_path / "card.toml").write_text(card)
    assert load_card(tmp_path / "card.toml").least_px == {"person": 10}


def test_a_model_that_finds_nothing_gives_no_rows(install):
    assert len(detectors.make(install(detr_model([]))).detect(picture())) == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sha256": "0" * 64}, "SHA-256 is .*, the card says 000"),
        ({"file": "other.onnx"}, "other.onnx: No such file.*made in the test"),
        ({"file": "../tiny.onnx"}, "plain name beside the card"),
        ({"lables": LABELS}, "unknown key 'lables', did you mean 'labels'"),
        ({"thresholds": {"default": 0.3, "nms_iuo": 0.4}}, "'thresholds.nms_iuo', did you mean 'nms_iou'"),
        ({"thresholds": {"default": "high"}}, "thresholds.default: "),
        ({"thresholds": {"default": 1.5}}, "thresholds.default: "),
        ({"labels": "person"}, "labels: "),
        ({"labels": [1, 2, 3]}, "labels.0: "),
        ({"labels": ["person", "person", "car"]}, "twice"),
        ({"labels": ["person"]}, "the model speaks of label 2, the card lists 1"),
        ({"standing": ["persom"]}, "standing: no label 'persom', did you mean 'person'"),
        ({"label_map": {"cat": "animal"}}, "label_map: no label 'cat'"),
        ({"layout": "ssd"}, "layout: .*'detr' or 'yolox'"),
        ({"licence": None}, "licence: "),
        ({"layout": "yolox"}, "nms_iou: a yolox model needs it"),
        (yolox_card(), "is not the yolox model of its card"),
        (
            {"input": {"width_px": 32, "height_px": SIDE, "colour": "rgb", "resize": "stretch"}},
            r"its input 'images' is .* \(1, 3, 64, 64\), the card says float \(1, 3, 64, 32\)",
        ),
    ],
)
def test_a_card_that_does_not_fit_is_refused_in_one_line_that_names_the_fault(install, changes, says):
    with pytest.raises(DetectorError, match=says) as caught:
        detectors.make(install(detr_model(TWO), **changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "changes", "says"),
    [
        (detr_model(TWO, operator="NoSuchThing"), {}, "cannot be loaded.*NoSuchThing"),
        (b"not a model", {}, "cannot be loaded"),
        (detr_model(TWO, inputs=PICTURE), {}, "its inputs are"),
        (constant_model(PICTURE | SIZES, {"boxes": np.zeros((1, 4), np.float32)}), {}, "its outputs are"),
        (yolox_model([], labels=2), yolox_card(), r"shape \(1, 84, 7\), \(n, 84, 8\) was due"),
        (detr_model([(0, float("nan"), (0, 0, 1, 1))]), {}, "not a number"),
        (detr_model([(0, 0.9, (0, 0, float("inf"), 1))]), {}, "not a number"),
        (detr_model([(-1, 0.9, (0, 0, 1, 1))]), {}, "label -1"),
    ],
)
def test_a_model_that_does_not_fit_its_card_is_refused_in_one_line(install, model, changes, says):
    with pytest.raises(DetectorError, match=says) as caught:
        detectors.make(install(model, **changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["name = ", "\0", "[" * 5000, "a = 1\n" * 300_000])
def test_a_card_that_is_not_toml_is_refused(install, text):
    with pytest.raises(DetectorError, match=r"card.toml: (not TOML|larger)"):
        detectors.make(install(b"", text))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"thread": 1}, "did you mean 'threads'"),
        ({"threads": -1}, "whole number"),
        ({"threads": True}, "whole number"),
        ({"min_score": 2}, "from 0 to 1"),
        ({"min_score": "low"}, "from 0 to 1"),
    ],
)
def test_a_wrong_option_is_refused(install, options, says):
    with pytest.raises(DetectorError, match=says):
        detectors.make(install(detr_model(TWO)), options)


SEEN_WITH = {
    "deimv2_hgnetv2_femto_coco.onnx": ("detr", 416, "rgb", "stretch", 255.0),
    "deimv2_hgnetv2_atto_coco.onnx": ("detr", 320, "rgb", "stretch", 255.0),
    "yolox_nano_coco_416.onnx": ("yolox", 416, "bgr", "letterbox", 1.0),
}
# The only classes of COCO that the smoke runs speak of, at their places among the 80.
COCO = {7: "truck", 9: "traffic_light", 28: "suitcase"}


@pytest.mark.parametrize("file", SEEN_WITH)
def test_a_public_model_gives_what_its_own_code_gives(tmp_path, file):
    import cv2

    if not (DATA / "models" / file).is_file():
        pytest.skip("the public models are not beside the repository")
    facts = json.loads((DATA / "models/models.json").read_text())["files"][file]
    smoke = facts["smoke_run"]
    found = detectors.make(public_card(tmp_path, file, facts)).detect(cv2.imread(str(DATA / smoke["image"])))
    assert len(found) == len(smoke["detections"])
    for row, expected in enumerate(smoke["detections"]):
        assert found.label(row) == expected["coco"]
        assert found.score[row] == pytest.approx(expected["score"], abs=0.01)
        assert found.xyxy_px[row] == pytest.approx(expected["xyxy"], abs=1.0)


def public_card(folder, file, facts):
    layout, side, colour, resize, divide_by = SEEN_WITH[file]
    (folder / file).symlink_to(DATA / "models" / file)
    text = card_text(
        b"",
        file=file,
        sha256=facts["sha256"],
        layout=layout,
        labels=[COCO.get(number, f"class {number}") for number in range(80)],
        standing=[],
        input={
            "width_px": side,
            "height_px": side,
            "colour": colour,
            "resize": resize,
            "divide_by": divide_by,
        },
        thresholds={"default": 0.3} | ({"nms_iou": 0.5} if layout == "yolox" else {}),
    )
    (folder / "card.toml").write_text(text)
    return str(folder / "card.toml")
