"""`droneops detect`: pictures, folders and videos in; detections, drawn pictures and figures out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from detectors.aruco import ArucoDetector
from detectors.types import Detections, DetectorError
from droneops.cli import app
from droneops.errors import DroneopsError

EXAMPLE = Path(__file__).parents[2] / "examples" / "park-patrol"


@pytest.fixture(scope="module")
def marker() -> np.ndarray[Any, Any]:
    """A picture of marker 7, its corners at 100 and 200."""
    picture = np.full((300, 400, 3), 255, np.uint8)
    code = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), 7, 100)
    picture[100:200, 100:200] = code[:, :, np.newaxis]
    return picture


@pytest.fixture
def folder(tmp_path: Path, marker: np.ndarray[Any, Any]) -> Path:
    pictures = tmp_path / "pictures"
    (pictures / "below").mkdir(parents=True)
    cv2.imwrite(str(pictures / "b.png"), marker)
    cv2.imwrite(str(pictures / "below" / "a.png"), np.full((50, 70), 128, np.uint8))
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (pictures / "notes.txt").write_text("not a picture")
    return pictures


def detect(*arguments: str | Path) -> tuple[dict[str, Any], str]:
    result = CliRunner().invoke(app, ["detect", *map(str, arguments), "--detector", "aruco", "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout), result.stderr


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "detections.jsonl").read_text().splitlines()]


def test_a_folder_is_looked_at_in_order_and_a_broken_picture_is_a_counted_skip(
    folder: Path, tmp_path: Path
) -> None:
    summary, said = detect(folder, "--out", tmp_path / "out")
    first, second = lines(tmp_path / "out")
    assert (first["image"], second["image"]) == ("b.png", "below/a.png")
    assert (first["width"], first["height"]) == (400, 300)
    assert first["detections"][0]["label"] == "marker-7"
    assert first["detections"][0]["bbox_px"] == pytest.approx([100, 100, 200, 200], abs=1)
    assert second["detections"] == []
    assert summary["looked_at"] == 2
    assert [own["image"] for own in summary["skipped"]] == ["broken.jpg"]
    assert "broken.jpg" in said
    assert (tmp_path / "out" / "pictures" / "below" / "a.png.jpg").is_file()


def test_what_was_found_is_drawn_into_the_picture(folder: Path, tmp_path: Path) -> None:
    detect(folder / "b.png", "--out", tmp_path / "out")
    drawn = cv2.imread(str(tmp_path / "out" / "pictures" / "b.png.jpg"))
    plain = cv2.imread(str(folder / "b.png"))
    changed = np.abs(drawn.astype(int) - plain).max(axis=2)
    assert changed[110:190, 100].min() > 60
    assert changed[220:, 220:].max() < 10


def test_a_video_gives_a_line_a_frame_with_its_time(tmp_path: Path) -> None:
    summary, _ = detect(EXAMPLE / "video.mp4", "--out", tmp_path / "out")
    rows = lines(tmp_path / "out")
    assert summary["looked_at"] == len(rows) == 500
    assert [(row["frame"], row["time"]) for row in rows[:3]] == [(0, 0.0), (1, 0.1), (2, 0.2)]
    assert sum(len(row["detections"]) > 0 for row in rows) > 300


def test_two_runs_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        detect(folder, "--out", tmp_path / name)
    one, two = ((tmp_path / name / "detections.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two


def coco(folder: Path, file_name: str) -> Path:
    path = folder.parent / "truth.json"
    truth = {
        "images": [{"id": 1, "file_name": file_name}, {"id": 2, "file_name": "images/absent.png"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [100, 100, 100, 100]},
            {"id": 2, "image_id": 1, "category_id": 2, "bbox": [0, 0, 10, 10]},
        ],
        "categories": [{"id": 1, "name": "marker-7"}, {"id": 2, "name": "boat"}],
    }
    path.write_text(json.dumps(truth))
    return path


@pytest.mark.parametrize("file_name", ["b.png", "pictures/b.png", "images/b.png"])
def test_labelled_pictures_are_found_by_path_by_the_folders_name_and_by_their_own(
    folder: Path, tmp_path: Path, file_name: str
) -> None:
    summary, _ = detect(folder, "--out", tmp_path / "out", "--evaluate", coco(folder, file_name))
    assert summary["classes"]["marker-7"]["ap50"] == 1.0
    assert (summary["pictures"], summary["pictures_missing"]) == (1, ["images/absent.png"])
    assert summary["classes"]["boat"]["ap50"] is None
    assert summary["classes"]["boat"]["why"] == "the detector has no such label"


def refused(*arguments: str | Path) -> str:
    with pytest.raises(DroneopsError) as error:
        detect(*arguments)
    assert "\n" not in error.value.one_line()
    return error.value.one_line()


def test_what_cannot_be_looked_at_is_one_line_that_names_it(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    assert "no such file" in refused(tmp_path / "absent", "--out", out)
    assert "no picture in this folder" in refused(tmp_path / "empty", "--out", out)
    assert "neither a picture nor a video" in refused(folder / "notes.txt", "--out", out)
    assert "broken.jpg" in refused(folder / "broken.jpg", "--out", out)
    assert "no option 'treads'" in refused(folder, "--out", out, "--option", "treads=2")
    assert "NAME=VALUE" in refused(folder, "--out", out, "--option", "threads")
    assert "not a COCO file" in refused(folder, "--out", out, "--evaluate", folder / "notes.txt")
    assert not out.exists()


def test_labels_of_other_pictures_are_refused_and_nothing_is_left(folder: Path, tmp_path: Path) -> None:
    said = refused(folder, "--out", tmp_path / "out", "--evaluate", coco(folder, "elsewhere/other.png"))
    assert "none of its pictures is in the input" in said
    assert os.listdir(tmp_path) and not (tmp_path / "out").exists()  # noqa: PTH208 - hidden ones count too
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]  # noqa: PTH208


def test_a_picture_of_sixteen_bits_and_one_with_alpha_are_looked_at(folder: Path, tmp_path: Path) -> None:
    grey = cv2.cvtColor(cv2.imread(str(folder / "b.png")), cv2.COLOR_BGR2GRAY)
    cv2.imwrite(str(folder / "deep.png"), grey.astype(np.uint16) * 20 + 20000)
    cv2.imwrite(str(folder / "see-through.png"), cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA))
    detect(folder, "--out", tmp_path / "out")
    found = {row["image"]: len(row["detections"]) for row in lines(tmp_path / "out")}
    assert found == {"b.png": 1, "below/a.png": 0, "deep.png": 1, "see-through.png": 1}


def test_a_jpeg_cut_short_is_a_counted_skip_and_not_a_half_grey_picture(folder: Path, tmp_path: Path) -> None:
    whole = cv2.imencode(".jpg", cv2.imread(str(folder / "b.png")))[1].tobytes()
    (folder / "c.jpg").write_bytes(whole)
    (folder / "cut.jpg").write_bytes(whole[: 2 * len(whole) // 3])
    summary, _ = detect(folder, "--out", tmp_path / "out")
    assert {own["image"]: own["why"] for own in summary["skipped"]}["cut.jpg"].startswith(
        "its end is missing"
    )
    assert [row["image"] for row in lines(tmp_path / "out")] == ["b.png", "below/a.png", "c.jpg"]


def test_a_file_name_that_is_no_text_does_not_stop_the_others(folder: Path, tmp_path: Path) -> None:
    (folder / "b.png").rename(folder / os.fsdecode(b"\xff\xfe.png"))
    summary, _ = detect(folder, "--out", tmp_path / "out")
    assert summary["looked_at"] == 2
    assert "\\udcff\\udcfe.png" in [row["image"] for row in lines(tmp_path / "out")]


def test_a_picture_that_the_model_fails_on_is_a_counted_skip(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = ArucoDetector.detect

    def fails_on_small(self: ArucoDetector, image: Any, gsd_m: Any = None) -> Detections:
        if image.shape[0] == 50:
            raise DetectorError("the model gave a value that is not a number")
        return look(self, image, gsd_m)

    monkeypatch.setattr(ArucoDetector, "detect", fails_on_small)
    summary, _ = detect(folder, "--out", tmp_path / "out")
    assert summary["looked_at"] == 1
    assert {own["image"] for own in summary["skipped"]} == {"broken.jpg", "below/a.png"}


def test_a_picture_longer_than_a_jpeg_can_be_is_a_counted_skip(folder: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(folder / "long.png"), np.zeros((2, 65_501), np.uint8))
    summary, _ = detect(folder, "--out", tmp_path / "out")
    assert {own["image"] for own in summary["skipped"]} == {"broken.jpg", "long.png"}
    assert summary["looked_at"] == 2


def test_for_the_figures_alone_no_folder_is_needed_and_nothing_is_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = coco(folder, "b.png")
    there = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    summary, _ = detect(folder, "--evaluate", truth)
    assert summary["classes"]["marker-7"]["ap50"] == 1.0
    assert sorted(tmp_path.rglob("*")) == there
    with pytest.raises(DroneopsError, match="where the results go"):
        detect(folder)
