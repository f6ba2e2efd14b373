"""What a replayed patrol says of the ground it saw: no more than it saw."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from shapely import union_all
from shapely.geometry import shape
from silent import Silent

from droneops.app import replay
from droneops.replay.request import ReplayRequest
from droneops.times import from_text

CHROMIUM = shutil.which("chromium")


def replayed(flight: Path, out: Path, **more: object) -> Path:
    request = ReplayRequest(
        telemetry=flight / "capture.tlog",
        video=flight / "video.mp4",
        camera=flight / "camera.toml",
        out=out,
        **more,
    )
    replay(request, Silent())
    return out


@pytest.fixture(scope="module")
def patrol(example, tmp_path_factory) -> Path:
    """The example patrol's results."""
    return replayed(example, tmp_path_factory.mktemp("seen") / "out", site=example / "site.toml")


def summary(out: Path) -> dict:
    return json.loads((out / "summary.json").read_text())


def cells(out: Path) -> list[dict]:
    features = json.loads((out / "track.geojson").read_text())["features"]
    return [feature for feature in features if feature["properties"]["feature"] == "coverage"]


def test_from_a_hundred_metres_most_ground_is_seen_too_coarsely_for_a_person(patrol) -> None:
    coverage = summary(patrol)["coverage"]
    km2 = coverage["ground"]["km2"]
    assert km2["too_coarse"] > 3 * km2["looked"] > 0
    assert km2["too_dark"] == 0
    # The rim is not counted, so this is less than all footprints together.
    assert 0.5 * coverage["footprint_km2"] < km2["too_coarse"] + km2["looked"] < coverage["footprint_km2"]
    low, high = coverage["ground"]["sun_elevation_deg"]
    assert 2 < low < high < 5  # 17:08 local time in November


def test_the_map_file_holds_the_same_ground_as_polygons_that_do_not_overlap(patrol) -> None:
    km2 = summary(patrol)["coverage"]["ground"]["km2"]
    found = cells(patrol)
    for kind in ("looked", "too_coarse", "not_looked"):
        total = sum(f["properties"]["km2"] for f in found if f["properties"]["class"] == kind)
        assert total == pytest.approx(km2[kind], rel=1e-6)
    polygons = [shape(feature["geometry"]) for feature in found]
    assert all(polygon.is_valid for polygon in polygons)
    joined = sum(polygon.area for polygon in polygons)
    assert joined == pytest.approx(union_all(polygons).area, rel=1e-3)
    assert len(json.dumps(found)) < 200_000


def test_each_polygon_says_when_how_sharp_and_in_what_light(patrol) -> None:
    for feature in cells(patrol):
        told = feature["properties"]
        if told["class"] == "not_looked":
            continue
        assert told["light"] == "day"
        assert told["first"] <= told["last"]
        assert 0.02 < told["gsd_across_m"] <= told["gsd_along_m"] < 10
        assert told["looks_least"] >= 1
        assert (told["person_px"] >= 8) == (told["class"] == "looked")


def test_flown_without_looking_is_not_looked_at(patrol) -> None:
    """The log goes on for minutes over a third leg after the video has ended."""
    ground = summary(patrol)["coverage"]["ground"]
    assert ground["not_looked_of"] == "flight"
    assert ground["km2"]["not_looked"] > 0.02


def test_nothing_is_seen_while_the_pose_is_missing(shared, tmp_path) -> None:
    flight = shared / "flights" / "faults"
    out = replayed(flight, tmp_path / "out")
    told = summary(out)
    assert told["coverage"]["looked_without_pose_s"] > 8
    assert told["coverage"]["ground"]["looks"] < told["counts"]["frames_looked"] - 40
    start, end = json.loads((flight / "clock.json").read_text())["link_gap_utc"]
    for feature in cells(out):
        if "first" in feature["properties"]:
            first_us = from_text(feature["properties"]["first"])
            assert not start * 1e6 + 2_000_000 < first_us < end * 1e6 - 2_000_000


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on PATH")
def test_the_report_draws_the_ground_in_a_browser(patrol, tmp_path) -> None:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    page = (patrol / "report.html").as_uri()
    done = subprocess.run(
        [str(CHROMIUM), *flags, profile, page], capture_output=True, check=True, timeout=120
    )
    body = re.search(r"<body([^>]*)>", done.stdout.decode())
    shown = dict(re.findall(r'data-(\w+)="([^"]*)"', body[1]))
    assert (shown["ready"], shown["errors"], shown["ground"]) == ("1", "", "3")


def test_the_report_says_it_in_both_languages(patrol) -> None:
    page = (patrol / "report.html").read_text(encoding="utf-8")
    for words in ("ดูชัดพอที่จะเห็นคน", "Seen well enough to notice a person", "ไม่ได้ดู", "Not looked at"):
        assert words in page
