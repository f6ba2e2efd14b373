"""Where a thing was: a bounded number of fixes, close together of late and ever further apart before."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from droneops.incidents.scene import Fix
from droneops.incidents.spread import own_m2
from droneops.types import FloatArray, Track, read_only

EVERY_US = 1_000_000
"""A man walks a metre and a half in that time, less than what a position is worth."""

MOST = 48
"""The last half minute second by second, and a few minutes before it; a page of the memory's state."""

Path = tuple[Fix, ...]


def fix_of(track: Track) -> Fix:
    """Where a track is, with the error that its sightings do not share."""
    return Fix(track.last_seen_us, track.lat_deg, track.lon_deg, math.sqrt(own_m2(track)))


def extended(path: Path, fix: Fix) -> Path:
    """The path with a later fix at its end: one a second; when full, every other of the older half goes."""
    return (*(known for part in _kept(path, fix) for known in path[part]), fix)


def rows_of(path: Path) -> FloatArray:
    """The fixes (n, 4) as numbers: time_us (exact as a double until 2255), lat_deg, lon_deg, sigma_m."""
    return read_only([_row(fix) for fix in path])


def extended_rows(rows: FloatArray, path: Path, fix: Fix) -> FloatArray:
    """The rows of ``extended(path, fix)``, from those of ``path``."""
    return read_only(np.concatenate([*(rows[part] for part in _kept(path, fix)), [_row(fix)]]))


def _kept(path: Path, fix: Fix) -> Sequence[slice]:
    """What of a path stays when a fix is put behind it."""
    if len(path) >= 2 and fix.time_us - path[-2].time_us < EVERY_US:
        return (slice(-1),)
    if len(path) < MOST:
        return (slice(None),)
    half = MOST // 2
    return slice(0, half, 2), slice(half, None)


def _row(fix: Fix) -> tuple[int, float, float, float]:
    return fix.time_us, fix.lat_deg, fix.lon_deg, fix.sigma_m


def place_at(path: Path, time_us: int) -> tuple[float, float, float]:
    """Latitude, longitude at a time, on the straight line between two fixes, and seconds to the nearest fix.

    Before the first and after the last fix the thing is where it was seen first and last.
    """
    after = bisect_left(path, time_us, key=lambda fix: fix.time_us)
    if after == 0:
        return path[0].lat_deg, path[0].lon_deg, (path[0].time_us - time_us) / 1e6
    before = path[after - 1]
    if after == len(path):
        return before.lat_deg, before.lon_deg, (time_us - before.time_us) / 1e6
    later = path[after]
    share = (time_us - before.time_us) / (later.time_us - before.time_us)
    lat_deg = before.lat_deg + share * (later.lat_deg - before.lat_deg)
    lon_deg = before.lon_deg + share * (later.lon_deg - before.lon_deg)
    return lat_deg, lon_deg, min(time_us - before.time_us, later.time_us - time_us) / 1e6
