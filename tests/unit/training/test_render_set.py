"""The command writes a set that can be read, resumed, and made again from its seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moderngl", reason="rendering needs moderngl, which running does not")

from detectors.training.classes import CLASSES
from detectors.training.scenes_command import main
from detectors.types import DetectorError


def written(out: Path, *extra: str) -> dict[str, Any]:
    try:
        main(["--out", str(out), "--seed", "3", *extra])
    except DetectorError as error:
        if "no OpenGL" in str(error):
            pytest.skip(str(error))
        raise
    document: dict[str, Any] = json.loads((out / "instances.json").read_text())
    return document


def test_a_set_has_its_pictures_and_boxes_inside_them(tmp_path: Path) -> None:
    document = written(tmp_path, "--count", "4", "--empty-share", "0")
    assert len(document["images"]) == 4
    assert [entry["name"] for entry in document["categories"]] == list(CLASSES)
    for image in document["images"]:
        assert (tmp_path / "images" / image["file_name"]).stat().st_size > 5000
        assert image["labelled_classes"] == list(CLASSES)
    for annotation in document["annotations"]:
        left, top, width, height = annotation["bbox"]
        assert min(left, top) >= 0
        assert max(left + width, top + height) <= 832
        assert min(width, height) > 0


def test_a_scene_depends_on_seed_and_number_alone(tmp_path: Path) -> None:
    written(tmp_path / "a", "--count", "3")
    written(tmp_path / "b", "--first", "2", "--count", "1")
    one, other = (tmp_path / folder / "images" / "scene_3_000002.jpg" for folder in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_an_interrupted_set_goes_on(tmp_path: Path) -> None:
    short = written(tmp_path, "--count", "2")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "images").iterdir()}
    longer = written(tmp_path, "--count", "3")
    assert len(longer["images"]) == 3
    assert longer["annotations"][: len(short["annotations"])] == short["annotations"]
    assert all((tmp_path / "images" / name).stat().st_mtime_ns == when for name, when in before.items())
