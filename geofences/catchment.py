"""Which zones can be worth a closer look at all.

A zone that does not hold the point and whose nearest ground is k sigma away holds at most the mass beyond k
sigma, exp(-k^2 / 2). Half of the reach is laid around the zone (its own accuracy), half around the point (its
covariance): sqrt(a^2 + b^2) <= a + b, so nothing with the minimum probability escapes.
"""

from __future__ import annotations

import math

import shapely

from geofences.area import Area
from geofences.covariance import Spread
from geofences.local_metres import LocalFrame, local_frame
from geofences.probability import reach_deg

MINIMUM_PROBABILITY = 0.001
SIGMAS = 1.01 * math.sqrt(-2.0 * math.log(MINIMUM_PROBABILITY))


def catchment(area: Area, accuracy_m: float) -> shapely.Geometry:
    """The box (lon lat degrees) around `area` and what its own accuracy can add."""
    west_deg, south_deg, east_deg, north_deg = area.polygon.bounds
    # A degree of longitude is shortest at the latitude farthest from the equator.
    frame = local_frame(lat_deg=max(south_deg, north_deg, key=abs), lon_deg=west_deg)
    lon_deg, lat_deg = reach_deg(frame, Spread(accuracy_m**2, 0.0, accuracy_m**2), SIGMAS)
    return shapely.box(west_deg - lon_deg, south_deg - lat_deg, east_deg + lon_deg, north_deg + lat_deg)


def asking_box(frame: LocalFrame, cov: Spread) -> shapely.Geometry:
    """The box around the frame's origin and what the covariance of the point can add."""
    lon_deg, lat_deg = reach_deg(frame, cov, SIGMAS)
    return shapely.box(
        frame.lon_deg - lon_deg, frame.lat_deg - lat_deg, frame.lon_deg + lon_deg, frame.lat_deg + lat_deg
    )
