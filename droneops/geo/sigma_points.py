"""The error of points seen at a flat angle, where the first order is too small.

A ray's angular error is two-dimensional whatever causes it: azimuth and elevation. Three more causes act on
the point: the height above the ground, time (which turns the ray and moves the drone at once), and the
drone's position. Position is exact to first order; along each of the other four axes two points at sqrt(3)
sigma and the middle one (Julier and Uhlmann 1997, n + kappa = 3: a normal's moments up to the fifth) are
followed to the ground's tangent plane. Means and covariances add up over the axes, so the result can never
lose its positive definiteness as the joint set of many axes can.

The point that is reported stays the foot of the middle ray: half of all errors put it too near, half too
far, while the mean lies further out. So the error is the second moment about that point: the bias counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from droneops.geo.error import Sight, Spread
from droneops.types import FloatArray

FULL_BELOW_RAD = math.radians(15.0)
"""Below 15 degrees against the ground the first order falls short by over 2 % for a sigma of 1 degree."""

NONE_ABOVE_RAD = math.radians(20.0)
"""Between the two one passes into the other, so that no point's error jumps at a seam."""

FLATTEST = math.sin(math.radians(2.0))
"""The flattest a sigma point's ray may meet the ground: one that misses it would be infinitely far away."""

_OUT = math.sqrt(3.0)
_TINY = 1e-12


