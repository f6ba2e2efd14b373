"""A polygon made ready for many questions."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from shapely.geometry import MultiPolygon, Polygon

from geofences.edges import Edges, edges_of


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A prepared polygon (lon lat degrees) and its directed edges."""

    polygon: Polygon | MultiPolygon
    edges: Edges


def make_area(polygon: Polygon | MultiPolygon) -> Area:
    """`polygon` with what each question would otherwise compute anew."""
    shapely.prepare(polygon)
    return Area(polygon, edges_of(polygon))


def holds(area: Area, *, lat_deg: float, lon_deg: float) -> bool:
    """Whether the point lies strictly inside."""
    return bool(shapely.contains_xy(area.polygon, lon_deg, lat_deg))


def touches(area: Area, *, lat_deg: float, lon_deg: float) -> bool:
    """Whether the point lies inside or on the boundary."""
    return bool(shapely.intersects_xy(area.polygon, lon_deg, lat_deg))
