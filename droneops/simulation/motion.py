"""Where things are at a time: pure functions of the script, so that any instant can be asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from droneops.simulation.scenario import FlightPoint, PathPoint
from droneops.types import FloatArray

# A multicopter turns a corner over about this time instead of stopping there.
CORNER_S = 2.0
_SAMPLES = 9
# A difference over this time gives a velocity: far below what a drone's motion changes in.
_STEP_S = 0.05


def along(path: Sequence[PathPoint], t_s: float) -> FloatArray:
    """(2,) metres east and north at a time; before the first and after the last point it stands there."""
    at = [point.t_s for point in path]
    return np.array(
        [np.interp(t_s, at, [p.east_m for p in path]), np.interp(t_s, at, [p.north_m for p in path])]
    )


def flown(path: Sequence[FlightPoint], t_s: float) -> FloatArray:
    """(3,) metres east, north and above ground at a time, corners rounded by a mean over CORNER_S."""
    at = [point.t_s for point in path]
    moments = t_s + CORNER_S * (np.arange(_SAMPLES) / (_SAMPLES - 1) - 0.5)
    columns = ([p.east_m for p in path], [p.north_m for p in path], [p.above_ground_m for p in path])
    return np.array([np.interp(moments, at, column).mean() for column in columns])


def flown_velocity_mps(path: Sequence[FlightPoint], t_s: float) -> FloatArray:
    """(3,) metres a second east, north and up."""
    velocity: FloatArray = (flown(path, t_s + _STEP_S) - flown(path, t_s - _STEP_S)) / (2 * _STEP_S)
    return velocity


def course_rad(path: Sequence[PathPoint], t_s: float) -> float | None:
    """Clockwise from north, where something is on the move; None while it stands."""
    moved = along(path, t_s + _STEP_S) - along(path, t_s - _STEP_S)
    if math.hypot(*moved) < 0.1 * _STEP_S:
        return None
    return math.atan2(moved[0], moved[1])


def last_course_rad(path: Sequence[PathPoint], t_s: float) -> float | None:
    """The course, or while it stands the one it came by; None before it has ever moved."""
    now = course_rad(path, t_s)
    if now is not None:
        return now
    for earlier, later in reversed(list(pairwise(path))):
        moved = later.east_m - earlier.east_m, later.north_m - earlier.north_m
        if later.t_s <= t_s and math.hypot(*moved) > 0:
            return math.atan2(moved[0], moved[1])
    return None


def wander(t_s: float, seed: int, *, period_s: float, sigma: float) -> float:
    """A smooth disturbance of standard deviation ``sigma`` whose parts have periods about ``period_s``.

    A sum of six sines of random periods and phases: known at every instant without a history.
    """
    rng = np.random.default_rng(seed)
    periods_s = period_s * rng.uniform(0.5, 2.0, 6)
    phases = rng.uniform(0.0, 2.0 * math.pi, 6)
    return float(sigma * math.sqrt(2.0 / 6.0) * np.sin(2.0 * math.pi * t_s / periods_s + phases).sum())
