"""track.geojson: the drone's path, covered ground, footprints, sightings, incidents (WGS 84, lon lat)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from droneops.delivery.routing import Message
from droneops.replay.ground import coverage_patches
from droneops.replay.path import path_segments
from droneops.replay.report.data import Footprint, PathSegment, ReportSighting
from droneops.replay.result import Result
from droneops.times import to_text

Feature = dict[str, Any]


def track_geojson(result: Result) -> bytes:
    """The whole collection, one feature a line."""
    lines = ",\n".join(
        json.dumps(feature, ensure_ascii=False, allow_nan=False) for feature in _features(result)
    )
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode()


def _features(result: Result) -> Iterator[Feature]:
    for segment in path_segments(result.poses):
        yield _path(segment, result.drone_id)
    if result.coverage.ground is not None:
        for rings, properties in coverage_patches(result.coverage.ground):
            yield _feature("coverage", "Polygon", rings, **properties)
    if result.record is not None:
        yield from (_footprint(item) for item in result.record.footprints)
        yield from (_sighting(item) for item in result.record.sightings)
    for incident in result.incidents:
        messages = result.messages_of(incident.id)
        if messages:
            yield _incident(messages[-1])


def _feature(kind: str, geometry: str, coordinates: Any, **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "properties": {"feature": kind, **properties},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def _path(segment: PathSegment, drone_id: str) -> Feature:
    return _feature(
        "path",
        "LineString",
        list(zip(segment.lon_deg, segment.lat_deg, strict=True)),
        drone_id=drone_id,
        start=to_text(segment.time_us[0]),
        end=to_text(segment.time_us[-1]),
        alt_above_home_m=[None if math.isnan(alt_m) else alt_m for alt_m in segment.alt_above_home_m],
    )


def _footprint(item: Footprint) -> Feature:
    return _feature("footprint", "Polygon", [item.ring], time=to_text(item.time_us))


def _sighting(item: ReportSighting) -> Feature:
    return _feature(
        "sighting",
        "Point",
        [round(item.lon_deg, 8), round(item.lat_deg, 8)],
        time=to_text(item.time_us),
        track_id=item.track_id,
        label=item.label,
        detector_label=item.detector_label,
        ce90_m=round(item.ce90_m, 3),
    )


def _incident(message: Message) -> Feature:
    alert = message.alert
    point = None if alert.position is None else [alert.position.lon_deg, alert.position.lat_deg]
    feature = _feature(
        "incident",
        "Point",
        point,
        incident_id=alert.incident_id,
        event=alert.event,
        severity=alert.severity,
        status=alert.status,
        onset=alert.onset,
        last_seen=alert.last_seen,
        headline_th=alert.headline.th,
        headline_en=alert.headline.en,
        messages=alert.sequence,
    )
    return feature if point is not None else {**feature, "geometry": None}
