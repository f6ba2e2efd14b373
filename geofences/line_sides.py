"""The two polygons on either side of a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LinearRing, LineString, Point, Polygon

from geofences.area import Area, make_area
from geofences.box import Box, grown, polygon_of
from geofences.edges import Edges, edges_of
from geofences.local_metres import Array

# About 50 km: more than nine sigma of any point worth asking about.
MARGIN_DEG = 0.5
_ON_EDGE_DEG = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class LineSides:
    """A line, and the ground to its left and to its right within `MARGIN_DEG` of the box it covers.

    Beyond its ends the line is continued straight (`extended`: its first and last edges are the
    continuations).
    """

    line: Edges
    extended: Edges
    left: Area
    right: Area


def sides_of_line(line: LineString, covers: Box | None = None) -> LineSides:
    """Split the ground along `line` (lon lat degrees).

    `covers` is a box the line crosses from edge to edge; it is continued at right angles to the edges of the
    box. Without it the line is continued along its first and last segments. Raises ValueError where the line
    does not cross `covers` from edge to edge, or the continuation meets the line.
    """
    bounds = Box(*line.bounds)
    outer = grown(covers or bounds, MARGIN_DEG)
    # A repeated vertex at an end would leave the continuation without a direction.
    points = shapely.get_coordinates(shapely.remove_repeated_points(line))
    if covers is None:
        first, last = _straight_on(points[1], points[0], outer), _straight_on(points[-2], points[-1], outer)
    else:
        first, last = _out_of(covers, points[0], outer), _out_of(covers, points[-1], outer)
    extended = np.concatenate([[first], points, [last]])
    left, right = _left_of(extended, outer), _left_of(extended[::-1], outer)
    if not (left.is_valid and right.is_valid):
        raise ValueError("the line, continued beyond its ends, meets itself")
    return LineSides(edges_of(line), edges_of(LineString(extended)), make_area(left), make_area(right))


def _straight_on(before: Array, end: Array, outer: Box) -> Array:
    direction = end - before
    low = np.array([outer.west_deg, outer.south_deg])
    high = np.array([outer.east_deg, outer.north_deg])
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(direction > 0, (high - end) / direction, (low - end) / direction)
    steps = np.where(direction == 0, np.inf, steps)
    reached: Array = np.clip(end + direction * steps.min(), low, high)
    return reached


def _out_of(covers: Box, end: Array, outer: Box) -> Array:
    gaps = {
        "west": abs(end[0] - covers.west_deg),
        "south": abs(end[1] - covers.south_deg),
        "east": abs(end[0] - covers.east_deg),
        "north": abs(end[1] - covers.north_deg),
    }
    edge = min(gaps, key=lambda name: gaps[name])
    if gaps[edge] > _ON_EDGE_DEG:
        raise ValueError(f"the line ends {gaps[edge]:.6f} deg from the edge of the box it covers")
    if edge in ("west", "east"):
        return np.array([outer.west_deg if edge == "west" else outer.east_deg, end[1]])
    return np.array([end[0], outer.south_deg if edge == "south" else outer.north_deg])


def _left_of(points: Array, outer: Box) -> Polygon:
    """The polygon bounded by the path and, from its end back to its start, by the box counter-clockwise."""
    ring = LinearRing(polygon_of(outer).exterior.coords)
    if not ring.is_ccw:
        ring = LinearRing(list(ring.coords)[::-1])
    start, end = ring.project(Point(points[0])), ring.project(Point(points[-1]))
    corners = [(ring.project(Point(corner)), corner) for corner in list(ring.coords)[:-1]]
    ahead = sorted(((place - end) % ring.length, corner) for place, corner in corners)
    passed = [corner for step, corner in ahead if 0.0 < step < (start - end) % ring.length]
    return Polygon([*points.tolist(), *passed])
