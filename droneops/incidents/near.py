"""Whether a thing is where a known one was."""

from __future__ import annotations

import math

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.life import Life
from droneops.types import Track

METRES_PER_DEGREE = 110_000.0
"""Less than a degree of latitude anywhere on WGS 84 (110 574 m at the equator)."""


def distance_m(one: Track, other: Track) -> float:
    """From one track to another, on the ground."""
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*plane.east_north_m(other.lat_deg, other.lon_deg))


def gap_m(known: Track, new: Track, life: Life) -> float | None:
    """How far a new track is from a known thing that it may belong to; None where it does not."""
    within_m = max(life.within_m, known.ce90_m + new.ce90_m)
    if abs(known.lat_deg - new.lat_deg) * METRES_PER_DEGREE > within_m:
        return None
    if was_here_lately(known, new, life) or is_back(known, new, life):
        return distance_m(new, known)
    return None


def was_here_lately(known: Track, new: Track, life: Life) -> bool:
    """Whether a known thing was near a little while ago."""
    silent_us = new.last_seen_us - known.last_seen_us
    return silent_us <= life.within_s * 1e6 and distance_m(known, new) <= life.within_m


def is_back(known: Track, new: Track, life: Life) -> bool:
    """Whether the new track is the known thing again: of its kind, and where it went out of sight."""
    silent_s = (new.last_seen_us - known.last_seen_us) / 1e6
    return (
        known.label == new.label
        and life.within_s < silent_s <= life.back_within_s
        and distance_m(known, new) <= known.ce90_m + new.ce90_m
    )
