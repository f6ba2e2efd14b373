"""The benchmark of detectors counts alarms as the tracker would, and is in nobody's way."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from detectors.types import Detections

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def alarms() -> ModuleType:
    path = BENCHMARKS / "detector_alarms.py"
    spec = importlib.util.spec_from_file_location("detector_alarms", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Spots:
    """Reports every white spot, as what and how surely it was told; ``every`` how many looks see it."""

    def __init__(self, label: str, score: float, every: int = 1) -> None:
        self.labels, self.label_map = (label,), {"log": "log_pile"}
        self._score, self._every, self._looks = score, every, 0

    def detect(self, image: Any, gsd_m: Any = None) -> Detections:
        self._looks += 1
        _, _, boxes, _ = cv2.connectedComponentsWithStats((image.min(axis=2) > 150).astype(np.uint8))
        boxes = boxes[1:][boxes[1:, 4] > 50] if self._looks % self._every == 0 else boxes[:0]
        xyxy = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]]).astype(np.float32)
        return Detections(
            xyxy_px=xyxy,
            label_id=np.zeros(len(xyxy), np.int64),
            score=np.full(len(xyxy), self._score, np.float32),
            anchor_px=xyxy[:, :2],
            labels=self.labels,
            identity=(None,) * len(xyxy),
            detector="spots",
            version="1",
        )


@pytest.fixture
def spotted(tmp_path: Path) -> Path:
    """One picture with two white spots."""
    picture = np.zeros((720, 1280, 3), np.uint8)
    picture[300:330, 500:530] = picture[400:440, 800:840] = 255
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    return tmp_path


@pytest.mark.parametrize(
    ("detector", "with_one", "tracks"),
    [
        (Spots("log", 0.9), 8, {"log_pile": 2}),
        (Spots("log", 0.9, every=3), 2, {}),
        (Spots("log", 0.9, every=2), 4, {"log_pile": 2}),
        (Spots("log", 0.2, every=2), 4, {}),
        (Spots("log", 0.2), 8, {"log_pile": 2}),
        (Spots("kite", 0.9), 0, {}),
    ],
    ids=["each look", "2 strong of 8", "4 strong of 8", "4 weak of 8", "8 weak of 8", "no class of ours"],
)
def test_three_strong_or_six_weak_looks_of_eight_at_one_place_are_a_track(
    alarms: ModuleType, spotted: Path, detector: Spots, with_one: int, tracks: dict[str, int]
) -> None:
    counted = alarms.count_alarms(detector, alarms.empty_pictures(spotted), 1000)["all"]
    assert (counted["frames"], counted["frames_with_an_alarm"]) == (8, with_one)
    assert counted["tracks_by_label"] == tracks


def test_only_pictures_without_boxes_of_a_set_are_empty(alarms: ModuleType, tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "images/a.jpg"}, {"id": 2, "file_name": "images/b.jpg", "kind": "river"}]
    index = {"images": images, "annotations": [{"image_id": 1, "iscrowd": 1}]}
    (tmp_path / "instances.json").write_text(json.dumps(index))
    assert list(alarms.empty_pictures(tmp_path)) == [("river", tmp_path / "images" / "b.jpg")]


@pytest.mark.parametrize(("count", "bound"), [(0, -math.log(0.05)), (1, 4.744), (3, 7.754), (10, 16.962)])
def test_the_upper_bound_is_poissons(alarms: ModuleType, count: int, bound: float) -> None:
    # From the tables of the chi-squared law: half its 95 % point with 2 (count + 1) degrees of freedom.
    assert alarms.upper_bound(count) == pytest.approx(bound, abs=1e-3)


def test_another_benchmark_finds_the_package_and_not_the_file_of_its_name() -> None:
    code = "import sys; sys.path.insert(0, 'benchmarks'); import detectors; print(detectors.make.__module__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS.parent, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("detectors.registry", "")
