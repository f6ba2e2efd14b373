"""Sightings made for tests of the tracker."""

from __future__ import annotations

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.types import GroundPoint, Sighting, read_only

PLANE = LocalPlane.at(16.44, 104.75)


def made_sighting(  # the box follows from the place: far things do not overlap
    east_m: float,
    north_m: float,
    time_s: float,
    label: str = "person",
    index: int = 0,
    identity: str | None = None,
    score: float = 0.9,
    own_m2: float = 0.25,
    common_m2: float = 4.0,
) -> Sighting:
    """A sighting of a drone named d, 10 pixels a metre."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, north_m)
    cov, common = np.eye(2) * (own_m2 + common_m2), np.eye(2) * common_m2
    box = (10 * east_m - 5, 10 * north_m - 5, 10 * east_m + 5, 10 * north_m + 5)
    point = GroundPoint(lat_deg, lon_deg, 200.0, read_only(cov), read_only(common), 4.8)
    time_us = round(time_s * 1e6)
    return Sighting("d", time_us, index, label, label, identity, score, box, point, 0.0)
