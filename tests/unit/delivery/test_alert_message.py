"""The alert: its bytes, its limits, its schema, its words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.delivery import alert as message
from droneops.delivery.compose import Context, compose
from droneops.delivery.grid import utm_and_mgrs
from droneops.delivery.schema import SCHEMAS, schema_text
from droneops.delivery.text import percent
from droneops.incidents.incident import Change, ChangeKind, Founder, Incident, Observation, State
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.types import Track, read_only
from geofences import BorderSide, ZoneHit, load_zones

ROOT = Path(__file__).resolve().parents[3]
ZONES = {zone.id: zone for zone in load_zones()}
CONTEXT = Context(
    "exercise", "droneops 0", "aruco", None, "0" * 64, None, drill_markers=True, near=lambda *_: None
)


def track(label: str = "person", speed_mps: float = 0.0) -> Track:
    return Track(
        id="d/1",
        drone_id="d",
        label=label,
        detector_label=label,
        first_seen_us=1,
        last_seen_us=2_000_000,
        ordinal=0,
        sightings=9,
        best_score=0.87,
        lat_deg=16.44,
        lon_deg=104.75,
        alt_msl_m=212.0,
        cov_m2=read_only([[9.0, 1.0], [1.0, 4.0]]),
        cov_common_m2=read_only(np.eye(2)),
        ce90_m=5.9,
        velocity_mps=read_only((speed_mps, 0.0)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.04),
    )


def change(tracks=None, hits=None, messages: int = 1, border: BorderSide | None = None) -> Change:
    tracks = tracks or (track(),)
    hits = (ZoneHit(ZONES["phu-pha-thoep"], 0.934, -420.0),) if hits is None else hits
    border = border or BorderSide("mekong-border", 6012.0, 120.2, 1.0, "TH")
    members = tuple(Observation(item, hits, border) for item in tracks)
    incident = Incident(
        id="71cec3d4-8975-5dd8-ae4a-82ba6e8a24f1",
        event="intrusion",
        severity="moderate",
        state=State.OPEN,
        rule_id="R0",
        rule_version="1",
        onset_us=0,
        last_seen_us=2_000_000,
        members=members,
        lead=members[0],
        zone_ids=frozenset({"phu-pha-thoep"}),
        messages=messages,
        founder=Founder.of("intrusion", tracks[0]),
    )
    return Change(ChangeKind.OPENED, 2_000_000, incident, tracks)


def composed(given_change: Change, context: Context = CONTEXT) -> dict:
    return json.loads(message.to_bytes(compose(given_change, None, None, context)))


@pytest.mark.parametrize("file", sorted(SCHEMAS))
def test_the_published_schemas_are_those_of_the_models(file: str) -> None:
    assert (ROOT / "docs" / "schemas" / file).read_text(encoding="utf-8") == schema_text(file)


def test_an_alert_is_valid_against_the_published_schema_and_a_changed_one_is_not() -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "alert-1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    alert = composed(change())
    validator.validate(alert)
    for wrong in ({"severity": "terrible"}, {"sequence": 0}, {"sent": "yesterday"}, {"extra": 1}):
        assert not validator.is_valid({**alert, **wrong})
    assert not validator.is_valid({key: alert[key] for key in alert if key != "incident_id"})


def test_the_same_change_is_the_same_bytes() -> None:
    assert message.to_bytes(compose(change(), None, None, CONTEXT)) == message.to_bytes(
        compose(change(), None, None, CONTEXT)
    )


def test_an_update_refers_to_what_was_said_before() -> None:
    first, third = composed(change()), composed(change(messages=3))
    assert (first["message_type"], first["references"]) == ("alert", [])
    assert third["message_type"] == "update"
    assert third["references"][0] == first["id"]
    assert len(third["references"]) == 2


def test_a_stand_in_zone_is_said_in_both_languages_and_flagged() -> None:
    alert = composed(change())
    assert alert["zones"][0]["placeholder"] is True
    assert "stand-in" in alert["instruction"]["en"]
    assert "แนวสมมุติ" in alert["instruction"]["th"]


def test_a_drill_is_said_in_both_languages() -> None:
    alert = composed(change())
    assert alert["headline"]["th"].startswith("[การฝึกซ้อม]")
    assert alert["headline"]["en"].startswith("[EXERCISE]")
    assert "Send nobody" in alert["instruction"]["en"]
    real = composed(change(), replace(CONTEXT, status="actual", drill_markers=False))
    assert "[" not in real["headline"]["en"]
    assert "acknowledge" in real["instruction"]["en"]


def test_people_and_boats_are_counted_by_label() -> None:
    alert = composed(change(tracks=(track("boat"), track(), track())))
    assert [(s["label"], s["count"]) for s in alert["subjects"]] == [("boat", 1), ("person", 2)]
    assert "1 boat, 2 people" in alert["headline"]["en"]
    assert "เรือ 1 ลำ บุคคล 2 คน" in alert["headline"]["th"]


def test_motion_is_given_only_beyond_its_own_error() -> None:
    assert composed(change(tracks=(track(speed_mps=0.3),)))["motion"] is None
    assert composed(change(tracks=(track(speed_mps=2.0),)))["motion"] == {
        "speed_mps": 2.0,
        "course_deg": 90.0,
    }


@pytest.mark.parametrize(
    ("probability", "certainty"), [(0.95, "observed"), (0.9, "observed"), (0.6, "likely"), (0.3, "possible")]
)
def test_certainty_follows_the_probability(probability, certainty) -> None:
    hits = (ZoneHit(ZONES["phu-pha-thoep"], probability, -1.0),)
    assert composed(change(hits=hits))["certainty"] == certainty


@given(
    st.text(min_size=1, max_size=500).filter(str.strip),
    st.integers(0, 12),
    st.integers(1, 40),
)
def test_no_name_however_long_makes_an_alert_larger_than_four_kibibytes(name, zones, kinds) -> None:
    zone = replace(ZONES["phu-pha-thoep"], name_th=name, name_en=name)
    tracks = tuple(track(f"{name}-{kind}") for kind in range(kinds))
    context = replace(CONTEXT, detector=name)
    raw = message.to_bytes(compose(change(tracks, (ZoneHit(zone, 0.9, -1.0),) * zones), None, None, context))
    assert len(raw) <= message.MAX_BYTES
    alert = json.loads(raw)
    assert alert["subjects"]
    assert bool(alert["zones"]) == (zones > 0)


@given(st.text(min_size=1, max_size=500).filter(str.strip), st.integers(0, 12))
def test_a_second_models_word_stays_whole_in_an_alert_that_is_cut(name, zones) -> None:
    zone = replace(ZONES["phu-pha-thoep"], name_th=name, name_en=name)
    tracks = tuple(track(f"{name}-{kind}") for kind in range(9))
    second = SecondLook(name, "f" * 64, Answer.DISAGREED, Why.ANOTHER_LABEL, name, 0.1234)
    changed = change(tracks, (ZoneHit(zone, 0.9, -1.0),) * zones, messages=20)
    alert = compose(changed, None, None, replace(CONTEXT, detector=name), second)
    assert len(message.to_bytes(alert)) <= message.MAX_BYTES
    assert alert.provenance.second_look is not None
    assert alert.provenance.second_look.answer == "disagreed"


def test_the_zone_of_the_rule_makes_headline_and_certainty_though_another_is_more_probable() -> None:
    permit = replace(ZONES["phu-pha-thoep"], id="permit", name_th="ใบอนุญาต", name_en="Permit area")
    hits = (ZoneHit(ZONES["phu-pha-thoep"], 0.81, -9.0), ZoneHit(permit, 0.999, -90.0))
    alert = composed(change(hits=hits))
    assert alert["certainty"] == "likely"
    assert "Phu Pha Thoep" in alert["headline"]["en"]
    assert [zone["id"] for zone in alert["zones"]] == ["phu-pha-thoep", "permit"]


@pytest.mark.parametrize(
    ("p", "side"), [(0.899996, "uncertain"), (0.100004, "uncertain"), (1.0, "TH"), (0.0, "LA")]
)
def test_a_rounded_probability_contradicts_no_side_and_claims_no_certainty(p, side) -> None:
    said = composed(change(border=BorderSide("b", 10.0, 120.0, p, side)))["border"]
    assert 0 < said["p_thailand"] < 1
    assert (0.1 < said["p_thailand"] < 0.9) == (said["side"] == "uncertain")


@given(st.floats(0, 1))
def test_a_probability_is_never_told_as_certainty(probability: float) -> None:
    assert percent(probability) not in ("0 %", "100 %")


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg"), [(16.44, 104.75), (16.5436, 104.7235), (-33.9, 18.4), (60.1, 5.3), (0.0, 0.0)]
)
def test_utm_and_mgrs_agree_with_proj(lat_deg: float, lon_deg: float) -> None:
    import pyproj

    utm, mgrs = utm_and_mgrs(lat_deg, lon_deg)
    zone, east, north = utm.split()
    epsg = (32600 if lat_deg >= 0 else 32700) + int(zone[:-1])
    x, y = pyproj.Transformer.from_crs(4326, epsg).transform(lat_deg, lon_deg)
    assert (x - int(east), y - int(north)) == pytest.approx((0.5, 0.5), abs=0.51)
    assert mgrs.split()[2:] == [east.zfill(5)[-5:], north.zfill(5)[-5:]]


def test_near_the_poles_there_is_no_utm() -> None:
    assert utm_and_mgrs(86.0, 0.0) == (None, None)


def test_where_the_grid_fails_there_is_no_reference_and_no_error() -> None:
    assert utm_and_mgrs(-5.5e-9, 0.0) == (None, None)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_any_place_on_earth_has_a_reference_or_none(lat_deg: float, lon_deg: float) -> None:
    utm, mgrs = utm_and_mgrs(lat_deg, lon_deg)
    assert (utm is None) == (mgrs is None)
