"""Terrain that is missing, wrong or full of holes, and pixels that show no ground: said, never guessed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

TIME = "2026-11-20T10:07:30.4Z"
PIXEL = "855,84"


def site(folder: Path, terrain: str) -> Path:
    path = folder / "site.toml"
    path.write_text(f"[site]\nid = 'x'\n[terrain]\n{terrain}\n")
    return path


def tile(folder: Path, heights: np.ndarray | None = None, name: str = "N16E104") -> None:
    made = np.full((1201, 1201), 212) if heights is None else heights
    made.astype(">i2").tofile(folder / f"{name}.hgt")


@pytest.fixture
def locate(droneops, example):
    """Runs `droneops locate` on the example's first marker."""

    def run(*more: object, pixel: str = PIXEL, time: str = TIME):
        files = ("--telemetry", example / "capture.tlog", "--camera", example / "camera.toml")
        return droneops("locate", *files, "--time", time, "--pixel", pixel, *more)

    return run


def metres_apart(first: dict, second: dict) -> float:
    return math.hypot(
        (first["lat_deg"] - second["lat_deg"]) * 110_600, (first["lon_deg"] - second["lon_deg"]) * 106_700
    )


def test_a_pixel_is_put_on_the_map_with_what_makes_it_unsure(locate) -> None:
    found = json.loads(locate("--json").stdout)
    # Marker 9 of targets.csv; flat at home, uncalibrated.
    assert metres_apart(found, {"lat_deg": 16.44332, "lon_deg": 104.7526}) < 3
    assert sum(part["share"] for part in found["budget"]) == pytest.approx(1, abs=1e-3)
    assert found["budget"][0]["source"] == "terrain"
    text = locate().stdout
    assert "90 % within" in text
    assert "heading" in text


def test_a_pixel_in_a_stand_in_is_marked_so(locate) -> None:
    assert "zones in force then: phu-pha-thoep (stand-in) 99%" in locate().stdout
    (zone,) = json.loads(locate("--json").stdout)["zones"]
    assert zone["placeholder"] is True


SMALL_STAND_IN = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties":
  {"id": "phu-pha-thoep", "kind": "park", "accuracy_m": 1, "within_m": 50, "placeholder": true},
  "geometry": {"type": "Point", "coordinates": [104.6, 16.3]}}]}"""
OWN_PARK = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties":
  {"id": "own", "kind": "park", "accuracy_m": 1},
  "geometry": {"type": "Polygon", "coordinates":
  [[[104.7, 16.4], [104.8, 16.4], [104.8, 16.5], [104.7, 16.5], [104.7, 16.4]]]}}]}"""


def test_a_pixel_outside_every_stand_in_is_no_proof_of_being_outside_the_park(locate, tmp_path) -> None:
    outcome = locate("--site", with_layer(tmp_path, SMALL_STAND_IN))
    assert "zones in force then: none" in outcome.stdout
    assert "stand-in zones in use, NOT legal boundaries: phu-pha-thoep" in outcome.stderr


def test_a_pixel_deep_in_a_zone_is_never_said_to_be_in_it_for_certain(locate, tmp_path) -> None:
    assert "own over 99%" in locate("--site", with_layer(tmp_path, OWN_PARK)).stdout


def with_layer(folder: Path, layer: str) -> Path:
    (folder / "own.geojson").write_text(layer)
    path = site(folder, "source = 'home'")
    border = "\n[[zone_layer]]\nid = 'mekong-border'\n[[zone_layer]]\npath = 'own.geojson'\n"
    path.write_text(path.read_text() + border)
    return path


def test_srtm_tiles_of_level_ground_give_what_a_given_height_gives(locate, tmp_path) -> None:
    tile(tmp_path)
    over = json.loads(locate("--site", site(tmp_path, "source = 'dem'\npath = '.'"), "--json").stdout)
    given = json.loads(locate("--ground-alt-msl", "212", "--json").stdout)
    assert metres_apart(over, given) < 0.01
    assert over["alt_msl_m"] == 212.0
    assert "SRTM" in over["ground"]


def test_a_missing_tile_gives_a_warning_and_a_reason(locate, tmp_path) -> None:
    tile(tmp_path, name="N20E100")
    outcome = locate("--site", site(tmp_path, "source = 'dem'\npath = '.'"))
    assert outcome.status == 1
    assert "lacks N16E104" in outcome.warnings[0]
    assert "beyond_range" in outcome.stdout


def test_a_hole_under_what_is_seen_gives_a_reason(locate, tmp_path) -> None:
    heights = np.full((1201, 1201), 212)
    heights[620:720, 850:950] = -32768
    tile(tmp_path, heights)
    outcome = locate("--site", site(tmp_path, "source = 'dem'\npath = '.'"))
    assert (outcome.status, "beyond_range" in outcome.stdout) == (1, True)
    assert "is unknown" in outcome.warnings[0]


