"""Why a point is said to be inside: every zone that may hold it, with what the answer was made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from geofences.border import BorderSide
from geofences.covariance import sigma_along_m, spread_of, widened
from geofences.edges import Edges, edges_of
from geofences.index import ZoneIndex
from geofences.local_metres import Array, LocalFrame, bearing_deg, local_frame, to_degrees
from geofences.nearest import nearest_zone, zone_edges
from geofences.signed_distance import nearest_on_edges
from geofences.strip import strip_about
from geofences.zone import Zone, is_valid_at


@dataclass(frozen=True, slots=True)
class NearestLine:
    """The place on a zone's outline nearest to the point.

    `line` names it: `outline`, `outline of part 2`, `hole 1 of part 1`, `edge of the strip`. `bearing_deg` is
    clockwise from true north, from the point; None on the line. The sigmas are along the normal: of the
    point, of the line, of both together.
    """

    line: str
    lat_deg: float
    lon_deg: float
    bearing_deg: float | None
    point_sigma_m: float
    line_sigma_m: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class ZoneAnswer:
    """A zone and the point. `distance_m`: to its outline, negative inside. `in_force`: at the time asked."""

    zone: Zone
    probability_inside: float
    distance_m: float
    nearest: NearestLine
    in_force: bool


@dataclass(frozen=True, slots=True)
class NotHeld:
    """A zone that does not hold the point, and how far it is; 0 m: too improbable to be a hit."""

    zone: Zone
    distance_m: float
    bearing_deg: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The zones that may hold a point, most probable first, in force or not; the border; the nearest others.

    `border_gap_m` is how far outside the stretch of a border line the point lies (see `ZoneIndex`).
    """

    answers: tuple[ZoneAnswer, ...]
    border: BorderSide | None
    border_gap_m: float | None
    others: tuple[NotHeld, ...]


def explain(
    index: ZoneIndex,
    *,
    lat_deg: float,
    lon_deg: float,
    cov_m2: Array,
    at: datetime | None = None,
    others: int = 3,
) -> Explanation:
    """All that `index` says of the point, and why. Raises ValueError as `ZoneIndex.hits` does."""
    frame = local_frame(lat_deg=lat_deg, lon_deg=lon_deg)
    hits = index.hits(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2)
    answers = tuple(
        ZoneAnswer(
            hit.zone,
            hit.probability_inside,
            hit.distance_m,
            nearest_line(hit.zone, frame, cov_m2),
            is_valid_at(hit.zone, at),
        )
        for hit in hits
    )
    return Explanation(
        answers,
        index.border(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2, at=at),
        index.border_gap_m(lat_deg=lat_deg, lon_deg=lon_deg, at=at),
        _others(index, frame, {hit.zone.id for hit in hits}, others),
    )


def nearest_line(zone: Zone, frame: LocalFrame, cov_m2: Array) -> NearestLine:
    """Where the outline of `zone` (with an area) is nearest to the frame's origin, and how well known."""
    names, edges = _named_edges(zone)
    nearest = nearest_on_edges(frame, edges)
    on_line = nearest.distance_m == 0.0
    east = nearest.normal_east if on_line else nearest.east_m / nearest.distance_m
    north = nearest.normal_north if on_line else nearest.north_m / nearest.distance_m
    spread = spread_of(cov_m2)
    lon_deg, lat_deg = to_degrees(frame, np.array([nearest.east_m, nearest.north_m])).tolist()
    return NearestLine(
        line=names[nearest.edge],
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        bearing_deg=None if on_line else bearing_deg(east_m=nearest.east_m, north_m=nearest.north_m),
        point_sigma_m=sigma_along_m(spread, east=east, north=north),
        line_sigma_m=zone.accuracy_m,
        sigma_m=sigma_along_m(widened(spread, zone.accuracy_m), east=east, north=north),
    )


def _named_edges(zone: Zone) -> tuple[list[str], Edges]:
    """The name of the ring of each edge, and the edges, as `edges_of` orders them."""
    if not isinstance(zone.geometry, Polygon | MultiPolygon):
        strip = edges_of(strip_about(zone.geometry, zone.within_m or 0.0))
        return ["edge of the strip"] * len(strip.start), strip
    parts = list(zone.geometry.geoms) if isinstance(zone.geometry, MultiPolygon) else [zone.geometry]
    names: list[str] = []
    for number, part in enumerate(parts, 1):
        of_part = f" of part {number}" if len(parts) > 1 else ""
        names += [f"outline{of_part}"] * (len(part.exterior.coords) - 1)
        for hole, ring in enumerate(part.interiors, 1):
            names += [f"hole {hole}{of_part}"] * (len(ring.coords) - 1)
    return names, edges_of(zone.geometry)


def _others(index: ZoneIndex, frame: LocalFrame, held: set[str], count: int) -> tuple[NotHeld, ...]:
    left = [zone_edges(zone) for zone in index.zones if zone.id not in held]
    found: list[NotHeld] = []
    while left and len(found) < count:
        nearest = nearest_zone(frame, left)
        if nearest is None:
            break
        found.append(NotHeld(nearest.zone, nearest.distance_m, nearest.bearing_deg))
        left = [edges for edges in left if edges.zone.id != nearest.zone.id]
    return tuple(found)
