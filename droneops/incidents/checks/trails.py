"""Paths in metres, and where one thing was from another at the time.

A drone that circles sees everything shift together, and what shifts together has not walked: so a walker's
path is measured from the other thing as it was seen at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Thing
from droneops.incidents.spread import TURNED, widest_m2
from droneops.tracking.relative import COMMON_LASTS_S
from droneops.types import FloatArray


@dataclass(frozen=True, slots=True)
class Trail:
    """A path in metres: ``time_s`` (n,) since 1970, ``east_north_m`` (n, 2), ``own_m2`` (n,), the variance of
    what its sightings do not share; ``common_m2`` of what they do."""

    drone_id: str
    time_s: FloatArray
    east_north_m: FloatArray
    own_m2: FloatArray
    common_m2: float


@dataclass(frozen=True, slots=True)
class Beside:
    """Where a walker is from a thing: ``away_m`` (n, 2), the distance (n,) and its variance (n,).

    No two of the fixes are further apart than ``reach_m``.
    """

    away_m: FloatArray
    reach_m: float
    distance_m: FloatArray
    variance_m2: FloatArray


def trail(thing: Thing, plane: LocalPlane, since_us: int) -> Trail:
    """The path of a thing since a time."""
    fixes = [fix for fix in thing.path if fix.time_us >= since_us] or thing.path[-1:]
    return Trail(
        drone_id=thing.seen.track.drone_id,
        time_s=np.array([fix.time_us / 1e6 for fix in fixes]),
        east_north_m=np.array([plane.east_north_m(fix.lat_deg, fix.lon_deg) for fix in fixes]),
        own_m2=np.array([fix.sigma_m**2 for fix in fixes]),
        common_m2=widest_m2(thing.seen.track.cov_common_m2),
    )


def beside(walker: Trail, other: Trail) -> Beside:
    """Where a walker was from another thing at each of his fixes."""
    there = [np.interp(walker.time_s, other.time_s, other.east_north_m[:, axis]) for axis in (0, 1)]
    away_m = walker.east_north_m - np.column_stack(there)
    own_m2 = walker.own_m2 + np.interp(walker.time_s, other.time_s, other.own_m2)
    shared_m2 = walker.common_m2 + other.common_m2
    if walker.drone_id == other.drone_id:
        unseen_s = np.abs(walker.time_s[:, None] - other.time_s[None, :]).min(axis=1)
        shared_m2 = shared_m2 * (1 - (1 - TURNED) * np.exp(-unseen_s / COMMON_LASTS_S))
    reach_m = float(np.hypot(*(away_m.max(axis=0) - away_m.min(axis=0))))
    return Beside(away_m, reach_m, np.hypot(away_m[:, 0], away_m[:, 1]), own_m2 + shared_m2)


@dataclass(slots=True)
class Trails:
    """The trails of one scene's things since a time, each worked out once."""

    plane: LocalPlane
    since_us: int
    _trails: dict[str, Trail] = field(default_factory=dict)
    _beside: dict[tuple[str, str], Beside] = field(default_factory=dict)

    def of(self, thing: Thing) -> Trail:
        """The trail of a thing."""
        key = thing.seen.track.id
        if key not in self._trails:
            self._trails[key] = trail(thing, self.plane, self.since_us)
        return self._trails[key]

    def beside(self, walker: Thing, other: Thing) -> Beside:
        """Where a walker was from another thing."""
        key = walker.seen.track.id, other.seen.track.id
        if key not in self._beside:
            self._beside[key] = beside(self.of(walker), self.of(other))
        return self._beside[key]
