"""How far a point is known, together with how far a zone's line is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from geofences.local_metres import Array

# Added to a covariance that is singular but not zero, so that it has an inverse.
FLOOR_M2 = 1e-6


@dataclass(frozen=True, slots=True)
class Spread:
    """A (2, 2) covariance by its entries: m^2, east and north."""

    east_m2: float
    east_north_m2: float
    north_m2: float


def spread_of(cov_m2: Array) -> Spread:
    """The covariance (2, 2) of a point, east north, checked.

    Raises ValueError where it is not (2, 2), not finite, not symmetric, or has a negative eigenvalue.
    """
    matrix = np.asarray(cov_m2, dtype=np.float64)
    if matrix.shape != (2, 2):
        raise ValueError(f"cov_m2 has shape {matrix.shape}; give (2, 2), east north, m^2")
    (east_m2, east_north_m2), (north_east_m2, north_m2) = matrix.tolist()
    trace_m2 = east_m2 + north_m2
    if not math.isfinite(trace_m2 + east_north_m2 + north_east_m2):
        raise ValueError(
            f"cov_m2 {matrix.tolist()} is not finite; a point without a known error has no place"
        )
    if abs(east_north_m2 - north_east_m2) > 1e-6 * abs(trace_m2):
        raise ValueError(f"cov_m2 {matrix.tolist()} is not symmetric; give the covariance, not its factor")
    determinant = east_m2 * north_m2 - east_north_m2 * north_east_m2
    if east_m2 < 0.0 or north_m2 < 0.0 or determinant < -1e-6 * trace_m2 * trace_m2:
        raise ValueError(f"cov_m2 {matrix.tolist()} has a negative eigenvalue; a covariance has none")
    return Spread(east_m2, 0.5 * (east_north_m2 + north_east_m2), north_m2)


def widened(spread: Spread, accuracy_m: float) -> Spread:
    """The covariance of the point as seen from a line that is itself uncertain by `accuracy_m` (1 sigma)."""
    variance_m2 = accuracy_m * accuracy_m
    return Spread(spread.east_m2 + variance_m2, spread.east_north_m2, spread.north_m2 + variance_m2)


def is_zero(spread: Spread) -> bool:
    """Whether nothing at all is uncertain."""
    return spread.east_m2 + spread.north_m2 == 0.0


def sigma_along_m(spread: Spread, *, east: float, north: float) -> float:
    """1 sigma along the unit vector (east, north)."""
    variance_m2 = spread.east_m2 * east * east + spread.north_m2 * north * north
    return math.sqrt(max(0.0, variance_m2 + 2.0 * spread.east_north_m2 * east * north))


def whitening(spread: Spread) -> Array:
    """(2, 2), from metres to units in which the error is standard normal: the inverse Cholesky factor.

    Its determinant is positive, so the inside of a polygon stays on the left of its edges.
    """
    east_m2, east_north_m2, north_m2 = spread.east_m2, spread.east_north_m2, spread.north_m2
    if east_m2 * north_m2 - east_north_m2**2 <= FLOOR_M2 * (east_m2 + north_m2):
        east_m2, north_m2 = east_m2 + FLOOR_M2, north_m2 + FLOOR_M2
    east_m = math.sqrt(east_m2)
    shear_m = east_north_m2 / east_m
    north_m = math.sqrt(max(north_m2 - shear_m * shear_m, 0.1 * FLOOR_M2))
    return np.array([[1.0 / east_m, 0.0], [-shear_m / (east_m * north_m), 1.0 / north_m]])
