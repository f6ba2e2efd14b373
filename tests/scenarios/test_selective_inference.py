"""Where no zone is near, the detector is spared the picture, and no alert is lost by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from silent import Silent

from droneops.app import replay
from droneops.replay.request import ReplayRequest

WEST, SOUTH, EAST, NORTH = 104.7504, 16.4403, 104.7518, 16.4413
"""About 150 by 110 m around what the example's drill finds; the patrol is 450 m long."""

OF_THE_RUN = ("id", "incident_id", "references", "evidence", "provenance")
"""What follows from the digest of the site file, which differs."""


def own_zone(folder: Path) -> str:
    """An operator's zone file: a park with a surveyed outline."""
    ring = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]
    properties = {
        "id": "own-park",
        "kind": "park",
        "name_th": "อุทยานของเรา",
        "name_en": "Our park",
        "accuracy_m": 2.0,
        "source": "survey",
        "licence": "own",
        "version": "1",
        "placeholder": False,
    }
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    (folder / "own.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    # Naming the border layer leaves out the stand-ins. The border is 6 km off, so that R3's and R4's 2 km are
    # as shipped; the patrol is too short for the 300 m and 150 m that parks are widened by.
    layers = '[[zone_layer]]\nid = "mekong-border"\n[[zone_layer]]\npath = "own.geojson"\n'
    return layers + '[[rule]]\nid = "R0"\nwithin_m = 40\n[[rule]]\nid = "R2"\nedge_m = 40\n'


def replayed(
    example: Path, folder: Path, infer: str, layers: str, base: Path | None = None
) -> tuple[Path, Silent]:
    site = folder / f"{infer}.toml"
    text = (base or example / "site.toml").read_text()
    site.write_text(text.replace("[[drone]]", f'{layers}\n[[drone]]\ninfer = "{infer}"', 1))
    listener = Silent()
    request = ReplayRequest(
        telemetry=example / "capture.tlog",
        video=example / "video.mp4",
        camera=example / "camera.toml",
        site=site,
        out=folder / infer,
    )
    replay(request, listener)
    return folder / infer, listener


def alerts(out: Path) -> list[dict]:
    rows = [json.loads(line) for line in (out / "alerts.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key not in OF_THE_RUN} for row in rows]


def summary(out: Path) -> dict:
    return json.loads((out / "summary.json").read_text())


@pytest.fixture(scope="module")
def outs(example, tmp_path_factory) -> dict[str, Path]:
    """The example patrol over an operator's own zone, looked at everywhere and near the zone alone."""
    folder = tmp_path_factory.mktemp("infer")
    layers = own_zone(folder)
    return {infer: replayed(example, folder, infer, layers)[0] for infer in ("everywhere", "zones")}


def test_frames_away_from_an_operators_zone_are_not_inferred_and_it_is_counted(outs) -> None:
    told = summary(outs["zones"])
    spared = told["inference"]["frames_skipped_by_zones"]
    assert 0.1 * 250 < spared < 0.9 * 250
    assert told["counts"]["frames_looked"] + spared == told["inference"]["frames"] == 250
    assert told["inference"]["share_of_pixels_skipped"] == pytest.approx(spared / 250, abs=1e-6)
    assert summary(outs["everywhere"])["inference"]["frames_skipped_by_zones"] == 0


@pytest.mark.parametrize("infer", ["everywhere", "zones"])
def test_looked_means_everywhere_in_the_summary_what_the_detector_saw(outs, infer) -> None:
    told = summary(outs[infer])
    video, counts = told["video"], told["counts"]
    assert video["looked"] == counts["frames_looked"]
    assert video["skipped_by_zones"] == counts["frames_skipped_by_zones"]
    assert video["chosen"] == video["looked"] + video["skipped_by_zones"] == told["inference"]["frames"]
    assert video["chosen"] <= video["decoded"]
    assert (video["skipped_by_zones"] > 0) == (infer == "zones")


def test_every_alert_is_still_the_same(outs) -> None:
    everywhere = alerts(outs["everywhere"])
    assert len(everywhere) >= 1
    assert alerts(outs["zones"]) == everywhere


def test_ground_of_spared_frames_does_not_count_as_looked_at(outs) -> None:
    some, whole = (summary(outs[infer])["coverage"] for infer in ("zones", "everywhere"))
    assert some["skipped_by_zones_s"] > 5 > whole["skipped_by_zones_s"]
    seen = [sum(told["ground"]["km2"][k] for k in ("looked", "too_coarse")) for told in (some, whole)]
    assert seen[0] < 0.9 * seen[1]
    own, as_well = (
        next(z for z in told["ground"]["zones"] if z["id"] == "own-park") for told in (some, whole)
    )
    assert own["shares"] == pytest.approx(as_well["shares"], abs=0.02)  # cells begin at the first look
    assert own["shares"]["not_looked"] < 0.05


def test_rules_that_need_no_zone_are_named_where_frames_are_passed_over(example, tmp_path) -> None:
    layers = own_zone(tmp_path)
    text = (example / "site.toml").read_text()
    assert '5 = "person"' in text
    (tmp_path / "drill").mkdir()
    (tmp_path / "drill" / "site.toml").write_text(text.replace('5 = "person"', '5 = "fire"'))
    for infer, said in (("zones", True), ("everywhere", False)):
        _, listener = replayed(example, tmp_path, infer, layers, tmp_path / "drill" / "site.toml")
        assert any("R12 (fire or smoke" in text for text in listener.warnings) == said
        assert not any("R7" in text for text in listener.warnings), "the detector reports no timber"


def test_with_the_shipped_stand_ins_nothing_is_skipped_and_it_is_said(example, tmp_path) -> None:
    out, listener = replayed(example, tmp_path, "zones", "")
    assert summary(out)["inference"]["frames_skipped_by_zones"] == 0
    assert any("stand-in zones are loaded" in text for text in listener.warnings)
