"""Where rays meet the ground first: in closed form on level ground, by marching over a relief.

The earth curves away below a ray by d^2 / 2R at the horizontal distance d, and the air bends the ray after it
by a fraction REFRACTION of that. R is the ellipsoid's radius in the ray's azimuth (Euler's theorem).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.ground import Ground, Relief
from droneops.geo.view import View
from droneops.geo.wgs84 import lat_lon_from_enu, radii_m
from droneops.types import FloatArray, Reason

MIN_DEPRESSION_RAD = math.radians(5.0)
"""Flatter than this against the ground, a metre of height is eleven metres of range."""

MAX_SLANT_M = 3000.0
"""Beyond this a person is less than a pixel for every camera in use.

The limit cuts by the said place, not by the true one: of things beyond it those are kept that were measured
too near. Where things lie evenly, those measured too far and lost make up for it: a point said to lie just
within is inside its ce90_m as often as any other (tests/unit/geo/test_error_at_the_limit.py).
"""

MIN_HEIGHT_M = 1.0
"""Nearer to the ground than this, the height's own error is all there is."""

REFRACTION = 0.13
"""Gauss's coefficient for rays in the lower air by day (Torge and Mueller 2012, Geodesy, 5.1.1)."""

SLOPE_BASE_M = 10.0
"""A point's error is metres: the ground's slope over a shorter way is roughness, not slope."""

MAX_STEPS = 8192
"""3 km at half of 0.75 m; a finer grid is looked at more coarsely than its cells."""

POINTS_AT_ONCE = 30_000
"""Of all rays together: 7 MB of arrays, which a processor's caches hold. A frame's 300 detections over a grid
of 1 m took 420 MB at once, and four times as long."""

REFINEMENTS = 8
"""Bring a step of 15 m over a bilinear surface below a tenth of a millimetre."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where rays (n) meet the ground.

    ``reasons`` says why one does not; there the numbers mean nothing. ``along_m`` (n,) is metres along the
    ray. ``slope`` (n, 2) is the ground's rise per metre north and east as the ray sees it, so less the
    earth's curve. ``alt_msl_m`` (n,) is the ground's.
    """

    along_m: FloatArray
    slope: FloatArray
    alt_msl_m: FloatArray
    reasons: tuple[Reason | None, ...]


def meet(rays: FloatArray, view: View, ground: Ground) -> Meeting:
    """The first meeting of unit rays (n, 3), north-east-down, with the ground.

    Reasons: no_pose for numbers that are none; above_horizon for a ray that goes up and meets nothing;
    beyond_range for one that is too flat or too long, for a drone that stands on or below the ground, and
    where the ray leaves the ground that is known (a hole, a missing tile) before it meets any.
    """
    if ground.relief is None or ground.relief.spacing_m is None:
        return _meet_level(rays, view, ground)
    return _meet_relief(rays, view, ground.relief, ground.relief.spacing_m)


def curvature(rays: FloatArray, lat_deg: float) -> FloatArray:
    """Per ray (n,), c such that the ground lies c t^2 / 2 lower t metres along it, refraction included."""
    meridian_m, prime_vertical_m = radii_m(lat_deg)
    bent: FloatArray = (1 - REFRACTION) * (rays[:, 0] ** 2 / meridian_m + rays[:, 1] ** 2 / prime_vertical_m)
    return bent


def _meet_level(rays: FloatArray, view: View, ground: Ground) -> Meeting:
    below_m = ground.height_below_m(view.pose)
    height_m = below_m - float(view.offset_ned_m[2])
    down, curve = rays[:, 2], curvature(rays, view.pose.lat_deg)
    with np.errstate(invalid="ignore", divide="ignore"):
        along_m = 2 * height_m / (down + np.sqrt(down**2 - 2 * curve * height_m))
        rise = -curve * along_m / (rays[:, 0] ** 2 + rays[:, 1] ** 2)
    slope = np.nan_to_num(rise)[:, None] * rays[:, :2]
    reach_m = MAX_SLANT_M if ground.relief is None else min(MAX_SLANT_M, ground.relief.reach_m)
    missed = ~((down >= math.sin(MIN_DEPRESSION_RAD)) & (along_m <= reach_m))
    if not height_m >= MIN_HEIGHT_M:
        missed[:] = True
    reasons = _reasons(rays, view, missed)
    return Meeting(along_m, slope, np.full(len(rays), view.pose.alt_msl_m - below_m), reasons)


