"""A replay from logs of other kinds than .tlog: the same patrol, the same places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from silent import Silent
from test_recorded_patrols import errors_m

from droneops.app import replay
from droneops.replay.request import ReplayRequest
from droneops.times import from_text

DATA = Path(__file__).parents[3] / "shared" / "data"


def replayed(out: Path, **request) -> dict:
    replay(ReplayRequest(out=out, **request), Silent())
    return json.loads((out / "summary.json").read_text())


def test_the_onboard_log_puts_the_targets_where_the_telemetry_log_does(shared, example, tmp_path) -> None:
    flight = shared / "flights" / "park-patrol"
    summary = replayed(
        tmp_path / "out",
        telemetry=flight / "onboard.BIN",
        video=example / "video.mp4",
        site=example / "site.toml",
    )
    assert summary["telemetry"]["format"] == "dataflash"
    assert summary["counts"]["located"] > 300
    distances = errors_m(tmp_path / "out", flight)
    assert sorted(distances)[len(distances) // 2] < 1.5
    assert summary["counts"]["incidents"] == 1


OTHERS = [
    "logs/bruno_00061_20211121.bin",
    "logs/px4_sample_px4_events_position.ulg",
    "logs/px4_sample_log_small.ulg",
    "video/osh_st0601_sample-stream.ts",
    "video/dji_srt/air2s.srt",
]
HERE = [name for name in OTHERS if (DATA / name).is_file()]


@pytest.mark.parametrize("name", HERE or [pytest.param("", marks=pytest.mark.skip("no ../shared/data"))])
def test_a_log_of_another_kind_gives_its_track_and_a_report(shared, tmp_path, name) -> None:
    summary = replayed(tmp_path / "out", telemetry=shared / name)
    assert summary["messages"] is None
    assert summary["telemetry"]["first"] is not None
    json.loads((tmp_path / "out" / "track.geojson").read_text(), parse_constant=pytest.fail)
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000


def test_the_local_time_of_subtitles_is_that_of_the_site(droneops, shared: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[site]\nid = "s"\ntimezone = "Asia/Bangkok"\n')
    log = shared / "video" / "dji_srt" / "air2s.srt"
    firsts = []
    for number, options in enumerate(((), ("--site", site))):
        out = tmp_path / str(number)
        outcome = droneops("replay", "--telemetry", log, "--out", out, *options)
        assert outcome.status == 0, outcome.stderr
        assert any("time zone" in w or "site's local time (+7 h" in w for w in outcome.warnings)
        features = json.loads((out / "track.geojson").read_text())["features"]
        firsts.append(
            next(f["properties"]["start"] for f in features if f["properties"]["feature"] == "path")
        )
    utc_us, local_us = map(from_text, firsts)
    assert utc_us - local_us == 7 * 3600 * 1_000_000
