"""A frame that the detector fails at ends no watch: it is counted, and nobody takes it for an empty one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from silent import Silent

from detectors import DetectorError
from droneops.app import diff_rules, replay
from droneops.replay import prepare
from droneops.replay.request import ReplayRequest
from droneops.replay.rules_diff_text import diff_json

REAL_MAKE = prepare.make_detector


class FailsAt:
    """Markers, but for every ``nth`` frame."""

    def __init__(self, nth: int) -> None:
        self._markers = REAL_MAKE("aruco", {})
        self._nth, self._looks = nth, 0

    def __getattr__(self, name: str):
        return getattr(self._markers, name)

    def detect(self, image_bgr, gsd_m=None):
        self._looks += 1
        if self._looks % self._nth == 0:
            raise DetectorError("the model gave a value that is not a number")
        return self._markers.detect(image_bgr)


def watched(example: Path, out: Path) -> tuple[dict, list[str]]:
    listener = Silent()
    request = ReplayRequest(
        telemetry=example / "capture.tlog",
        video=example / "video.mp4",
        site=example / "site.toml",
        out=out,
        looks_per_second=2.0,
    )
    replay(request, listener)
    return json.loads((out / "summary.json").read_text()), listener.warnings


@pytest.mark.parametrize("nth", [7, 1])
def test_frames_that_the_detector_fails_at_are_counted_and_told_of(
    example, tmp_path, monkeypatch, nth
) -> None:
    monkeypatch.setattr(prepare, "make_detector", lambda name, options: FailsAt(nth))
    summary, warnings = watched(example, tmp_path / "out")
    inference, video = summary["inference"], summary["video"]
    failed = inference["frames_failed"]
    assert failed == inference["frames"] // nth > 0
    assert inference["failures"] == {"the model gave a value that is not a number": failed}
    assert video["chosen"] == video["looked"] + video["skipped_by_zones"] + video["failed"]
    assert video["failed"] == failed
    assert (summary["coverage"]["looked_s"] == 0) == (nth == 1)
    assert summary["coverage"]["skipped_by_zones_s"] == 0
    (told,) = [text for text in warnings if "not a number" in text]
    assert f"{failed} of {inference['frames']} frames were not looked at" in told
    assert (summary["counts"]["incidents"] > 0) == (nth > 1)


def test_a_flight_without_a_fault_tells_of_none(example, tmp_path) -> None:
    summary, warnings = watched(example, tmp_path / "out")
    assert (summary["inference"]["frames_failed"], summary["inference"]["failures"]) == (0, {})
    assert not any("failed" in text for text in warnings)


def test_rules_are_compared_without_asking_or_loading_a_second_model(example, tmp_path) -> None:
    patrol = tmp_path / "patrol"
    shutil.copytree(example, patrol)
    site = patrol / "site.toml"
    # It is not there at all: whoever loads it fails.
    named = 'detector = "aruco"\nsecond_look = "not-there/card.toml"'
    site.write_text(site.read_text().replace('detector = "aruco"', named))
    found = diff_rules(site, site, [patrol / "capture.tlog"], Silent())
    assert diff_json(found)["alike"] == 1
