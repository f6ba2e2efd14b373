"""The report's script in a real browser: it draws all it is given, and no text makes it fail."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from droneops.replay.report import (
    Footprint,
    PathSegment,
    ReportData,
    ReportIncident,
    ReportSighting,
    ReportTrack,
    ReportZone,
    Span,
    SpanKind,
    render,
)

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on PATH")

T0 = 1_764_068_400_000_000
LAT, LON = 16.64, 104.74
NASTY = "</script><img src=x onerror=\"document.body.dataset.errors='broke out'\"><!-- คน 🚤"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=3000",
    "--dump-dom",
)


def test_everything_is_drawn(tmp_path: Path) -> None:
    shown = _shown(_flight(), tmp_path)
    assert shown["ready"] == "1"
    assert shown["errors"] == ""
    counts = ("zones", "segments", "footprints", "sightings", "tracks", "incidents")
    assert [shown[name] for name in counts] == ["2", "2", "1", "3", "1", "2"]


def test_nothing_is_drawn_without_error(tmp_path: Path) -> None:
    shown = _shown(_nothing(), tmp_path)
    assert (shown["ready"], shown["errors"], shown["segments"]) == ("1", "", "0")


def test_one_point_is_enough_for_a_map(tmp_path: Path) -> None:
    alone = PathSegment((T0,), (LON,), (LAT,), (float("nan"),))
    shown = _shown(replace(_nothing(), path=(alone,)), tmp_path)
    assert (shown["ready"], shown["errors"], shown["segments"]) == ("1", "", "1")


def test_footprints_alone_make_a_map(tmp_path: Path) -> None:
    shown = _shown(replace(_nothing(), footprints=_flight().footprints), tmp_path)
    assert (shown["ready"], shown["errors"], shown["footprints"]) == ("1", "", "1")


def test_choosing_works_from_the_list_the_time_line_and_the_keyboard(tmp_path: Path) -> None:
    actions = """<script>
    const byQuery = (q) => document.querySelector(q);
    byQuery('[data-show="0"]').click();
    byQuery('[data-track-show="0"]').click();
    for (const key of ["+", "-", "ArrowLeft", "0"])
      byQuery("#map").dispatchEvent(new KeyboardEvent("keydown", {key}));
    byQuery("#fit-zones").click();
    document.querySelectorAll("#layers input").forEach((box) => box.click());
    byQuery("#cursor").value = 30000; byQuery("#cursor").dispatchEvent(new Event("input"));
    document.body.dataset.drone = byQuery("#at").textContent;
    document.querySelectorAll(".lane-incidents button")[1].click();
    document.body.dataset.card = byQuery(".card.selected").id;
    </script>"""
    shown = _shown(_flight(), tmp_path, actions)
    assert (shown["errors"], shown["selected"], shown["card"]) == ("", "2", "incident-2")
    assert shown["drone"].startswith("18:00:30")
    assert "unknown" in shown["drone"]  # 30 s lies in the gap between the two stretches


def _shown(data: ReportData, folder: Path, actions: str = "") -> dict[str, str]:
    """The data attributes that the page's script leaves on its body."""
    page = folder / "report.html"
    page.write_text(render(data).replace("</body>", actions + "</body>"), encoding="utf-8")
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    body = re.search(r"<body([^>]*)>", done.stdout.decode())
    assert body
    return dict(re.findall(r'data-(\w+)="([^"]*)"', body[1]))


def _nothing() -> ReportData:
    empty = ((),) * 8
    return ReportData("s", "d", "exercise", "Asia/Bangkok", None, None, True, *empty, None, 0.0, 0.0, (), ())


def _flight() -> ReportData:
    ring = ((LON, LAT), (LON, LAT + 0.01), (LON + 0.01, LAT), (LON, LAT))
    return replace(
        _nothing(),
        started_us=T0,
        ended_us=T0 + 60_000_000,
        path=(_stretch(0, 25), _stretch(35, 60)),
        zones=(
            ReportZone("park", "park", NASTY, "", True, None, (ring,), False),
            ReportZone("border", "border", NASTY, "", False, 40.0, (ring[:3],), True),
        ),
        footprints=(Footprint(T0 + 20_000_000, ring),),
        sightings=tuple(_sighting(label) for label in ("person", NASTY, "boat")),
        tracks=(ReportTrack("t", NASTY, "x", T0, T0 + 9, 3, 0.9, LAT, LON, 4.0, b"\xff\xd8", None),),
        incidents=(_incident(LAT), _incident(None)),
        spans=tuple(Span(T0 + 25_000_000, T0 + 35_000_000, kind, NASTY) for kind in SpanKind),
        looked_s=10.0,
    )


def _stretch(start_s: int, end_s: int) -> PathSegment:
    times = range(start_s, end_s + 1)
    return PathSegment(
        tuple(T0 + s * 1_000_000 for s in times),
        tuple(LON + s * 1e-5 for s in times),
        tuple(LAT + s * 1e-5 for s in times),
        tuple(100.0 for _ in times),
    )


def _sighting(label: str) -> ReportSighting:
    return ReportSighting(T0 + 5_000_000, None, label, "x", 0.9, LAT, LON, float("inf"))


def _incident(lat_deg: float | None) -> ReportIncident:
    lon_deg = None if lat_deg is None else LON
    words = (NASTY, NASTY, "", "")
    seen = (T0 + 5_000_000, T0 + 8_000_000)
    place = (lat_deg, lon_deg, None, "", "")
    return ReportIncident(
        "i", "intrusion", "odd", "open", *words, *seen, *place, None, (), (), 1, ("t",), None
    )
