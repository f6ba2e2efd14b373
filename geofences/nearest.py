"""The nearest of some zones: what an officer is told as "1.2 km north of ..."."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import MultiPolygon, Polygon

from geofences.edges import Edges, edges_of
from geofences.far import FAR_M, to_edges
from geofences.local_metres import LocalFrame, bearing_deg
from geofences.signed_distance import Nearest, nearest_on_edges
from geofences.zone import Zone


@dataclass(frozen=True, slots=True)
class NearestZone:
    """`bearing_deg` is clockwise from true north, from the point to the zone; None at no distance."""

    zone: Zone
    distance_m: float
    bearing_deg: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ZoneEdges:
    """A zone, its edges, and its bounds in lon lat degrees."""

    zone: Zone
    edges: Edges
    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float


def zone_edges(zone: Zone) -> ZoneEdges:
    """A zone ready for distances."""
    return ZoneEdges(zone, edges_of(zone.geometry), *zone.geometry.bounds)


def nearest_zone(frame: LocalFrame, zones: Sequence[ZoneEdges]) -> NearestZone | None:
    """The zone nearest to the frame's origin; of zones equally near, the first by id."""
    best: NearestZone | None = None
    for bound_m, zone in sorted(
        ((_at_least_m(frame, zone), zone) for zone in zones), key=_nearest_bound_first
    ):
        if best is not None and bound_m > best.distance_m:
            break
        found = _measured(frame, zone)
        if best is None or (found.distance_m, found.zone.id) < (best.distance_m, best.zone.id):
            best = found
    if best is None or best.distance_m <= FAR_M:
        return best
    return min((_far(frame, zone) for zone in zones), key=lambda found: (found.distance_m, found.zone.id))


def _far(frame: LocalFrame, zone: ZoneEdges) -> NearestZone:
    return NearestZone(zone.zone, *to_edges(frame, zone.edges))


def _nearest_bound_first(item: tuple[float, ZoneEdges]) -> tuple[float, str]:
    return item[0], item[1].zone.id


def _at_least_m(frame: LocalFrame, zone: ZoneEdges) -> float:
    east_deg = max(zone.west_deg - frame.lon_deg, 0.0, frame.lon_deg - zone.east_deg)
    north_deg = max(zone.south_deg - frame.lat_deg, 0.0, frame.lat_deg - zone.north_deg)
    return math.hypot(east_deg * frame.east_m_per_deg, north_deg * frame.north_m_per_deg)


def _measured(frame: LocalFrame, zone: ZoneEdges) -> NearestZone:
    geometry = zone.zone.geometry
    if isinstance(geometry, Polygon | MultiPolygon) and shapely.intersects_xy(
        geometry, frame.lon_deg, frame.lat_deg
    ):
        return NearestZone(zone.zone, 0.0, None)
    nearest = nearest_on_edges(frame, zone.edges)
    return NearestZone(zone.zone, nearest.distance_m, _bearing(nearest))


def _bearing(nearest: Nearest) -> float | None:
    if nearest.distance_m == 0.0:
        return None
    return bearing_deg(east_m=nearest.east_m, north_m=nearest.north_m)
