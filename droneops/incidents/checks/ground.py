"""Distances between places, for the many that are too far apart to be worth more."""

from __future__ import annotations

import math

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Fix
from droneops.types import Track


def metres(plane: LocalPlane, place: Track | Fix) -> tuple[float, float]:
    """East and north of the plane's origin."""
    return plane.east_north_m(place.lat_deg, place.lon_deg)


def apart_m(one: Track | Fix, other: Track | Fix) -> float:
    """Metres between two places, errors aside."""
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*metres(plane, other))
