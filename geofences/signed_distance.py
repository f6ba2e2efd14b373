"""Distances with a side. The side is asked of a polygon, never of the nearest segment.

At a vertex two segments are equally near and their normals disagree about the side; containment does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geofences.area import Area, touches
from geofences.edges import Edges
from geofences.line_sides import LineSides
from geofences.local_metres import LocalFrame, local_frame, to_metres


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest point of some edges, in metres from a frame's origin, and the unit normal of its edge."""

    distance_m: float
    east_m: float
    north_m: float
    edge: int
    normal_east: float
    normal_north: float


def nearest_on_edges(frame: LocalFrame, edges: Edges) -> Nearest:
    """The point of `edges` (lon lat degrees) nearest to the frame's origin; an edge may be a point."""
    start = to_metres(frame, edges.start)
    delta = (edges.end - edges.start) * (frame.east_m_per_deg, frame.north_m_per_deg)
    length_2 = np.einsum("ij,ij->i", delta, delta)
    share = np.einsum("ij,ij->i", start, delta) / -np.maximum(length_2, np.finfo(np.float64).tiny)
    foot = start + delta * np.clip(share, 0.0, 1.0)[:, None]
    edge = int(np.argmin(np.einsum("ij,ij->i", foot, foot)))
    east_m, north_m = foot[edge].tolist()
    along_east_m, along_north_m = delta[edge].tolist()
    length_m = math.hypot(along_east_m, along_north_m) or 1.0
    distance_m = math.hypot(east_m, north_m)
    return Nearest(distance_m, east_m, north_m, edge, -along_north_m / length_m, along_east_m / length_m)


def signed_distance_m(area: Area, *, lat_deg: float, lon_deg: float) -> float:
    """Metres to the boundary of `area`, negative inside."""
    return signed_distance_about_m(area, local_frame(lat_deg=lat_deg, lon_deg=lon_deg))


def signed_distance_about_m(area: Area, frame: LocalFrame) -> float:
    """As `signed_distance_m`, of the frame's origin."""
    distance_m = nearest_on_edges(frame, area.edges).distance_m
    return -distance_m if touches(area, lat_deg=frame.lat_deg, lon_deg=frame.lon_deg) else distance_m


def signed_distance_to_line_m(sides: LineSides, *, lat_deg: float, lon_deg: float) -> float:
    """Metres to a line, positive on its left, negative on its right.

    Raises ValueError where the point is so far from the line that it has no side (see `LineSides`).
    """
    frame = local_frame(lat_deg=lat_deg, lon_deg=lon_deg)
    distance_m = nearest_on_edges(frame, sides.line).distance_m
    if touches(sides.left, lat_deg=lat_deg, lon_deg=lon_deg):
        return distance_m
    if touches(sides.right, lat_deg=lat_deg, lon_deg=lon_deg):
        return -distance_m
    raise ValueError(
        f"lat_deg={lat_deg} lon_deg={lon_deg} is {distance_m:.0f} m from the line, too far for a side"
    )
