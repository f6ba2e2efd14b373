"""What an officer reads of a place is there in Thai and in English, on the terminal and as JSON."""

from __future__ import annotations

import json
import re

import pytest

from droneops.replay.spot import REASONS, REASONS_TH, SOURCES_TH
from droneops.types import Reason
from droneops.zones.check_text import KINDS_TH
from geofences import Kind

TIME = "2026-11-20T10:07:30.4Z"
THAI = re.compile("[\u0e00-\u0e7f]")


def check(droneops, lat, lon, *more):
    return droneops("zones", "check", "--lat-deg", lat, "--lon-deg", lon, *more)


def test_zones_check_says_it_in_thai_first_and_in_english(droneops):
    told = check(droneops, 16.44, 104.75, "--sigma-m", 10).stdout
    thai, english = told.split("\n\n")
    assert "โอกาสอยู่ในเขต" in thai and "แนวสมมุติ ไม่ใช่แนวเขตตามกฎหมาย" in thai
    assert "อยู่ข้างใน" in thai and "มีผลบังคับ ตลอดเวลา" in thai and "ฝั่งไทย" in thai
    assert "phu-pha-thoep" in english and "m inside, its outline nearest" in english
    assert len(thai.splitlines()) == len(english.strip().splitlines())
    # The same figures stand in both.
    assert re.findall(r"\d+\.\d{6}", thai) == re.findall(r"\d+\.\d{6}", english)


def test_zones_check_as_json_holds_both(droneops):
    found = json.loads(check(droneops, 16.44, 104.75, "--sigma-m", 10, "--json").stdout)
    for both in (found["text"], found["zones"][0]["why"]):
        assert set(both) == {"th", "en"}
        assert THAI.search(both["th"])
    assert found["zones"][0]["why"]["en"].startswith("uncertain: the line is known to")


def test_locate_says_it_in_both(droneops, example):
    files = ("--telemetry", example / "capture.tlog", "--camera", example / "camera.toml")
    there = (*files, "--time", TIME, "--pixel", "855,84")
    told = droneops("locate", *there).stdout
    assert "90 % อยู่ภายใน" in told and "90 % within" in told
    assert "(แนวสมมุติ)" in told and "(stand-in)" in told
    text = json.loads(droneops("locate", *there, "--json").stdout)["text"]
    assert f"{text['th']}\n\n{text['en']}\n" == told
    nowhere = droneops("locate", *files, "--time", "2026-11-20T09:00:00Z", "--pixel", "855,84")
    assert (nowhere.status, "ไม่มีพิกัด: no_pose" in nowhere.stdout) == (1, True)
    assert "no point: no_pose" in nowhere.stdout


def test_every_reason_kind_and_source_has_its_thai_word():
    assert set(REASONS) == set(REASONS_TH) == set(Reason)
    assert set(KINDS_TH) == {str(kind) for kind in Kind}
    assert all(THAI.search(word) for words in (REASONS_TH, SOURCES_TH, KINDS_TH) for word in words.values())


def test_the_budget_names_only_known_sources(droneops, example):
    files = ("--telemetry", example / "capture.tlog", "--camera", example / "camera.toml")
    found = json.loads(droneops("locate", *files, "--time", TIME, "--pixel", "855,84", "--json").stdout)
    assert {part["source"] for part in found["budget"]} <= set(SOURCES_TH)


@pytest.mark.parametrize(
    ("lat", "lon", "km"),
    # To the nearest zone; tests/unit/geofences/test_zone_far.py holds the way against the geodesic.
    [(-16.44, -75.2, 19_900), (40.0, -179.0, 7_639), (52.5, 13.4, 8_570), (-89.0, 0.0, 11_900)],
)
def test_a_place_at_the_other_end_of_the_world_is_no_further_than_that(droneops, lat, lon, km):
    found = json.loads(check(droneops, lat, lon, "--json").stdout)
    assert found["zones"] == [] and found["border"] is None
    away_m = [other["distance_m"] for other in found["nearest_others"]]
    assert max(away_m) < 20_038_000
    assert away_m == sorted(away_m)
    assert away_m[0] == pytest.approx(km * 1000, rel=0.02)
    assert found["border_gap_m"] == pytest.approx(km * 1000, rel=0.02)
    assert " km" in found["text"]["en"] and " กม." in found["text"]["th"]