def _reasons(rays: FloatArray, view: View, missed: Mask) -> tuple[Reason | None, ...]:
    """Why each ray that missed did. A height that the relief does not know is no fault of the pose."""
    pose = view.pose
    told = (pose.alt_msl_m, pose.alt_above_home_m, pose.lat_deg, pose.lon_deg)
    if not all(math.isfinite(number) for number in told):
        return (Reason.NO_POSE,) * len(rays)
    return tuple(
        _reason(down) if is_missed else None
        for down, is_missed in zip(rays[:, 2].tolist(), missed.tolist(), strict=True)
    )


def _reason(down: float) -> Reason:
    if math.isnan(down):
        return Reason.NO_POSE
    return Reason.BEYOND_RANGE if down > 0 else Reason.ABOVE_HORIZON


@dataclass(frozen=True, slots=True)
class _March:
    """Rays over a relief. ``at_m`` are metres along them, (n,) or (n, k)."""

    rays: FloatArray
    view: View
    relief: Relief
    curve: FloatArray

    def ground_and_clearance_m(self, at_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The ground's height below points on the rays, and theirs above it; NaN where it is not known."""
        pose, shape = self.view.pose, at_m.shape
        steps = at_m.size // max(len(self.rays), 1)
        places = self.view.offset_ned_m + at_m.reshape(len(self.rays), steps, 1) * self.rays[:, None, :]
        enu_m = places.reshape(-1, 3)[:, [1, 0, 2]] * (1.0, 1.0, -1.0)
        lat_deg, lon_deg = lat_lon_from_enu(enu_m, pose.lat_deg, pose.lon_deg, pose.alt_msl_m)
        ground_m = self.relief.height_msl_m(lat_deg, lon_deg, pose.time_us).reshape(shape)
        rows = (len(self.rays),) + (1,) * (len(shape) - 1)
        lifted_m = self.curve.reshape(rows) * at_m**2 / 2
        return ground_m, pose.alt_msl_m + enu_m[:, 2].reshape(shape) + lifted_m - ground_m

    def only(self, rows: slice) -> _March:
        """Some of the rays."""
        return _March(self.rays[rows], self.view, self.relief, self.curve[rows])

    def clearance_m(self, at_m: FloatArray) -> FloatArray:
        """How far points on the rays are above the ground."""
        return self.ground_and_clearance_m(at_m)[1]


def _meet_relief(rays: FloatArray, view: View, relief: Relief, spacing_m: float) -> Meeting:
    march = _March(rays, view, relief, curvature(rays, view.pose.lat_deg))
    zeros = np.zeros(len(rays))
    height_m = march.clearance_m(zeros)
    before_m, after_m, met = _bracket(march, spacing_m)
    along_m = _refine(march, before_m, after_m)
    ground_m, _ = march.ground_and_clearance_m(along_m)
    slope = _slope(march, along_m, max(spacing_m, SLOPE_BASE_M))
    with np.errstate(invalid="ignore"):
        falls = march.curve * along_m / np.maximum(rays[:, 0] ** 2 + rays[:, 1] ** 2, 1e-12)
        slope -= falls[:, None] * rays[:, :2]
        normal_down = (rays[:, :2] * slope).sum(axis=1) + rays[:, 2]
        incidence = normal_down / np.sqrt(1 + (slope**2).sum(axis=1))
        missed = ~met | ~(height_m >= MIN_HEIGHT_M) | ~(incidence >= math.sin(MIN_DEPRESSION_RAD))
    return Meeting(along_m, slope, ground_m, _reasons(rays, view, missed))


def _bracket(march: _March, spacing_m: float) -> tuple[FloatArray, FloatArray, Mask]:
    """Metres along each ray before and after its first meeting, and (n,) whether there is one.

    Steps of half the grid's spacing: between two of them a bilinear surface cannot rise over the ray and
    sink again by more than a graze. Only the part of each ray between the highest and the lowest ground is
    looked at.
    """
    near_m, far_m = _part(march)
    across = np.hypot(march.rays[:, 0], march.rays[:, 1])
    with np.errstate(invalid="ignore"):
        longest_m = float(np.nan_to_num((far_m - near_m) * across).max(initial=0.0))
    count = min(max(math.ceil(2 * longest_m / spacing_m), 1), MAX_STEPS) + 1
    rows_at_once = max(POINTS_AT_ONCE // count, 1)
    parts = [slice(start, start + rows_at_once) for start in range(0, max(len(near_m), 1), rows_at_once)]
    found = [_first_below(march.only(rows), near_m[rows], far_m[rows], count) for rows in parts]
    before_m, after_m, ends = (np.concatenate(column) for column in zip(*found, strict=True))
    return before_m, after_m, ends & np.isfinite(march.clearance_m(after_m))


def _first_below(
    march: _March, near_m: FloatArray, far_m: FloatArray, count: int
) -> tuple[FloatArray, FloatArray, Mask]:
    """The steps before and after each ray is first not above the ground, and whether it ever comes to that.

    Where nobody knows the ground is such a place too: that ends the search.
    """
    at_m = near_m[:, None] + (far_m - near_m)[:, None] * np.linspace(0.0, 1.0, count)
    ends = ~(march.clearance_m(at_m) > 0)
    first = np.argmax(ends, axis=1)
    rows = np.arange(len(first))
    return at_m[rows, np.maximum(first - 1, 0)], at_m[rows, first], ends.any(axis=1) & (first > 0)


def _part(march: _March) -> tuple[FloatArray, FloatArray]:
    """From where to where along each ray (n,) the ground can be; a little more, for the earth's curve."""
    lowest_m, highest_m = march.relief.bounds_m
    camera_alt_m = march.view.pose.alt_msl_m - float(march.view.offset_ned_m[2])
    down = march.rays[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        # The curve lifts a ray by at most 0.62 m over 3 km.
        near_m = np.where(down > 0, np.maximum((camera_alt_m - highest_m - 1.0) / down, 0.0), 0.0)
        far_m = np.where(
            down > 0, np.minimum((camera_alt_m - lowest_m + 2.0) / down, MAX_SLANT_M), MAX_SLANT_M
        )
    return np.minimum(near_m, MAX_SLANT_M), far_m


def _refine(march: _March, before_m: FloatArray, after_m: FloatArray) -> FloatArray:
    """The meeting between two places (n,) on each ray, by the Illinois form of the false position.

    Dowell and Jarratt 1971: an end that stays for a second time counts half, so that both ends move.
    """
    above, below = march.clearance_m(before_m), march.clearance_m(after_m)
    stayed = np.zeros(len(before_m))
    for _ in range(REFINEMENTS):
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(above > below, above / (above - below), 0.0)
        middle_m = before_m + part * (after_m - before_m)
        clearance = march.clearance_m(middle_m)
        is_above = clearance > 0
        below = np.where(is_above, np.where(stayed > 0, below / 2, below), clearance)
        above = np.where(is_above, clearance, np.where(stayed < 0, above / 2, above))
        before_m, after_m = np.where(is_above, middle_m, before_m), np.where(is_above, after_m, middle_m)
        stayed = np.where(is_above, 1.0, -1.0)
    return np.where(np.abs(above) < np.abs(below), before_m, after_m)


def _slope(march: _March, along_m: FloatArray, base_m: float) -> FloatArray:
    """The ground's rise (n, 2) per metre north and east over ``base_m`` to either side of where rays meet it.

    On one side alone where the other is a hole; level between two holes, where nothing tells of a slope.
    """
    foot = march.view.offset_ned_m + along_m[:, None] * march.rays
    here_m = _height_m(march, foot, (0.0, 0.0, 0.0))
    north, east = (base_m, 0.0, 0.0), (0.0, base_m, 0.0)
    return np.column_stack([_rise(march, foot, here_m, step, base_m) for step in (north, east)])


def _rise(
    march: _March, foot: FloatArray, here_m: FloatArray, step: tuple[float, float, float], base_m: float
) -> FloatArray:
    ahead = (_height_m(march, foot, step) - here_m) / base_m
    behind = (here_m - _height_m(march, foot, (-step[0], -step[1], 0.0))) / base_m
    both = (ahead + behind) / 2
    one = np.where(np.isnan(ahead), behind, ahead)
    return np.nan_to_num(np.where(np.isnan(both), one, both))


def _height_m(march: _March, foot: FloatArray, step: tuple[float, float, float]) -> FloatArray:
    pose = march.view.pose
    enu_m = (foot + step)[:, [1, 0, 2]] * (1.0, 1.0, -1.0)
    lat_deg, lon_deg = lat_lon_from_enu(enu_m, pose.lat_deg, pose.lon_deg, pose.alt_msl_m)
    return march.relief.height_msl_m(lat_deg, lon_deg, pose.time_us)
