"""Puts the report's data, its template, script and style into one HTML page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from droneops.replay.report import wording
from droneops.replay.report.answer import answer, area_words, extent
from droneops.replay.report.cards import MAX_ROWS, gaps, incident_cards, label_counts, pictures
from droneops.replay.report.clock import Clock, clock_for, duration
from droneops.replay.report.data import ReportData, SpanKind
from droneops.replay.report.payload import as_script, payload
from droneops.replay.report.rules import rule_rows
from droneops.replay.report.seen import seen_ground
from droneops.replay.report.thinning import left_out
from droneops.replay.report.wording import Words

_HERE = Path(__file__).parent


def render(data: ReportData) -> str:
    """The whole page, ready to be written as UTF-8."""
    html = _environment().get_template("template.html").render(_context(data))
    # A text may hold an address; as an entity it reads the same, and nothing takes it for one to be fetched.
    html = html.replace("http://", "http&#58;//").replace("https://", "https&#58;//")
    return html.encode("utf-8", "replace").decode("utf-8")  # half of an emoji cannot be written to a file


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _context(data: ReportData) -> dict[str, object]:
    clock = clock_for(data.timezone_name, data.started_us)
    drawn = payload(data, clock)
    return {
        "data": data,
        "clock": clock,
        "style": _own_file("report.css"),
        "script": _own_file("report.js"),
        "json_block": Markup(as_script(drawn)),  # noqa: S704 - as_script leaves no character that ends the element
        "has_map": _has_place(data),
        "has_times": drawn["end_ms"] != 0,
        **_texts(data, clock),
    }


def _texts(data: ReportData, clock: Clock) -> dict[str, object]:
    flown_us = (data.ended_us or 0) - (data.started_us or 0)
    return {
        "status": wording.words(wording.STATUS, data.status),
        "answer": answer(data),
        "extent": extent(data),
        "area": area_words(data.covered_km2),
        "looked": duration(data.looked_s),
        "not_looked": duration(data.not_looked_s),
        "flown": duration(flown_us / 1e6),
        "ground": None if data.ground is None else seen_ground(data.ground),
        "cards": incident_cards(data, clock),
        "pictures": pictures(data, clock),
        "track_labels": label_counts(data),
        "rules": rule_rows(data, clock),
        "gaps": gaps(data, clock),
        "gaps_left_out": max(0, sum(s.kind is not SpanKind.LOOKED for s in data.spans) - MAX_ROWS),
        "unlocated": [(wording.words(wording.REASON, reason), count) for reason, count in data.unlocated],
        "stand_ins": _stand_ins(data),
        "thinned": left_out(data),
    }


def _stand_ins(data: ReportData) -> list[Words]:
    return [Words(z.name_th or z.id, z.name_en or z.id) for z in data.zones if z.placeholder]


def _has_place(data: ReportData) -> bool:
    """Zones alone make no map of a flight."""
    located = any(i.lat_deg is not None for i in data.incidents)
    flown = any(segment.time_us for segment in data.path)
    return located or flown or bool(data.footprints or data.sightings or data.tracks or data.ground)


def _own_file(name: str) -> Markup:
    return Markup((_HERE / name).read_text(encoding="utf-8"))  # noqa: S704 - shipped with this package
