"""Who walked between two things: from beside one of them toward the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from droneops.incidents.checks.trails import Beside, Rows, Trails, beside
from droneops.incidents.rules import Convergence
from droneops.types import FloatArray

SIGMAS = 5.0
"""Of 48 positions of somebody at rest, each with an error of its own, the two furthest apart are over three
sigma of a difference apart in 95 % of cases, over five in 0.5 % (simulated)."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Ways:
    """Where some walkers (r,) were from a thing, and at which of their fixes (r, n) they were at it."""

    walkers: Rows
    beside: Beside
    is_at: Bools

    def row(self, of: int, count: int) -> _Way:
        """The way of one of them, who has so many fixes."""
        away = self.beside
        return _Way(
            away.away_m[:, of, :count],
            away.distance_m[of, :count],
            away.variance_m2[of, :count],
            self.is_at[of, :count],
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """Where one walker was from a thing, as `Beside`, and at which of his n fixes he was at it."""

    away_m: FloatArray
    distance_m: FloatArray
    variance_m2: FloatArray
    is_at: Bools


@dataclass(slots=True)
class Walks:
    """The walks of one scene. ``walkers`` are, by thing (rows of ``trails``), those that may be asked of it,
    in order: where they were from it is worked out at once, and once."""

    trails: Trails
    walkers: Mapping[int, Rows]
    rule: Convergence
    _ways: dict[int, _Ways] = field(default_factory=dict)

    def between(self, vehicle: int, boat: int, people: Rows, whole_m: float) -> list[tuple[int, float]]:
        """Which of the people walked between the two, and when each set out first, seconds since 1970.

        ``whole_m`` is how far the two are apart.
        """
        least_m = max(self.rule.least_walk_m, self.rule.walk_share * whole_m)
        nearer_m = self.rule.walk_share * whole_m
        ways = self._of(vehicle), self._of(boat)
        rows = [np.searchsorted(way.walkers, people) for way in ways]
        # Most people near a boat stand about, or pass by: nothing more is asked of them.
        found = []
        for n in np.flatnonzero(_may_walk(ways, rows, least_m, nearer_m)).tolist():
            count = int(self.trails.counts[people[n]])
            one, other = (way.row(int(of[n]), count) for way, of in zip(ways, rows, strict=True))
            start = _first_start(one, other, least_m, nearer_m)
            if start is not None:
                found.append((int(people[n]), float(self.trails.time_s[people[n], start])))
        return found

    def _of(self, thing: int) -> _Ways:
        if thing not in self._ways:
            walkers = self.walkers[thing]
            away = beside(self.trails, walkers, thing)
            is_at = away.distance_m <= self.rule.near_m + np.sqrt(away.variance_m2)
            self._ways[thing] = _Ways(walkers, away, is_at)
        return self._ways[thing]


def _first_start(of_vehicle: _Way, of_boat: _Way, least_m: float, nearer_m: float) -> int | None:
    """The first fix, at one of the two, from which a later one is a walk to or toward the other."""
    starts = np.flatnonzero(of_vehicle.is_at | of_boat.is_at)
    legs = _goes_to(of_vehicle, of_boat, starts, nearer_m) | _goes_to(of_boat, of_vehicle, starts, nearer_m)
    for way in (of_vehicle, of_boat):
        legs &= _is_a_walk(way, starts, least_m)
    walked = starts[legs.any(axis=1)]
    return int(walked[0]) if len(walked) else None


def _goes_to(one: _Way, goal: _Way, starts: Rows, by_m: float) -> Bools:
    """(s, n): whether from a start at one thing he came to the other, or well toward it."""
    comes = goal.distance_m[starts, None] - goal.distance_m[None, :] >= by_m
    goes: Bools = one.is_at[starts, None] & (goal.is_at[None, :] | comes)
    return goes


def _is_a_walk(way: _Way, starts: Rows, least_m: float) -> Bools:
    """(s, n): whether from a start to a later fix is far enough to be a walk, beyond the error of both."""
    east_m, north_m = way.away_m[:, None, :] - way.away_m[:, starts, None]
    variance_m2 = way.variance_m2[None, :] + way.variance_m2[starts, None]
    is_far = east_m**2 + north_m**2 >= np.maximum(least_m**2, SIGMAS**2 * variance_m2)
    later: Bools = is_far & (np.arange(way.away_m.shape[1])[None, :] > starts[:, None])
    return later


def _may_walk(ways: tuple[_Ways, _Ways], rows: Sequence[Rows], least_m: float, nearer_m: float) -> Bools:
    """Who went far enough beside both things, and was at one and at the other, or nearer it, at any time."""
    reach_m, distance_m = (
        [getattr(way.beside, name)[of] for way, of in zip(ways, rows, strict=True)]
        for name in ("reach_m", "distance_m")
    )
    is_at = [way.is_at[of] for way, of in zip(ways, rows, strict=True)]
    may: Bools = np.minimum(*reach_m) >= least_m
    both = is_at[0].any(axis=1) & is_at[1].any(axis=1)
    toward = [
        np.where(is_at[one], goal_m, -np.inf).max(axis=1) - goal_m.min(axis=1) >= nearer_m
        for one, goal_m in zip((1, 0), distance_m, strict=True)
    ]
    may &= both | toward[0] | toward[1]
    return may
