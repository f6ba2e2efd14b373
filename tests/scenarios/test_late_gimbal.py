"""A camera file's gimbal lag: whoever puts pixels on the map looks along the gimbal of that much earlier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "park-patrol"
LOG = ("--telemetry", EXAMPLE / "capture.tlog", "--ground-alt-msl", "190")
# The log's first position is of 10:05:09.97: two seconds earlier nothing tells of the gimbal.
EARLY = "2026-11-20T10:05:10Z"


@pytest.fixture
def lagging(tmp_path: Path) -> Path:
    path = tmp_path / "lagging.toml"
    path.write_text((EXAMPLE / "camera.toml").read_text() + "\n[bias]\ngimbal_lag_s = 2.0\n")
    return path


def test_locate_looks_along_the_gimbal_of_a_lag_ago(droneops, lagging: Path):
    def reason(camera: Path) -> str:
        asked = ("--camera", camera, "--time", EARLY, "--pixel", "640,360", "--json")
        return json.loads(droneops("locate", *LOG, *asked).stdout)["reason"]

    assert reason(lagging) == "gimbal_unknown"
    assert reason(EXAMPLE / "camera.toml") == "beyond_range"


def test_a_replay_looks_along_the_gimbal_of_a_lag_ago(droneops, lagging: Path, tmp_path: Path):
    video = ("--video", EXAMPLE / "video.mp4", "--detector", "aruco", "--video-start", EARLY)
    outcome = droneops("replay", *LOG, *video, "--camera", lagging, "--out", tmp_path / "out")
    assert outcome.status == 0, outcome.stderr
    lines = (tmp_path / "out" / "sightings.jsonl").read_text().splitlines()
    sightings = [json.loads(line) for line in lines]
    unknown = [seen["time"] for seen in sightings if seen["reason"] == "gimbal_unknown"]
    assert unknown and unknown[0] == sightings[0]["time"]
    assert max(unknown) < "2026-11-20T10:05:12.1"
