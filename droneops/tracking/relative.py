"""Where one thing is from another: what one drone's sightings share cancels, for distances between things."""

from __future__ import annotations

import math

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.tracking.kalman import TURNING_SHARE, root
from droneops.types import FloatArray, Track, read_only

COMMON_LASTS_S = 300.0
"""After this long about a third of the shared error is still the same: a receiver's bias wanders within
minutes. An assumption; heading and mount last longer, which makes a distance surer than it is said here."""


def relative(one: Track, other: Track) -> tuple[FloatArray, FloatArray]:
    """East, north (2,) from one track to another in metres, each where last seen, and the covariance (2, 2).

    Two tracks of one drone share the normal u of their filters: what remains of it is the difference of
    their roots, and what was lost between their last sightings. Tracks of two drones share nothing.
    """
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    difference_m = read_only(plane.east_north_m(other.lat_deg, other.lon_deg))
    if one.drone_id != other.drone_id:
        return difference_m, read_only(one.cov_m2 + other.cov_m2)
    both = one.cov_common_m2 + other.cov_common_m2
    own = one.cov_m2 + other.cov_m2 - both
    apart = _root_of(one) - _root_of(other)
    lasts = _share_that_lasts(abs(one.last_seen_us - other.last_seen_us) / 1e6)
    cov_m2 = own + lasts * (apart @ apart.T) + (1 - lasts) * both
    return difference_m, read_only((cov_m2 + cov_m2.T) / 2)


def distance_m(one: Track, other: Track) -> tuple[float, float]:
    """The distance between two tracks and its one sigma to first order; at one place, the widest axis's."""
    difference_m, cov_m2 = relative(one, other)
    length_m = math.hypot(*difference_m.tolist())
    if length_m == 0:
        return 0.0, math.sqrt(float(np.linalg.eigvalsh(cov_m2)[1]))
    along = difference_m / length_m
    return length_m, math.sqrt(max(float(along @ cov_m2 @ along), 0.0))


def _share_that_lasts(apart_s: float) -> float:
    return (1 - TURNING_SHARE / 2) * math.exp(-apart_s / COMMON_LASTS_S)


def _root_of(track: Track) -> FloatArray:
    return root(track.cov_common_m2) if track.common_root_m is None else track.common_root_m
