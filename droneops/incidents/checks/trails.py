"""Paths in metres, and where one thing was from another at the time.

A drone that circles sees everything shift together, and what shifts together has not walked: so a walker's
path is measured from the other thing as it was seen at the same time. Many walkers are asked at once: on a
market day there are hundreds, five times a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Thing
from droneops.incidents.spread import share_turned, widest_m2
from droneops.types import FloatArray

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Trails:
    """The paths of some things in metres, one thing a row; none is longer than the longest, n fixes.

    ``time_s`` (r, n) since 1970, ``east_north_m`` (2, r, n), ``own_m2`` (r, n), the variance of what a
    thing's sightings do not share; ``common_m2`` (r,) of what they do; ``drone`` (r,) tells drones apart.
    A row has ``counts`` (r,) fixes; behind them its last fix stands again, which is no further way.
    """

    time_s: FloatArray
    east_north_m: FloatArray
    own_m2: FloatArray
    common_m2: FloatArray
    drone: Rows
    counts: Rows


@dataclass(frozen=True, slots=True)
class Beside:
    """Where walkers were from a thing: ``away_m`` (2, r, n), the distance (r, n) and its variance (r, n).

    No two of a walker's fixes are further apart than ``reach_m`` (r,).
    """

    away_m: FloatArray
    reach_m: FloatArray
    distance_m: FloatArray
    variance_m2: FloatArray


def trails(things: Sequence[Thing], plane: LocalPlane, since_us: int) -> Trails:
    """The paths of things since a time; of what was not seen since, where it was last."""
    paths = [_late(thing.path_rows, since_us) for thing in things]
    counts = np.array([len(path) for path in paths], dtype=np.intp)
    # One array of all fixes, and of each row the places of its fixes in it: cheaper than an array a thing.
    longest = np.arange(counts.max(initial=0))
    place = (np.cumsum(counts) - counts)[:, None] + np.minimum(longest[None, :], counts[:, None] - 1)
    time_us, lat_deg, lon_deg, sigma_m = np.concatenate(paths).T[:, place]
    numbers: dict[str, int] = {}
    drones = [numbers.setdefault(thing.seen.track.drone_id, len(numbers)) for thing in things]
    return Trails(
        time_s=time_us / 1e6,
        east_north_m=np.stack(
            [
                (lon_deg - plane.lon_deg) * plane.metres_per_deg_east,
                (lat_deg - plane.lat_deg) * plane.metres_per_deg_north,
            ]
        ),
        own_m2=sigma_m**2,
        common_m2=np.array([widest_m2(thing.seen.track.cov_common_m2) for thing in things]),
        drone=np.array(drones, dtype=np.intp),
        counts=counts,
    )


def beside(paths: Trails, walkers: Rows, other: int) -> Beside:
    """Where walkers were from another thing at each of their fixes."""
    time_s, count = paths.time_s[walkers], paths.counts[other]
    there_s = paths.time_s[other, :count]
    there = [np.interp(time_s, there_s, axis[other, :count]) for axis in paths.east_north_m]
    away_m = paths.east_north_m[:, walkers] - np.stack(there)
    own_m2 = paths.own_m2[walkers] + np.interp(time_s, there_s, paths.own_m2[other, :count])
    shared_m2 = (paths.common_m2[walkers] + paths.common_m2[other])[:, None]
    changed = share_turned(_unseen_s(time_s, there_s))
    is_one_drones = (paths.drone[walkers] == paths.drone[other])[:, None]
    reach_m = np.hypot(*(away_m.max(axis=2) - away_m.min(axis=2)))
    variance_m2 = own_m2 + shared_m2 * np.where(is_one_drones, changed, 1.0)
    return Beside(away_m, reach_m, np.hypot(away_m[0], away_m[1]), variance_m2)


def _unseen_s(time_s: FloatArray, there_s: FloatArray) -> FloatArray:
    """From each time to the nearest of those (n,) at which the other thing was seen."""
    after = np.searchsorted(there_s, time_s)
    earlier_s = time_s - there_s[np.maximum(after - 1, 0)]
    later_s = there_s[np.minimum(after, len(there_s) - 1)] - time_s
    return np.minimum(np.abs(earlier_s), np.abs(later_s))


def _late(rows: FloatArray, since_us: int) -> FloatArray:
    first = int(np.searchsorted(rows[:, 0], since_us))
    return rows[min(first, len(rows) - 1) :]
