"""Whether a track moves, how fast and where to, and how well that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from droneops.types import Track

MOVING_D2 = 9.21
"""The squared speed in sigmas that a thing at rest stays under 99 times in 100 (chi-square, 2 degrees)."""

STILL_SIGMAS = 1.645
"""A speed this far below the limit is below it 95 times in 100."""

STILL_BELOW_MPS = 0.5
"""Slower than this, nobody is on his way; the Mekong carries a drifting boat faster in every season."""


class Movement(StrEnum):
    """What can be said of a thing's motion."""

    MOVING = "moving"
    STILL = "still"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Motion:
    """Speed with one sigma; the course (clockwise from north, [0, 2 pi)) is None while the thing may stand.

    ``course_sigma_rad`` is first order: the speed's sigma across the course, over the speed.
    """

    movement: Movement
    speed_mps: float
    speed_sigma_mps: float
    course_rad: float | None
    course_sigma_rad: float | None


def motion(track: Track, still_below_mps: float = STILL_BELOW_MPS) -> Motion:
    """The motion of a track at its last sighting; "still" means surely slower than ``still_below_mps``."""
    velocity, cov = track.velocity_mps, track.velocity_cov_m2ps2
    speed_mps = math.hypot(*velocity.tolist())
    along = velocity / speed_mps if speed_mps > 0 else _widest(track)
    across = np.array([-along[1], along[0]])
    speed_sigma_mps = math.sqrt(max(float(along @ cov @ along), 0.0))
    if not _is_moving(track, speed_mps):
        still = speed_mps + STILL_SIGMAS * speed_sigma_mps < still_below_mps
        return Motion(Movement.STILL if still else Movement.UNKNOWN, speed_mps, speed_sigma_mps, None, None)
    course_rad = math.atan2(velocity[0], velocity[1]) % (2 * math.pi)
    course_sigma_rad = math.sqrt(max(float(across @ cov @ across), 0.0)) / speed_mps
    slow = speed_mps + STILL_SIGMAS * speed_sigma_mps < still_below_mps
    movement = Movement.STILL if slow else Movement.MOVING
    return Motion(movement, speed_mps, speed_sigma_mps, course_rad, course_sigma_rad)


def _is_moving(track: Track, speed_mps: float) -> bool:
    if speed_mps == 0:
        return False
    velocity, cov = track.velocity_mps, track.velocity_cov_m2ps2
    if np.linalg.det(cov) <= 0:
        return False
    return float(velocity @ np.linalg.solve(cov, velocity)) > MOVING_D2


def _widest(track: Track) -> np.ndarray:
    return np.linalg.eigh(track.velocity_cov_m2ps2)[1][:, 1]
