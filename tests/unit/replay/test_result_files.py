"""The files a replay leaves, field by field, as the contract has them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from silent import Silent

from droneops.app import replay
from droneops.incidents.incident import bundle_id, message_id
from droneops.replay.request import ReplayRequest
from droneops.telemetry.tlog import parse_tlog
from droneops.times import from_text

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture(scope="module")
def result(example, tmp_path_factory) -> Path:
    """The results of the example patrol."""
    out = tmp_path_factory.mktemp("result") / "out"
    request = ReplayRequest(
        telemetry=example / "capture.tlog",
        video=example / "video.mp4",
        site=example / "site.toml",
        out=out,
    )
    replay(request, Silent())
    return out


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_all_files_of_the_contract_are_there_and_nothing_else(result) -> None:
    assert sorted(path.name for path in result.iterdir()) == [
        "alerts.jsonl",
        "evidence",
        "report.html",
        "sightings.jsonl",
        "summary.json",
        "track.geojson",
    ]


def test_each_sighting_has_all_fields_in_order(result) -> None:
    fields = (
        "time drone_id track_id label detector_label score bbox_px lat_deg lon_deg alt_msl_m ce90_m cov_m2"
        " cov_common_m2 reason zones"
    )
    sightings = rows(result / "sightings.jsonl")
    assert {" ".join(row) for row in sightings} == {fields}
    for row in sightings:
        assert TIME.fullmatch(row["time"])
        assert row["lat_deg"] == round(row["lat_deg"], 8)
        assert row["cov_m2"][0][1] == row["cov_m2"][1][0]
        assert row["cov_m2"][0][0] >= row["cov_common_m2"][0][0]
    order = [(row["time"], row["drone_id"]) for row in sightings]
    assert order == sorted(order)


def test_labels_are_mapped_and_the_detectors_own_stay(result) -> None:
    names = {(row["detector_label"], row["label"]) for row in rows(result / "sightings.jsonl")}
    assert ("marker-3", "boat") in names
    assert ("marker-4", "person") in names
    assert ("marker-9", "marker-9") in names


def test_alert_ids_follow_from_the_incident_and_the_sequence(result) -> None:
    alerts = rows(result / "alerts.jsonl")
    assert [alert["sequence"] for alert in alerts] == [1, 2]
    assert len({alert["incident_id"] for alert in alerts}) == 1
    for alert in alerts:
        assert alert["id"] == message_id(alert["incident_id"], alert["sequence"])
        assert alert["evidence"]["bundle_id"] == bundle_id(alert["incident_id"])
    assert alerts[1]["references"] == [alerts[0]["id"]]


def test_the_evidence_is_whole_and_holds_the_flight_around_the_incident(result) -> None:
    (alert, last) = rows(result / "alerts.jsonl")
    (bundle,) = (result / "evidence").iterdir()
    assert bundle.stem == alert["evidence"]["bundle_id"]
    archive = zipfile.ZipFile(io.BytesIO(bundle.read_bytes()))
    manifest = json.loads(archive.read("manifest.json"))
    for entry in manifest["files"]:
        assert hashlib.sha256(archive.read(entry["name"])).hexdigest() == entry["sha256"]
    assert archive.read("alerts.jsonl") == (result / "alerts.jsonl").read_bytes()
    assert hashlib.sha256(archive.read("snapshot.jpg")).hexdigest() == alert["snapshot"]["sha256"]
    labels = {json.loads(line)["label"] for line in archive.read("sightings.jsonl").splitlines()}
    assert labels == {"boat", "person"}
    log = parse_tlog(archive.read("telemetry.tlog"))
    assert log.damage.bytes == 0
    assert log.first_us <= from_text(alert["onset"]) - 29_000_000
    assert log.last_us >= from_text(last["last_seen"]) + 9_000_000
    assert log.last_us - log.first_us < 90_000_000


def test_the_map_file_holds_path_coverage_footprints_sightings_and_incidents(result) -> None:
    features = json.loads((result / "track.geojson").read_text(encoding="utf-8"))["features"]
    kinds = {feature["properties"]["feature"] for feature in features}
    assert kinds == {"path", "coverage", "footprint", "sighting", "incident"}
    sightings = [f for f in features if f["properties"]["feature"] == "sighting"]
    assert len(sightings) == len(rows(result / "sightings.jsonl"))
    for feature in features:
        if feature["geometry"]["type"] == "Polygon":
            assert all(ring[0] == ring[-1] for ring in feature["geometry"]["coordinates"])


def test_the_summary_tells_which_rules_fired_which_almost_did_and_why(result) -> None:
    rules = json.loads((result / "summary.json").read_text(encoding="utf-8"))["rules"]
    (incident_id,) = {alert["incident_id"] for alert in rows(result / "alerts.jsonl")}
    tracks = {row["track_id"]: row["label"] for row in rows(result / "sightings.jsonl")}
    assert [(found["rule"]["id"], found["label"]) for found in rules["fired"]] == [
        ("R0", "boat"),
        ("R0", "person"),
        ("R0", "person"),
    ]
    assert {found["incident_id"] for found in rules["fired"]} == {incident_id}
    assert [found["since"] for found in rules["fired"]] == sorted(found["since"] for found in rules["fired"])
    near = [(found["rule"]["id"], found["label"]) for found in rules["near_misses"]]
    assert near == [("R1", "person"), ("R1", "person")]
    for found in (*rules["fired"], *rules["near_misses"]):
        assert tracks[found["track_id"]] == found["label"]
        assert TIME.fullmatch(found["since"])
        assert found["since"] <= found["last_seen"]
        unmet = [item for item in found["conditions"] if not item["met"]]
        assert len(unmet) == (found in rules["near_misses"])
    night = rules["near_misses"][0]["conditions"][0]
    assert night == {"name": "night", "wanted": "after civil dusk", "found": "day", "met": False}
    assert any(gap.startswith("R6 ") for gap in rules["gaps"])


def test_the_summary_adds_up(result) -> None:
    summary = json.loads((result / "summary.json").read_text(encoding="utf-8"))
    seconds, counts = summary["seconds"], summary["counts"]
    named = seconds["decode"] + seconds["detect"] + seconds["locate"] + seconds["rest"]
    assert named == pytest.approx(seconds["total"], abs=0.001)
    share = 1 - (seconds["decode"] + seconds["detect"]) / seconds["total"]
    assert seconds["share_neither_decode_nor_detect"] == pytest.approx(share, abs=0.001)
    assert counts["sightings"] == len(rows(result / "sightings.jsonl"))
    assert sum(counts["alerts"].values()) == len(rows(result / "alerts.jsonl"))
    assert sum(summary["messages"].values()) == summary["telemetry"]["messages_total"] == 45846
    assert summary["status"] == "exercise"
    assert summary["video"]["start_source"] == "sidecar"
    assert set(summary["placeholder_zones"]) == {"phu-pha-thoep", "phu-sa-dok-bua", "phu-pha-yon"}


def test_the_report_speaks_of_the_incident_and_of_the_stand_ins(result) -> None:
    page = (result / "report.html").read_text(encoding="utf-8")
    alert = rows(result / "alerts.jsonl")[-1]
    assert alert["position"]["mgrs"] in page
    assert "stand-in" in page.lower()
    assert "://" not in page
