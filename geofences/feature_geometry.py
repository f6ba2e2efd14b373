"""A GeoJSON geometry becomes a valid shapely one, or an error that says where it is wrong."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon, shape

from geofences.local_metres import Array
from geofences.zone import Geometry, ZoneError

_TYPES = ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def geometry_of(raw: object, file: str, feature: str) -> Geometry:
    """The geometry of a parsed GeoJSON object, WGS 84, lon lat; a height is dropped. Raises ZoneError."""

    def error(what: str, mend: str) -> ZoneError:
        return ZoneError.in_feature(file, feature, what, mend)

    if not isinstance(raw, dict) or raw.get("type") not in _TYPES:
        found = raw.get("type") if isinstance(raw, dict) else raw
        raise error(f"its geometry is {found!r:.60}", f"give one of {', '.join(_TYPES)}")
    if not raw.get("coordinates"):
        raise error(f"its {raw['type']} is empty", "add coordinates or remove the feature")
    geometry = _built(raw)
    if geometry is None:
        raise error(f"its {raw['type']} has malformed coordinates", "write lists of [lon, lat], rings closed")
    points = shapely.get_coordinates(geometry)
    if len(points) == 0:
        raise error(f"its {raw['type']} is empty", "add coordinates or remove the feature")
    wrong = _wrong_coordinates(points)
    if wrong is not None:
        raise error(*wrong)
    if crosses_antimeridian(geometry):
        mend = "split it at 180 degrees into two features (RFC 7946, 3.1.9)"
        raise error(f"its {raw['type']} crosses the antimeridian", mend)
    if isinstance(geometry, Polygon | MultiPolygon) and not shapely.is_valid(geometry):
        raise error(f"its {raw['type']} is not valid: {shapely.is_valid_reason(geometry)}", "redraw it there")
    if isinstance(geometry, LineString | MultiLineString) and geometry.length == 0.0:
        raise error(f"its {raw['type']} has no length", "give two different points")
    return geometry


def crosses_antimeridian(geometry: Geometry) -> bool:
    """Whether an edge is longer than half the globe: then the short way, over 180 degrees, was meant."""
    lines = shapely.boundary(geometry) if isinstance(geometry, Polygon | MultiPolygon) else geometry
    points, part = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    step_deg = np.abs(np.diff(points[:, 0]))
    return bool((step_deg[np.diff(part) == 0] > 180.0).any())


def _built(raw: dict[str, object]) -> Geometry | None:
    try:
        with np.errstate(invalid="ignore"):
            built = shapely.force_2d(shape(raw))
    except (
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        OverflowError,
        shapely.errors.ShapelyError,
    ):
        return None
    return cast(Point | LineString | MultiLineString | Polygon | MultiPolygon, built)


def _wrong_coordinates(points: Array) -> tuple[str, str] | None:
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        return (
            f"vertex {int(np.argmin(finite))} is not finite",
            "give every vertex a longitude and a latitude",
        )
    lon_deg, lat_deg = points[:, 0], points[:, 1]
    outside = (np.abs(lon_deg) > 180.0) | (np.abs(lat_deg) > 90.0)
    if not outside.any():
        return None
    # Every place in Thailand and Laos lies east of 97 E, so there a swapped pair is always out of range.
    if (
        (np.abs(lat_deg) > 90.0).all()
        and (np.abs(lon_deg) <= 90.0).all()
        and (np.abs(lat_deg) <= 180.0).all()
    ):
        first = f"({lon_deg[0]:.5f}, {lat_deg[0]:.5f})"
        return f"its coordinates are latitude, longitude {first}", "swap them: GeoJSON writes longitude first"
    vertex = int(np.argmax(outside))
    place = f"({lon_deg[vertex]:g}, {lat_deg[vertex]:g})"
    return (
        f"vertex {vertex} {place} is out of range",
        "give WGS 84 degrees, lon lat; reproject if it is in metres",
    )
