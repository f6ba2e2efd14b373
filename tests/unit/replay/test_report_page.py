"""The page holds every text unharmed, fetches nothing, and stays small."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from droneops.replay.report import (
    BorderSide,
    Footprint,
    PathSegment,
    ReportCondition,
    ReportData,
    ReportFinding,
    ReportIncident,
    ReportRules,
    ReportSighting,
    ReportTrack,
    ReportZone,
    Span,
    SpanKind,
    ZoneChance,
    render,
)
from droneops.replay.report.clock import clock_for
from droneops.replay.report.payload import as_script, payload

T0 = 1_764_068_400_000_000
LAT, LON = 16.64, 104.74
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    '"><img src=x onerror=alert(1)>',
    "]]>&lt;{{ 7*7 }}",
    "https://evil.example/x.js",
    "\u2028\u202e\x00 \\u003c",
    "คนตัดไม้พะยูง 🪵🚤",
)


def empty() -> ReportData:
    return ReportData(
        site_id="mukdahan",
        drone_id="patrol-1",
        status="exercise",
        timezone_name="Asia/Bangkok",
        started_us=None,
        ended_us=None,
        is_drill=False,
        warnings=(),
        path=(),
        zones=(),
        footprints=(),
        sightings=(),
        tracks=(),
        incidents=(),
        spans=(),
        covered_km2=None,
        looked_s=0.0,
        not_looked_s=0.0,
        unlocated=(),
        versions=(),
    )


def path(points: int) -> PathSegment:
    return PathSegment(
        tuple(T0 + n * 100_000 for n in range(points)),
        tuple(LON + n * 1.2345678e-6 for n in range(points)),
        tuple(LAT + n * 2.3456789e-6 for n in range(points)),
        tuple(100.0 + n * 1e-4 for n in range(points)),
    )


def sighting(n: int, label: str = "person") -> ReportSighting:
    return ReportSighting(T0 + n * 120_000, "t1", label, "marker-4", 0.9, LAT + n * 1e-7, LON, 4.2)


def track(text: str, picture: bytes | None = b"\xff\xd8\xff") -> ReportTrack:
    return ReportTrack("t1", text, text, T0, T0 + 9_000_000, 12, 0.91, LAT, LON, 4.2, picture, T0 + 1)


def zone(text: str) -> ReportZone:
    ring = ((LON, LAT), (LON + 0.01, LAT), (LON, LAT + 0.01), (LON, LAT))
    return ReportZone("z", "park", text, text, True, 50.0, (ring,), False)


def incident(text: str = "พบเรือ") -> ReportIncident:
    return ReportIncident(
        id="i1",
        event="illegal_logging",
        severity="extreme",
        state="open",
        headline_th=text,
        headline_en=text,
        instruction_th=text,
        instruction_en=text,
        onset_us=T0 + 1_000_000,
        last_seen_us=T0 + 9_000_000,
        lat_deg=LAT,
        lon_deg=LON,
        ce90_m=6.1,
        utm="48Q 472103 1839874",
        mgrs="48QVD7210339874",
        border=BorderSide(221.0, 41.0, 0.9999, "TH"),
        zones=(ZoneChance(text, text, 0.93, True),),
        subjects=((text, 2),),
        messages=3,
        track_ids=("t1",),
        picture_jpeg=b"\xff\xd8\xff",
        rule_ids=("R4", text),
    )


def finding(rule_id: str, text: str, incident_id: str | None = None) -> ReportFinding:
    missing = ReportCondition(f"missing {text}", text, text, met=incident_id is not None)
    conditions = (ReportCondition(f"there {text}", text, text, met=True), missing)
    return ReportFinding(rule_id, "extreme", text, text, 3, T0, T0 + 1, conditions, incident_id)


def flight(text: str = "person") -> ReportData:
    return replace(
        empty(),
        site_id=text,
        drone_id=text,
        started_us=T0,
        ended_us=T0 + 60_000_000,
        warnings=(text,),
        path=(path(50),),
        zones=(zone(text),),
        footprints=(Footprint(T0, ((LON, LAT), (LON + 1e-3, LAT), (LON, LAT + 1e-3))),),
        sightings=(sighting(0, text), sighting(1, text)),
        tracks=(track(text),),
        incidents=(incident(text),),
        spans=(Span(T0, T0 + 60_000_000, SpanKind.NOT_LOOKED, text),),
        covered_km2=0.4123,
        looked_s=490.0,
        not_looked_s=110.0,
        unlocated=((text, 3),),
        versions=((text, text),),
        rules=ReportRules((finding("R4", text, "i1"),), (finding(text, text),), (text,), 7, 8),
    )


def block(html: str) -> object:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize("text", HOSTILE)
def test_data_block_parses_back_equal(text: str) -> None:
    data = flight(text)
    assert block(render(data)) == payload(data, clock_for("Asia/Bangkok", T0))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup_or_an_address(text: str) -> None:
    html, plain = render(flight(text)), render(flight())
    assert html.count("<script") == plain.count("<script")
    assert html.count("</script") == plain.count("</script")
    assert html.count("<img") == plain.count("<img")
    assert "<!--" not in html
    assert not re.search(r"https?://", html)


def test_thai_and_emoji_survive_as_they_are() -> None:
    html = render(flight("คนตัดไม้พะยูง 🪵"))
    assert html.count("คนตัดไม้พะยูง 🪵") > 10


def test_half_an_emoji_can_still_be_written() -> None:
    render(flight("\ud83e")).encode("utf-8")


def test_what_fired_and_what_almost_did_is_told_with_its_conditions() -> None:
    html = render(flight("pier"))
    rules = html[html.index('id="rules"') : html.index('id="h-pictures"')]
    assert "Rules: what fired, what almost did, and why" in rules
    assert "กฎ: อะไรเข้าเงื่อนไข อะไรเกือบเข้า และเพราะอะไร" in rules
    fired, almost = rules.split("Almost fired")
    assert 'href="#incident-1"' in fired
    assert "#incident" not in almost
    assert "✗" not in fired
    assert almost.index("✗") < almost.index("✓"), "what is missing comes first"
    assert "missing pier: wanted pier, found pier" in almost
    assert "left out:</span> 7" in fired
    assert "left out:</span> 8" in almost


def test_an_incident_names_the_rules_that_found_it() -> None:
    html = render(flight("person"))
    card = html[html.index('id="incident-1"') : html.index("</article>")]
    assert "R4" in card
    assert "a boat, a vehicle, and people walking between them" in card


def test_without_a_finding_the_page_says_that_no_rule_fired_or_almost_did() -> None:
    html = render(empty())
    assert "No rule fired." in html
    assert "No rule almost fired." in html


def test_page_fetches_nothing() -> None:
    html = render(flight())
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'" in html
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", html)
    assert not re.search(r"@import|url\(|xmlns|fetch\(|XMLHttpRequest|import\(", html)


def test_status_is_said_in_both_languages() -> None:
    assert "การฝึกซ้อม" in render(empty())
    assert "EXERCISE" in render(empty())
    assert "Not a real incident" not in render(replace(empty(), status="actual"))


def test_stand_ins_are_named_as_no_legal_boundary() -> None:
    html = render(replace(empty(), zones=(zone("Phu Pha Thoep"),)))
    assert "Stand-in, not a legal boundary" in html
    assert html.count("Phu Pha Thoep") >= 2


def test_without_positions_the_page_says_so_and_draws_no_map() -> None:
    html = render(replace(empty(), zones=(zone("park"),)))
    assert "there is no map to draw" in html
    assert 'id="map"' not in html


def test_without_pictures_looked_at_no_alert_means_nothing() -> None:
    html = render(empty())
    assert "No alert, but nothing was looked at" in html
    assert "This says nothing about what was on the ground." in html


def test_incident_without_a_place_is_still_a_card() -> None:
    blind = replace(
        incident("blind"), lat_deg=None, lon_deg=None, ce90_m=None, border=None, picture_jpeg=None
    )
    html = render(replace(empty(), incidents=(blind,)))
    assert 'id="incident-1"' in html
    assert 'id="map"' not in html


def test_boundless_error_has_no_circle() -> None:
    lost = replace(sighting(0), ce90_m=float("inf"))
    drawn = payload(replace(flight(), sightings=(lost,)), clock_for("UTC", T0))
    assert '"ce90":[null]' in as_script(drawn)


def test_ten_minutes_stay_below_three_megabytes() -> None:
    footprint = Footprint(T0, tuple((LON + n * 1.234567e-4, LAT) for n in range(5)))
    data = replace(
        flight(),
        path=(path(6000),),
        footprints=(footprint,) * 1000,
        sightings=tuple(sighting(n) for n in range(5000)),
    )
    html = render(data)
    assert len(html.encode()) < 3_000_000
    assert "Thinned so that" not in html