def test_a_replay_counts_what_lies_on_unknown_ground(droneops, example, short_video, tmp_path) -> None:
    tile(tmp_path, name="N20E100")
    files = ("--telemetry", example / "capture.tlog", "--video", short_video)
    more = ("--camera", example / "camera.toml", "--site", site(tmp_path, "source = 'dem'\npath = '.'"))
    assert droneops("replay", *files, *more, "--out", tmp_path / "out").status == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["counts"]["sightings"] > 0
    assert summary["counts"]["located"] == 0
    rows = [json.loads(line) for line in (tmp_path / "out" / "sightings.jsonl").read_text().splitlines()]
    assert {row["reason"] for row in rows} == {"beyond_range"}


@pytest.mark.parametrize(
    ("terrain", "said"),
    [
        ("source = 'dem'", "terrain.path is missing"),
        ("source = 'dem'", "site.toml: 'terrain': source is dem"),
        (
            "source = 'home'\nalt_msl_m = 212",
            "site.toml: 'terrain': terrain.alt_msl_m is not used with source home",
        ),
        (
            "alt_msl_m = 212",
            "terrain.alt_msl_m is not used with source home: remove it, or set source to value",
        ),
        ("source = 'report'\nalt_msl_m = 212", "terrain.alt_msl_m is not used with source report"),
        ("source = 'value'\nalt_msl_m = 212\npath = '.'", "terrain.path is not used with source value"),
        ("source = 'dem'\npath = '.'\nalt_msl_m = 212", "terrain.alt_msl_m is not used with source dem"),
        ("source = 'dem'\npath = 'nowhere'", "does not exist"),
        ("source = 'dem'\npath = 'empty'", "holds no SRTM tile"),
        ("source = 'dem'\npath = 'short'", "has 100 bytes"),
        ("source = 'dem'\npath = 'broken.tif'", "broken.tif"),
    ],
)
def test_heights_that_cannot_be_used_end_with_one_line_that_says_so(locate, tmp_path, terrain, said) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "N16E104.hgt").write_bytes(bytes(100))
    (tmp_path / "broken.tif").write_bytes(b"no tiff")
    outcome = locate("--site", site(tmp_path, terrain))
    assert outcome.status == 2
    assert said in outcome.error


def test_the_vehicles_own_terrain_reports_give_the_ground_below_it(locate, tmp_path) -> None:
    found = json.loads(locate("--site", site(tmp_path, "source = 'report'"), "--json").stdout)
    assert found["alt_msl_m"] == pytest.approx(212.1, abs=0.05)
    assert "TERRAIN_REPORT" in found["ground"]


def test_a_log_without_loaded_terrain_is_refused_rather_than_put_at_sea_level(
    droneops, shared, example, tmp_path
) -> None:
    log = shared / "logs" / "bruno_20211125-124019_nogpsfix.tlog"
    outcome = droneops(
        "locate", "--telemetry", log, "--camera", example / "camera.toml", "--time", TIME, "--pixel", PIXEL,
        "--site", site(tmp_path, "source = 'report'"),
    )  # fmt: skip
    assert outcome.status == 2
    assert "holds no TERRAIN_REPORT" in outcome.error


@pytest.mark.parametrize(
    ("time", "reason"),
    [("2026-11-20T09:00:00Z", "no_pose"), ("2026-11-20T10:05:03Z", "no_fix")],
)
def test_a_time_without_a_pose_gives_the_reason_and_when_there_are_poses(locate, time, reason) -> None:
    outcome = locate(time=time)
    assert outcome.status == 1
    assert reason in outcome.stdout
    assert "positions run from 2026-11-20T10:0" in outcome.warnings[-1]


def test_ground_above_the_drone_gives_a_reason(locate) -> None:
    outcome = locate("--ground-alt-msl", "500")
    assert (outcome.status, "beyond_range" in outcome.stdout) == (1, True)


@pytest.mark.parametrize(
    ("pixel", "time", "said"),
    [
        ("1280.1,84", TIME, "outside the camera's picture"),
        ("855", TIME, "--pixel '855' is no pixel"),
        ("nan,3", TIME, "is no pixel"),
        ("855,84", "yesterday", "is no UTC time"),
        ("855,84", "2026-11-20T10:07:30", "is no UTC time"),
    ],
)
def test_an_argument_that_is_none_is_refused_in_one_line(locate, pixel, time, said) -> None:
    outcome = locate(pixel=pixel, time=time)
    assert outcome.status == 2
    assert said in outcome.error


def test_a_camera_with_no_focal_length_is_refused(droneops, example, tmp_path) -> None:
    camera = tmp_path / "camera.toml"
    camera.write_text((example / "camera.toml").read_text().replace("fx_px = 1065.139", "fx_px = 0"))
    outcome = droneops(
        "locate",
        "--telemetry",
        example / "capture.tlog",
        "--camera",
        camera,
        "--time",
        TIME,
        "--pixel",
        PIXEL,
    )
    assert outcome.status == 2
    assert "fx_px" in outcome.error
