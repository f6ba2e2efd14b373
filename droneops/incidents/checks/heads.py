"""How many people some tracks surely are.

A person lost from sight comes back as another track, and two drones each have a track of him. Two tracks
are surely two people only where nobody could have been both: at one time in two places, or further apart than
a man runs in the time between. The number is that of tracks of which every two are; too small rather than too
large.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.path import place_at
from droneops.incidents.scene import Fix, Thing
from droneops.incidents.spread import widest_m2
from droneops.types import Track

RUNS_MPS = 4.0
"""Over rough ground nobody runs faster for long."""

SIGMAS = 3.0
MOST = 40
"""Of more tracks the longest seen are asked: a gang of forty is as grave as one of fifty."""

STARTS = 8
"""The choice of the first decides who else can be counted; a few choices find the best in practice."""


def heads(things: Sequence[Thing]) -> int:
    """The number of people that the tracks surely are; 0 for none."""
    asked = sorted(things, key=lambda thing: (-thing.seen.track.sightings, thing.seen.track.id))[:MOST]
    apart = [[_are_two(one, other) for other in asked] for one in asked]
    return max((_counted(apart, start) for start in range(min(len(asked), STARTS))), default=0)


def _counted(apart: list[list[bool]], start: int) -> int:
    chosen = [start]
    for index in range(len(apart)):
        if all(apart[index][other] for other in chosen):
            chosen.append(index)
    return len(chosen)


def _are_two(one: Thing, other: Thing) -> bool:
    first, second = (one, other) if one.path[0].time_us <= other.path[0].time_us else (other, one)
    ends, begins = first.path[-1], second.path[0]
    if begins.time_us <= ends.time_us:
        return one is not other and (_same_drone(one, other) or _at_two_places(first, second))
    gap_s = (begins.time_us - ends.time_us) / 1e6
    error_m = SIGMAS * math.hypot(_sigma_m(one.seen.track), _sigma_m(other.seen.track))
    return _distance_m(ends, begins) > RUNS_MPS * gap_s + error_m


def _same_drone(one: Thing, other: Thing) -> bool:
    return one.seen.track.drone_id == other.seen.track.drone_id


def _at_two_places(first: Thing, second: Thing) -> bool:
    """Whether two tracks that overlap in time are apart by more than both errors when the second begins."""
    begins = second.path[0]
    lat_deg, lon_deg, unseen_s = place_at(first.path, begins.time_us)
    error_m = SIGMAS * math.hypot(_sigma_m(first.seen.track), _sigma_m(second.seen.track))
    there = Fix(begins.time_us, lat_deg, lon_deg, 0.0)
    return _distance_m(there, begins) > error_m + RUNS_MPS * unseen_s


def _sigma_m(track: Track) -> float:
    return math.sqrt(widest_m2(track.cov_m2))


def _distance_m(one: Fix, other: Fix) -> float:
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*plane.east_north_m(other.lat_deg, other.lon_deg))
