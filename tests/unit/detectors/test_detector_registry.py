"""Detectors by name."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from test_onnx_detector import TWO, card_text, detr_model

import detectors
from detectors.registry import available, make
from detectors.types import Detections


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "forest"
    folder.mkdir()
    (folder / "tiny.onnx").write_bytes(detr_model(TWO))
    (folder / "card.toml").write_text(card_text(detr_model(TWO)))
    return tmp_path


def test_importing_detectors_starts_no_heavy_library():
    heavy = "{'cv2', 'onnxruntime', 'av'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"import detectors, sys; sys.exit(bool({heavy}))"], check=True)


def test_a_model_folder_is_known_by_its_name(models):
    assert make("forest", models_dir=models).name == "tiny"


def test_what_is_available_is_told_with_a_line_each(models):
    assert list(available(models_dir=models)) == ["aruco", "forest"]
    assert available(models_dir=models)["forest"] == "tiny 1, detr, 3 labels, CC0-1.0"


def test_what_a_model_was_never_tested_on_is_told(models):
    text = card_text(detr_model(TWO), untested=["thermal", "night"])
    (models / "forest/card.toml").write_text(text)
    assert available(models_dir=models)["forest"].endswith("; never tested on thermal, night")


def test_a_broken_card_is_told_and_hides_nothing_else(models):
    (models / "forest/card.toml").write_text("name = 1")
    assert available(models_dir=models)["forest"].startswith("cannot be used: ")
    assert "aruco" in available(models_dir=models)


def test_every_shipped_name_can_be_made():
    for name in detectors.available():
        assert detectors.make(name).labels


def test_an_unknown_name_is_refused_with_the_nearest_and_all(models):
    with pytest.raises(detectors.DetectorError, match=r"did you mean 'forest'.*known: aruco, forest"):
        make("forrest", models_dir=models)
    with pytest.raises(detectors.DetectorError, match="known: aruco"):
        detectors.make("../models")


def test_a_card_that_is_not_there_is_named(tmp_path):
    with pytest.raises(detectors.DetectorError, match=r"nowhere/card.toml: No such file"):
        detectors.make(str(tmp_path / "nowhere/card.toml"))


def test_an_option_misspelt_names_the_nearest():
    with pytest.raises(detectors.DetectorError, match=r"no option 'dictionery'.*did you mean 'dictionary'"):
        detectors.make("aruco", {"dictionery": "DICT_4X4_50"})


def row(**changes):
    plain = {
        "xyxy_px": [[0, 0, 1, 1]],
        "label_id": [0],
        "score": [1],
        "anchor_px": [[0, 0]],
        "labels": ("a",),
        "identity": (None,),
        "detector": "d",
        "version": "1",
    }
    return Detections(**(plain | changes))


def test_detections_hold_copies():
    boxes = np.zeros((1, 4), np.float32)
    found = row(xyxy_px=boxes)
    boxes[:] = 9
    assert found.xyxy_px.tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize(
    "changes",
    [{"score": [1, 2]}, {"anchor_px": [[1, 2, 3]]}, {"label_id": [1]}, {"label_id": [-1]}, {"identity": ()}],
)
def test_detections_whose_rows_do_not_agree_are_refused(changes):
    with pytest.raises(detectors.DetectorError):
        row(**changes)
