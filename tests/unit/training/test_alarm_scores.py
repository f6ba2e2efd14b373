"""Scores are high enough that empty scenes stay quiet, and no higher than that."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.evaluation.passes import LOOKS, Belief, Find, Pass
from detectors.registry import MODELS_DIR
from detectors.training.alarms import SURE, Quiet, believed, quiet_scores, shared_out
from detectors.training.classes import CLASSES
from detectors.training.thresholds_command import main
from detectors.types import DetectorError
from droneops.tracking import lifecycle
from droneops.tracking.settings import TrackerSettings

CARD = MODELS_DIR / "forest" / "card.toml"


def flown(label: str, score: float, looks: int = LOOKS, at_px: float = 100.0) -> Pass:
    find = Find(label, score, (at_px, 100.0), 20.0)
    return tuple((find,) if look < looks else () for look in range(LOOKS))


def test_what_is_believed_is_what_the_tracker_believes() -> None:
    belief, settings = Belief(), TrackerSettings()
    assert (belief.confirm_points, LOOKS) == (settings.confirm_points, settings.confirm_looks)
    for score in (0.3, 0.49, 0.5, 0.9):
        assert belief.points(score) == lifecycle.points(score, settings)


def test_the_least_score_that_keeps_empty_scenes_quiet_is_just_above_the_false_tracks() -> None:
    quiet = quiet_scores([flown("boat", 0.62), flown("person", 0.4)], 0, 0.25)
    assert quiet["boat"] == (Quiet(0.63, 0, True),)
    assert quiet["person"][0].score == 0.41
    assert quiet["fire"][0].score == 0.25


def test_what_was_found_too_seldom_to_be_believed_raises_no_score() -> None:
    assert quiet_scores([flown("boat", 0.9, looks=2)], 0, 0.25)["boat"][0].score == 0.25
    assert quiet_scores([flown("boat", 0.4, looks=5)], 0, 0.25)["boat"][0].score == 0.25


def test_more_alarms_that_are_allowed_let_a_class_report_from_a_lower_score() -> None:
    passes = [flown("boat", 0.5 + 0.01 * n) for n in range(10)]
    assert [(each.score, each.tracks) for each in quiet_scores(passes, 3, 0.25)["boat"]] == [
        (0.60, 0),
        (0.59, 1),
        (0.58, 2),
        (0.57, 3),
    ]


def test_the_alarms_go_where_most_is_found_for_them() -> None:
    quiet = {name: tuple(Quiet(0.9 - 0.1 * n, n, True) for n in range(4)) for name in ("boat", "log_pile")}
    gain = {"boat": 0.1, "log_pile": 0.5}
    chosen = shared_out(quiet, lambda name, score: gain[name] * (1.0 - score), 3)
    assert {name: each.tracks for name, each in chosen.items()} == {"boat": 0, "log_pile": 3}
    falling = shared_out(quiet, lambda name, score: min(1.0 - score, 0.25), 3)
    assert sum(each.tracks for each in falling.values()) == 3


def test_a_class_that_alarms_however_sure_it_must_be_is_told_of() -> None:
    quiet = quiet_scores([flown("boat", 0.99)], 0, 0.25)["boat"]
    assert quiet == (Quiet(SURE, 1, False),)
    assert shared_out({"boat": quiet}, lambda name, score: 0.0, 0)["boat"].is_enough is False


def test_tracks_are_counted_with_all_classes_at_their_scores() -> None:
    passes = [flown("boat", 0.6), flown("person", 0.6)]
    assert believed(passes, {"boat": 0.6, "person": 0.7}) == ["boat"]


def a_set(folder: Path, *, boxes: int) -> Path:
    images = folder / "images"
    images.mkdir(parents=True)
    picture = np.random.default_rng(5).integers(60, 90, (360, 640, 3), np.uint8)
    cv2.imwrite(str(images / "a.jpg"), picture)
    entry = {"id": 1, "file_name": "a.jpg", "width": 640, "height": 360, "labelled_classes": list(CLASSES)}
    box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 40], "iscrowd": 0}
    table = {
        "images": [entry],
        "annotations": [{"id": number, **box} for number in range(boxes)],
        "categories": [{"id": number, "name": name} for number, name in enumerate(CLASSES, start=1)],
    }
    (folder / "instances.json").write_text(json.dumps(table))
    return folder


def test_the_command_says_both_numbers_and_gives_the_options_for_the_card(tmp_path, capsys) -> None:
    data, empty = a_set(tmp_path / "data", boxes=1), a_set(tmp_path / "empty", boxes=0)
    arguments = [str(CARD), "--data", str(data), "--empty", str(empty), "--alarms-per-1000", "1"]
    main(arguments)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{LOOKS} frames over 1 empty scenes: ")
    assert "with 95 % confidence" in told[0]
    assert "person from" in "\n".join(told)
    assert told[-1].count("--threshold") == len(CLASSES)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.ckpt", "--empty", "x", "--alarms-per-1000", "1"], "give the card.toml"),
        ([str(CARD), "--empty", "x"], "give --alarms-per-1000"),
        ([str(CARD), "--alarms-per-1000", "1"], "--empty"),
        ([str(CARD), "--empty", "x", "--alarms-per-1000", "-1"], "from 0 up"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(tmp_path, arguments, says) -> None:
    with pytest.raises(DetectorError, match=says):
        main([*arguments, "--data", str(a_set(tmp_path / "data", boxes=0))])
