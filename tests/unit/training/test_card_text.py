"""The cards beside the weights: valid, and saying what was trained with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detectors.card import load_card
from detectors.training.card_command import main
from detectors.training.classes import CLASSES
from detectors.types import DetectorError


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "forest.onnx"
    path.write_bytes(b"weights")
    return path


def sample_set(folder: Path, **image: str) -> Path:
    folder.mkdir()
    (folder / "instances.json").write_text(json.dumps({"images": [image] * 3}))
    return folder


def write(weights: Path, *more: str) -> None:
    main(["--weights", str(weights), "--version", "1", "--command", 'train "it"', *more])


def test_the_card_is_one_that_the_detector_takes(weights: Path) -> None:
    write(weights, "--threshold", "log_pile=0.55")
    card = load_card(weights.with_name("card.toml"))
    assert card.labels == CLASSES
    assert card.source == 'train "it"'
    assert card.thresholds.per_label["log_pile"] == 0.55
    assert card.sha256.startswith("9a129038")


def test_the_model_card_names_sources_licences_and_figures(weights: Path, tmp_path: Path) -> None:
    evaluation = tmp_path / "evaluation.json"
    figures = {"boat": {"ap50": 0.5, "ap50_ci95": [0.25, 0.75], "boxes": 7}, "fire": {"ap50": None}}
    evaluation.write_text(json.dumps({"pictures": 12, "classes": figures}))
    data = sample_set(tmp_path / "set", source="a flight by somebody", licence="CC BY 4.0")
    write(weights, "--data", str(data), "--evaluation", str(evaluation))
    text = weights.with_name("README.md").read_text()
    assert "| a flight by somebody | CC BY 4.0 | 3 |" in text
    assert "| boat | 7 |  | 0.500 | 0.250 to 0.750 |" in text
    assert "| fire |  |  | unknown |" in text


@pytest.mark.parametrize(
    ("threshold", "fault"), [("cat=0.5", "no class 'cat'"), ("boat=x", "'x' is not a number")]
)
def test_a_threshold_that_is_none_is_refused(weights: Path, threshold: str, fault: str) -> None:
    with pytest.raises(DetectorError, match=fault):
        write(weights, "--threshold", threshold)


def test_pictures_without_a_licence_are_not_passed_over(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="a picture has no 'licence'"):
        write(weights, "--data", str(sample_set(tmp_path / "set", source="somewhere")))
