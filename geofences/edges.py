"""A geometry as directed edges in two arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiLineString, MultiPolygon, Point, Polygon
from shapely.geometry.polygon import orient

from geofences.local_metres import Array
from geofences.zone import Geometry


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """(n, 2) read-only arrays in the geometry's own unit and axis order (zones: lon lat degrees).

    A polygon's edges have its inside on their left: shells counter-clockwise, holes clockwise.
    A point is one edge of no length. `low` and `high` are the corners of each edge's box.
    """

    start: Array
    end: Array
    low: Array
    high: Array


def edges_of(geometry: Geometry) -> Edges:
    """The directed edges of a point, line or polygon."""
    paths = [shapely.get_coordinates(path) for path in _paths(geometry)]
    start = np.concatenate([path[:-1] for path in paths])
    end = np.concatenate([path[1:] for path in paths])
    return edges_between(start, end)


def edges_between(start: Array, end: Array) -> Edges:
    """Edges from (n, 2) starts to (n, 2) ends."""
    edges = Edges(start, end, np.minimum(start, end), np.maximum(start, end))
    for array in (edges.start, edges.end, edges.low, edges.high):
        array.setflags(write=False)
    return edges


def _paths(geometry: Geometry) -> list[shapely.Geometry]:
    if isinstance(geometry, Polygon):
        whole = orient(geometry, sign=1.0)
        return [whole.exterior, *whole.interiors]
    if isinstance(geometry, MultiPolygon):
        return [path for part in geometry.geoms for path in _paths(part)]
    if isinstance(geometry, MultiLineString):
        return list(geometry.geoms)
    if isinstance(geometry, Point):
        return [shapely.linestrings([(geometry.x, geometry.y)] * 2)]
    return [geometry]
