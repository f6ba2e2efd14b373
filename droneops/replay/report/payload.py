"""The numbers that the page's script draws, in columns, rounded to what can be seen.

Times are milliseconds after ``t0_us``; degrees have 6 decimals (0.1 m), metres one. Only names and
numbers go in: pictures are in the page itself.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable

from droneops.replay.report.clock import Clock
from droneops.replay.report.data import (
    CoveredGround,
    Footprint,
    PathSegment,
    ReportData,
    ReportIncident,
    ReportZone,
)
from droneops.replay.report.thinning import (
    MAX_FOOTPRINTS,
    MAX_SIGHTINGS,
    every_nth,
    step_for,
    thin_path,
    thin_zones,
)
from droneops.replay.report.wording import EVENT, GROUND, LABEL, both

Json = dict[str, object]


def payload(data: ReportData, clock: Clock) -> Json:
    """All that is drawn on the map and on the time line."""
    times = tuple(_times(data))
    t0, t1 = (min(times), max(times)) if times else (0, 0)
    labels = [name for name, _ in Counter(s.label for s in data.sightings).most_common()]
    labels += sorted({t.label for t in data.tracks} - set(labels))
    return {
        "t0_us": t0,
        "end_ms": _ms(t1, t0),
        "offset_min": clock.offset_min,
        "clock": clock.name,
        "labels": [both(LABEL, name) for name in labels],
        "path": [_segment(s, t0) for s in thin_path(data.path)],
        "zones": [_zone(z, r) for z, r in zip(data.zones, thin_zones(data.zones), strict=True)],
        "ground": None if data.ground is None else _ground(data.ground),
        "footprints": _footprints(data.footprints, t0),
        "sightings": _sightings(data, labels, t0),
        "tracks": _tracks(data, labels, t0),
        "incidents": [_incident(i, t0) for i in data.incidents],
        "spans": [[_ms(s.start_us, t0), _ms(s.end_us, t0), str(s.kind)] for s in data.spans],
    }


def as_script(value: Json) -> str:
    """JSON that stays inside its script element whatever the texts in it hold.

    No ``<`` or ``&`` is left to end the element or begin a comment; ``/`` is escaped so that an address in a
    label is not mistaken for one that the page fetches.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("/", "\\/")):
        text = text.replace(char, escaped)
    return text


def _times(data: ReportData) -> Iterable[int]:
    yield from (t for t in (data.started_us, data.ended_us) if t is not None)
    for segment in data.path:
        yield from segment.time_us
    for span in data.spans:
        yield from (span.start_us, span.end_us)
    yield from (s.time_us for s in data.sightings)
    for incident in data.incidents:
        yield from (incident.onset_us, incident.last_seen_us)


def _segment(segment: PathSegment, t0: int) -> Json:
    return {
        "t": [_ms(t, t0) for t in segment.time_us],
        "lon": [round(v, 6) for v in segment.lon_deg],
        "lat": [round(v, 6) for v in segment.lat_deg],
        "alt": [_number(v, 1) for v in segment.alt_above_home_m],
    }


def _zone(zone: ReportZone, rings: tuple[tuple[tuple[float, float], ...], ...]) -> Json:
    return {
        "kind": zone.kind,
        "name": " ".join(dict.fromkeys(n for n in (zone.name_th, zone.name_en) if n)) or zone.id,
        "placeholder": zone.placeholder,
        "accuracy_m": _number(zone.accuracy_m, 1),
        "line": zone.is_line,
        "rings": [_flat(ring) for ring in rings],
    }


def _ground(ground: CoveredGround) -> Json:
    """Runs as row, first column, end column, kind; a cell's sides with what a degree needs over 4 km."""
    kinds = list(GROUND)
    return {
        "west": round(ground.west_deg, 8),
        "south": round(ground.south_deg, 8),
        "dlon": round(ground.lon_step_deg, 12),
        "dlat": round(ground.lat_step_deg, 12),
        "kinds": [[kind, both(GROUND, kind)] for kind in kinds],
        "runs": [v for row, start, stop, kind in ground.runs for v in (row, start, stop, kinds.index(kind))],
    }


def _footprints(footprints: tuple[Footprint, ...], t0: int) -> Json:
    kept = every_nth(footprints, step_for(len(footprints), MAX_FOOTPRINTS))
    return {"t": [_ms(f.time_us, t0) for f in kept], "rings": [_flat(f.ring) for f in kept]}


def _sightings(data: ReportData, labels: list[str], t0: int) -> Json:
    kept = every_nth(data.sightings, step_for(len(data.sightings), MAX_SIGHTINGS))
    number_of = {name: n for n, name in enumerate(labels)}
    return {
        "t": [_ms(s.time_us, t0) for s in kept],
        "label": [number_of[s.label] for s in kept],
        "score": [_number(s.score, 2) for s in kept],
        "lon": [round(s.lon_deg, 6) for s in kept],
        "lat": [round(s.lat_deg, 6) for s in kept],
        "ce90": [_number(s.ce90_m, 1) for s in kept],
    }


def _tracks(data: ReportData, labels: list[str], t0: int) -> Json:
    number_of = {name: n for n, name in enumerate(labels)}
    return {
        "id": [t.id for t in data.tracks],
        "label": [number_of[t.label] for t in data.tracks],
        "lon": [round(t.lon_deg, 6) for t in data.tracks],
        "lat": [round(t.lat_deg, 6) for t in data.tracks],
        "ce90": [_number(t.ce90_m, 1) for t in data.tracks],
        "t": [_ms(t.last_seen_us, t0) for t in data.tracks],
        "n": [t.sightings for t in data.tracks],
    }


def _incident(incident: ReportIncident, t0: int) -> Json:
    return {
        "name": both(EVENT, incident.event),
        "severity": incident.severity,
        "lon": _number(incident.lon_deg, 6),
        "lat": _number(incident.lat_deg, 6),
        "ce90": _number(incident.ce90_m, 1),
        "start": _ms(incident.onset_us, t0),
        "end": _ms(incident.last_seen_us, t0),
    }


def _flat(ring: tuple[tuple[float, float], ...]) -> list[float]:
    return [round(v, 6) for corner in ring for v in corner]


def _ms(time_us: int, t0_us: int) -> int:
    return round((time_us - t0_us) / 1000)


def _number(value: float | None, digits: int) -> float | None:
    """None for what JSON cannot hold: an error without bound has no circle to draw."""
    return round(value, digits) if value is not None and math.isfinite(value) else None
