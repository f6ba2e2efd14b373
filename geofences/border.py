"""Which side of the border a point is on, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry import LineString

from geofences.area import Area, touches
from geofences.box import Box
from geofences.covariance import Spread, sigma_along_m, widened
from geofences.far import FAR_M, on_sphere, to_edges
from geofences.line_sides import LineSides, sides_of_line
from geofences.local_metres import Array, LocalFrame
from geofences.probability import probability_about
from geofences.signed_distance import nearest_on_edges
from geofences.zone import Zone, ZoneError

Side = Literal["TH", "LA", "uncertain"]
UNCERTAIN_ABOVE = 0.1
UNCERTAIN_BELOW = 0.9


@dataclass(frozen=True, slots=True)
class BorderSide:
    """Where a point lies beside a border.

    `distance_m` is positive on the Thai side; `sigma_m` is 1 sigma of it along the normal, of point and line.

    `p_thailand` is the probability over the whole Thai side, bends of the border included. `side` is
    "uncertain" while 0.1 < p_thailand < 0.9.
    """

    zone_id: str
    distance_m: float
    sigma_m: float
    p_thailand: float
    side: Side


@dataclass(frozen=True, slots=True, eq=False)
class BorderLine:
    """A border zone with its two sides worked out."""

    zone: Zone
    sides: LineSides
    thailand: Area
    laos: Area


def border_line(zone: Zone) -> BorderLine:
    """Work out the sides of a zone of kind border whose `side_left` is TH or LA.

    Raises ZoneError where the line cannot be split into two sides.
    """
    line = shapely.line_merge(zone.geometry)
    if not isinstance(line, LineString) or line.is_ring:
        raise ZoneError.in_feature(
            "zones", f"id '{zone.id}'", "the border is not one line from end to end", "join its parts"
        )
    try:
        sides = sides_of_line(line, zone.covers)
    except ValueError as error:
        mend = "set `covers` to the box [west, south, east, north] that the line crosses from edge to edge"
        raise ZoneError.in_feature("zones", f"id '{zone.id}'", str(error), mend) from error
    left_is_thai = zone.side_left == "TH"
    thailand, laos = (sides.left, sides.right) if left_is_thai else (sides.right, sides.left)
    return BorderLine(zone, sides, thailand, laos)


def border_side(border: BorderLine, frame: LocalFrame, cov: Spread) -> BorderSide:
    """The side of the frame's origin, `cov` being the covariance of the point alone."""
    spread = widened(cov, border.zone.accuracy_m)
    nearest = nearest_on_edges(frame, border.sides.line)
    east, north = nearest.normal_east, nearest.normal_north
    if nearest.distance_m > 0.0:
        east, north = nearest.east_m / nearest.distance_m, nearest.north_m / nearest.distance_m
    in_thailand = touches(border.thailand, lat_deg=frame.lat_deg, lon_deg=frame.lon_deg)
    p_thailand = _p_thailand(border, frame, spread)
    return BorderSide(
        zone_id=border.zone.id,
        distance_m=nearest.distance_m if in_thailand else -nearest.distance_m,
        sigma_m=sigma_along_m(spread, east=east, north=north),
        p_thailand=p_thailand,
        side=side_named(p_thailand),
    )


def side_named(p_thailand: float) -> Side:
    """The word for a probability."""
    if UNCERTAIN_ABOVE < p_thailand < UNCERTAIN_BELOW:
        return "uncertain"
    return "TH" if p_thailand >= UNCERTAIN_BELOW else "LA"


def beyond_m(border: BorderLine, frame: LocalFrame) -> float:
    """Metres by which the frame's origin lies outside the stretch that the border line covers; 0 within it.

    The stretch is the box `covers`; without one it is all ground whose nearest point is on the line and not
    on the straight continuation of an end, as far as that ground was split into two sides.
    """
    if border.zone.covers is not None:
        return _outside_box_m(border.zone.covers, frame)
    place = {"lat_deg": frame.lat_deg, "lon_deg": frame.lon_deg}
    if not (touches(border.sides.left, **place) or touches(border.sides.right, **place)):
        return to_edges(frame, border.sides.line)[0]
    nearest = nearest_on_edges(frame, border.sides.extended)
    if 0 < nearest.edge < len(border.sides.extended.start) - 1:
        return 0.0
    end = border.sides.line.start[0] if nearest.edge == 0 else border.sides.line.end[-1]
    east_m = nearest.east_m - (end[0] - frame.lon_deg) * frame.east_m_per_deg
    north_m = nearest.north_m - (end[1] - frame.lat_deg) * frame.north_m_per_deg
    return math.hypot(east_m, north_m)


def _outside_box_m(covers: Box, frame: LocalFrame) -> float:
    east_deg = max(covers.west_deg - frame.lon_deg, 0.0, frame.lon_deg - covers.east_deg)
    north_deg = max(covers.south_deg - frame.lat_deg, 0.0, frame.lat_deg - covers.north_deg)
    outside_m = math.hypot(east_deg * frame.east_m_per_deg, north_deg * frame.north_m_per_deg)
    return outside_m if outside_m <= FAR_M else on_sphere(frame, _rim(covers))[0]


def _rim(box: Box) -> Array:
    """Places (n, 2) around a box, dense enough for a distance from afar."""
    steps = np.linspace(0.0, 1.0, 33)
    lon = box.west_deg + steps * (box.east_deg - box.west_deg)
    lat = box.south_deg + steps * (box.north_deg - box.south_deg)
    sides = [(lon, np.full(33, box.south_deg)), (lon, np.full(33, box.north_deg))]
    sides += [(np.full(33, box.west_deg), lat), (np.full(33, box.east_deg), lat)]
    return np.concatenate([np.column_stack(side) for side in sides])


def _p_thailand(border: BorderLine, frame: LocalFrame, spread: Spread) -> float:
    thai = probability_about(border.thailand, frame, spread)
    if thai == 1.0:
        return thai
    # Mass beyond the ground that was split has no side; half of it to each leaves the answer uncertain.
    unsplit = max(0.0, 1.0 - thai - probability_about(border.laos, frame, spread))
    return min(1.0, thai + 0.5 * unsplit)
