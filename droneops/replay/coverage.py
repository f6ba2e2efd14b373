"""What was looked at, and what was not: time spans, the area of all footprints together, and the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droneops.coverage.sharpness import Demand
from droneops.coverage.survey import Survey, survey_of
from droneops.geo.wgs84 import LocalPlane
from droneops.replay.path import path_segments
from droneops.replay.record import Record
from droneops.replay.report.data import Footprint, Span, SpanKind
from droneops.telemetry.pose_track import PoseTrack
from droneops.types import FloatArray
from geofences import Zone

SAME_LOOK_US = 2_000_000
"""Two looks this close belong to one stretch of looking; a video seldom pauses for less."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Spans over the log's time, the area of all footprints together, and the ground (None without any)."""

    spans: tuple[Span, ...]
    area_km2: float | None
    ground: Survey | None = None

    def seconds(self, kind: SpanKind) -> float:
        """The summed length of all spans of a kind."""
        return sum(span.end_us - span.start_us for span in self.spans if span.kind is kind) / 1e6


def looking_spans(
    looks: Sequence[tuple[int, SpanKind]], first_us: int | None, last_us: int | None
) -> list[Span]:
    """Spans of the kinds of looks, and of not looking, over the log's time.

    ``looks`` are (time_us, kind), in order.
    """
    spans = _stretches(looks)
    if first_us is None or last_us is None:
        return spans
    edges = [first_us, *(edge for span in spans for edge in (span.start_us, span.end_us)), last_us]
    idle = [
        Span(start, end, SpanKind.NOT_LOOKED)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end > start
    ]
    return sorted(spans + idle, key=lambda span: span.start_us)


def _stretches(looks: Sequence[tuple[int, SpanKind]]) -> list[Span]:
    spans: list[Span] = []
    for time_us, kind in looks:
        last = spans[-1] if spans else None
        near = last is not None and time_us - last.end_us <= SAME_LOOK_US
        if last is not None and near:
            spans[-1] = Span(last.start_us, time_us, last.kind)
        if last is None or not near or last.kind is not kind:
            spans.append(Span(time_us, time_us, kind))
    return [span for span in spans if span.end_us > span.start_us]


def covered_km2(footprints: Sequence[Footprint]) -> float | None:
    """The area of the union of footprints; None without any."""
    from shapely import union_all
    from shapely.geometry import Polygon

    if not footprints:
        return None
    lon_deg, lat_deg = footprints[0].ring[0]
    plane = LocalPlane.at(lat_deg, lon_deg)
    rings = [[plane.east_north_m(lat, lon) for lon, lat in footprint.ring] for footprint in footprints]
    return float(union_all([Polygon(ring).buffer(0) for ring in rings]).area) / 1e6


def coverage_of(record: Record | None, zones: tuple[Zone, ...], poses: PoseTrack) -> Coverage:
    """The coverage of a flight; ``record`` is None without a video."""
    first_us, last_us = poses.first_us, poses.last_us
    if record is None:
        return Coverage(tuple(looking_spans([], first_us, last_us)), None)
    return Coverage(
        tuple(looking_spans(record.looks, first_us, last_us)),
        covered_km2(record.footprints),
        survey_of(record.glances, _flown(poses), zones, Demand(), record.ground.relief),
    )


def _flown(poses: PoseTrack) -> FloatArray:
    """The path as latitudes and longitudes (n, 2)."""
    segments = path_segments(poses)
    return np.array([(lat, lon) for s in segments for lat, lon in zip(s.lat_deg, s.lon_deg, strict=True)])
