"""P(inside): the probability that a point known by its covariance lies in a zone known by its accuracy.

P(X + b in zone), X ~ N(point, cov_m2), b ~ N(0, accuracy_m^2 I): the zone's line is displaced as one piece.
Exact for any valid polygon, with holes and parts, up to the quadrature of `normal_mass` and the affine map of
`local_metres`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geofences.area import Area, holds, touches
from geofences.covariance import Spread, is_zero, spread_of, whitening, widened
from geofences.edges import Edges
from geofences.local_metres import Array, LocalFrame, local_frame
from geofences.normal_mass import REACH, mass_withheld, normal_mass


def probability_inside(
    area: Area, *, lat_deg: float, lon_deg: float, cov_m2: Array, accuracy_m: float = 0.0
) -> float:
    """The probability in [0, 1] that the point is inside `area`.

    `cov_m2` is (2, 2), east north, m^2; `accuracy_m` is 1 sigma of the area's line. With nothing uncertain
    the answer is 0, 1, or 0.5 on the boundary. Raises ValueError for a place or covariance that is none, or a
    negative accuracy.
    """
    if not (math.isfinite(accuracy_m) and accuracy_m >= 0.0):
        raise ValueError(f"accuracy_m={accuracy_m} is no accuracy; give metres, 1 sigma, 0 or more")
    frame = local_frame(lat_deg=lat_deg, lon_deg=lon_deg)
    return probability_about(area, frame, widened(spread_of(cov_m2), accuracy_m))


def probability_about(area: Area, frame: LocalFrame, spread: Spread) -> float:
    """As `probability_inside`, about the frame's origin and with the whole covariance already added up."""
    if is_zero(spread):
        return _certain(area, frame)
    near = _near(area.edges, frame, spread)
    inside = float(holds(area, lat_deg=frame.lat_deg, lon_deg=frame.lon_deg))
    if not near.any():
        return inside
    withheld = mass_withheld(*_white(area.edges, near, frame, spread))
    if withheld is None:
        everything = np.ones_like(near)
        return _bounded(normal_mass(*_white(area.edges, everything, frame, spread)))
    return _bounded(inside - withheld)


def reach_deg(frame: LocalFrame, spread: Spread, sigmas: float = REACH) -> tuple[float, float]:
    """Half the width in longitude and in latitude of the box around the ellipse of that many sigma."""
    east_deg = sigmas * math.sqrt(spread.east_m2) / frame.east_m_per_deg
    return east_deg, sigmas * math.sqrt(spread.north_m2) / frame.north_m_per_deg


def _certain(area: Area, frame: LocalFrame) -> float:
    inside = holds(area, lat_deg=frame.lat_deg, lon_deg=frame.lon_deg)
    return 0.5 * (inside + touches(area, lat_deg=frame.lat_deg, lon_deg=frame.lon_deg))


def _near(edges: Edges, frame: LocalFrame, spread: Spread) -> NDArray[np.bool_]:
    reach_lon_deg, reach_lat_deg = reach_deg(frame, spread)
    west_deg, east_deg = frame.lon_deg - reach_lon_deg, frame.lon_deg + reach_lon_deg
    south_deg, north_deg = frame.lat_deg - reach_lat_deg, frame.lat_deg + reach_lat_deg
    near_lon = (edges.low[:, 0] <= east_deg) & (edges.high[:, 0] >= west_deg)
    near: NDArray[np.bool_] = near_lon & (edges.low[:, 1] <= north_deg) & (edges.high[:, 1] >= south_deg)
    return near


def _white(edges: Edges, chosen: NDArray[np.bool_], frame: LocalFrame, spread: Spread) -> tuple[Array, Array]:
    white_from_deg = whitening(spread) * (frame.east_m_per_deg, frame.north_m_per_deg)
    origin = np.array([frame.lon_deg, frame.lat_deg])
    return (edges.start[chosen] - origin) @ white_from_deg.T, (edges.end[chosen] - origin) @ white_from_deg.T


def _bounded(probability: float) -> float:
    return min(1.0, max(0.0, probability))
