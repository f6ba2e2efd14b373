"""Whether somebody walked between two things: from beside one of them toward the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droneops.incidents.checks.trails import Beside, Trail
from droneops.incidents.rules import Convergence

SIGMAS = 5.0
"""Of 48 positions of somebody at rest, each with an error of its own, the two furthest apart are over three
sigma of a difference apart in 95 % of cases, over five in 0.5 % (simulated)."""


def walked_since_s(
    walker: Trail, of_vehicle: Beside, of_boat: Beside, whole_m: float, rule: Convergence
) -> float | None:
    """When somebody set out on the first walk between the two, seconds since 1970; None without one.

    ``of_vehicle`` and ``of_boat`` are where the walker was from each (`beside`), ``whole_m`` is how far the
    two are apart.
    """
    least_m = max(rule.least_walk_m, rule.walk_share * whole_m)
    # Most people near a boat stand about, or pass by: nothing more is asked of them.
    if min(of_vehicle.reach_m, of_boat.reach_m) < least_m:
        return None
    at_vehicle, at_boat = _is_at(of_vehicle, rule), _is_at(of_boat, rule)
    if not (at_vehicle.any() or at_boat.any()):
        return None
    nearer_m = rule.walk_share * whole_m
    to_boat = at_vehicle[:, None] & (at_boat[None, :] | _comes_nearer(of_boat, nearer_m))
    to_vehicle = at_boat[:, None] & (at_vehicle[None, :] | _comes_nearer(of_vehicle, nearer_m))
    legs = (to_boat | to_vehicle) & _is_a_walk(of_vehicle, least_m) & _is_a_walk(of_boat, least_m)
    starts = np.flatnonzero(legs.any(axis=1))
    return float(walker.time_s[starts[0]]) if len(starts) else None


def _is_a_walk(away: Beside, least_m: float) -> npt.NDArray[np.bool_]:
    """(n, n): whether from one fix to a later one is far enough to be a walk, beyond the error of both."""
    step = away.away_m[None, :, :] - away.away_m[:, None, :]
    variance_m2 = away.variance_m2[None, :] + away.variance_m2[:, None]
    at_least_m2 = np.maximum(least_m**2, SIGMAS**2 * variance_m2)
    is_far: npt.NDArray[np.bool_] = np.einsum("ijk,ijk->ij", step, step) >= at_least_m2
    return np.triu(is_far, k=1)


def _comes_nearer(goal: Beside, by_m: float) -> npt.NDArray[np.bool_]:
    """(n, n): whether from one fix to another he came well toward a thing."""
    nearer: npt.NDArray[np.bool_] = goal.distance_m[:, None] - goal.distance_m[None, :] >= by_m
    return nearer


def _is_at(away: Beside, rule: Convergence) -> npt.NDArray[np.bool_]:
    at: npt.NDArray[np.bool_] = away.distance_m <= rule.near_m + np.sqrt(away.variance_m2)
    return at
