"""Outlines that cross themselves: refused with the place, or mended with a word on what changed."""

from __future__ import annotations

import shapely
from shapely.geometry import MultiPolygon, Polygon

from geofences.feature_geometry import crosses_antimeridian
from geofences.imports.raw import RawFeature, RawLayer, gathered
from geofences.local_metres import local_frame, to_metres
from geofences.zone import ZoneError


def with_valid_outlines(layer: RawLayer, *, mend: bool, file: str) -> RawLayer:
    """The layer with valid polygons only. Raises ZoneError for others, unless `mend`.

    Mended (GEOS MakeValid), what the outline surrounds an odd number of times is inside.
    """
    features, notes = [], list(layer.notes)
    for feature in layer.features:
        if crosses_antimeridian(feature.geometry):
            split = "split it at 180 degrees into two features (RFC 7946, 3.1.9)"
            raise ZoneError.in_feature(file, feature.label, "crosses the antimeridian", split)
        if shapely.is_valid(feature.geometry):
            features.append(feature)
            continue
        if not mend:
            way = "redraw it there, or run again with --mend and look at the result"
            raise ZoneError.in_feature(file, feature.label, wrong_at(feature), way)
        mended, note = _mended(feature, file)
        features.append(mended)
        notes.append(note)
    return RawLayer(tuple(features), tuple(notes))


def wrong_at(feature: RawFeature) -> str:
    """What is wrong with an outline, and where: `crosses itself at lon 104.5, lat 16.5`."""
    reason, _, place = shapely.is_valid_reason(feature.geometry).partition("[")
    what = {"Self-intersection": "crosses itself", "Ring Self-intersection": "touches itself"}.get(
        reason, reason
    )
    lon, _, lat = place.rstrip("]").partition(" ")
    return f"{what} at lon {lon}, lat {lat}" if lat else what


def area_m2(geometry: Polygon | MultiPolygon) -> float:
    """Square metres, in the affine metres about the middle of its bounds."""
    west, south, east, north = geometry.bounds
    frame = local_frame(lat_deg=0.5 * (south + north), lon_deg=0.5 * (west + east))
    return float(shapely.transform(geometry, lambda points: to_metres(frame, points)).area)


def _mended(feature: RawFeature, file: str) -> tuple[RawFeature, str]:
    drawn = feature.geometry
    mended, _ = gathered([shapely.make_valid(drawn)])
    if not (isinstance(drawn, Polygon | MultiPolygon) and isinstance(mended, Polygon | MultiPolygon)):
        raise ZoneError.in_feature(file, feature.label, f"{wrong_at(feature)} and has no area", "redraw it")
    note = (
        f"mended {feature.label}, which {wrong_at(feature)}: {_said(drawn)} before, {_said(mended)} after;"
        " look at it on a map"
    )
    return RawFeature(feature.label, mended, feature.properties), note


def _said(geometry: Polygon | MultiPolygon) -> str:
    parts = len(geometry.geoms) if isinstance(geometry, MultiPolygon) else 1
    return f"{area_m2(geometry) / 1e6:.6f} km2 in {parts} part{'s' if parts > 1 else ''}"