def with_sigma_points(
    sight: Sight, spread: Spread, cov_m2: FloatArray, common_m2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Covariances (n, 2, 2), all and common, of the first order, made larger where it does not hold.

    The sigma points tell how large all of the error is; own and common keep the shares that they have to
    first order.
    """
    incidence = np.arcsin(np.clip(sight.closing() / np.linalg.norm(sight.normals(), axis=1), -1, 1))
    weight = np.clip((NONE_ABOVE_RAD - incidence) / (NONE_ABOVE_RAD - FULL_BELOW_RAD), 0.0, 1.0)
    rows = np.flatnonzero((weight > 0) & (cov_m2[:, 0, 0] + cov_m2[:, 1, 1] > _TINY))
    if len(rows) == 0:
        return cov_m2, common_m2
    part = weight[rows, None, None]
    moment = part * _second_moment(_Rows(sight, spread, rows)) + (1 - part) * cov_m2[rows]
    stretch = _map_between(cov_m2[rows], moment)
    cov_m2, common_m2 = cov_m2.copy(), common_m2.copy()
    cov_m2[rows] = moment
    common_m2[rows] = stretch @ common_m2[rows] @ stretch
    return cov_m2, common_m2


class _Rows:
    """The rays that need it, with what turns them and what moves the drone."""

    def __init__(self, sight: Sight, spread: Spread, rows: np.ndarray) -> None:
        self.rays, self.along_m = sight.rays[rows], sight.along_m[rows]
        self.normals = sight.normals()[rows]
        self.azimuth = np.arctan2(self.rays[:, 1], self.rays[:, 0])
        self.depression = np.arcsin(np.clip(self.rays[:, 2], -1, 1))
        self.feet = self.along_m[:, None] * self.rays
        pure = ~spread.columns_of("time", "position", "height", "terrain")
        self.angles = _cholesky(self._angles(spread.ray_changes[rows][:, :, pure]))
        time = spread.columns_of("time")
        self.time_angles = self._angles(spread.ray_changes[rows][:, :, time])[:, :, 0]
        self.time_moves_m = spread.moves_m[rows][:, :, time][:, :, 0]
        heights = spread.moves_m[rows][:, 2, spread.columns_of("height", "terrain")]
        self.height_m = np.sqrt((heights**2).sum(axis=1))
        position = spread.shifts_m[rows][:, :, spread.columns_of("position")]
        self.position_m2 = position @ position.transpose(0, 2, 1)

    def _angles(self, changes: FloatArray) -> FloatArray:
        """Azimuth and elevation (n, 2, k) that changes (n, 3, k) of the rays turn them by."""
        sin_a, cos_a = np.sin(self.azimuth)[:, None], np.cos(self.azimuth)[:, None]
        sin_d, cos_d = np.sin(self.depression)[:, None], np.cos(self.depression)[:, None]
        across = -sin_a * changes[:, 0] + cos_a * changes[:, 1]
        up = sin_d * (cos_a * changes[:, 0] + sin_a * changes[:, 1]) - cos_d * changes[:, 2]
        return np.stack((across / np.maximum(cos_d, _TINY), up), axis=1)

    def shift_m(self, angles: FloatArray, moves_m: FloatArray) -> FloatArray:
        """East and north shift (n, 2) of the feet for turns (n, 2) of the rays and moves (n, 3) of the drone.

        A ray that no longer comes down, or hardly, counts as one that just does.
        """
        azimuth, depression = self.azimuth + angles[:, 0], self.depression - angles[:, 1]
        flat = np.cos(depression)
        rays = np.column_stack((flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(depression)))
        clearance_m = (self.normals * (self.feet - moves_m)).sum(axis=1)
        closing = (self.normals * rays).sum(axis=1)
        least = FLATTEST * np.linalg.norm(self.normals, axis=1)
        feet = moves_m + (clearance_m / np.maximum(closing, least))[:, None] * rays
        shift: FloatArray = (feet - self.feet)[:, [1, 0]]
        return shift

    def axes(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Per axis: one sigma of turn (n, 2) and of move (n, 3)."""
        still = np.zeros((len(self.rays), 3))
        yield self.angles[:, :, 0], still
        yield self.angles[:, :, 1], still
        yield self.time_angles, self.time_moves_m
        yield np.zeros((len(self.rays), 2)), np.column_stack((still[:, :2], -self.height_m))


def _second_moment(rows: _Rows) -> FloatArray:
    mean = np.zeros((len(rows.rays), 2))
    cov = rows.position_m2.copy()
    for angles, moves_m in rows.axes():
        plus = rows.shift_m(_OUT * angles, _OUT * moves_m)
        minus = rows.shift_m(-_OUT * angles, -_OUT * moves_m)
        middle = (plus + minus) / 6
        mean += middle
        cov += (_square(plus) + _square(minus)) / 6 - _square(middle)
    moment: FloatArray = cov + _square(mean)
    return moment


def _square(shift_m: FloatArray) -> FloatArray:
    square: FloatArray = shift_m[:, :, None] * shift_m[:, None, :]
    return square


def _cholesky(columns: FloatArray) -> FloatArray:
    """L (n, 2, 2) with L L^T = C C^T for columns C (n, 2, k); its first column holds all of the elevation."""
    product = columns @ columns.transpose(0, 2, 1)
    up = np.sqrt(product[:, 1, 1])
    shared = product[:, 0, 1] / np.maximum(up, _TINY)
    left = np.sqrt(np.maximum(product[:, 0, 0] - shared**2, 0.0))
    factor = np.zeros_like(product)
    factor[:, 0, 0], factor[:, 1, 0], factor[:, 0, 1] = shared, up, left
    return factor


def _map_between(first: FloatArray, second: FloatArray) -> FloatArray:
    """The symmetric S (n, 2, 2) with S A S = B: the straightest way from one normal to another.

    Olkin and Pukelsheim 1982: S = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2.
    """
    trace = first[:, 0, 0] + first[:, 1, 1]
    root = _root(first + (1e-9 * trace)[:, None, None] * np.eye(2))
    inverse = np.linalg.inv(root)
    mapped: FloatArray = inverse @ _root(root @ second @ root) @ inverse
    return mapped


def _root(matrix: FloatArray) -> FloatArray:
    """The square root of symmetric positive matrices (n, 2, 2), by Cayley and Hamilton."""
    determinant = matrix[:, 0, 0] * matrix[:, 1, 1] - matrix[:, 0, 1] * matrix[:, 1, 0]
    s = np.sqrt(np.maximum(determinant, 0.0))
    t = np.sqrt(np.maximum(matrix[:, 0, 0] + matrix[:, 1, 1] + 2 * s, _TINY))
    root: FloatArray = (matrix + s[:, None, None] * np.eye(2)) / t[:, None, None]
    return root
