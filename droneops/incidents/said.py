"""What was said of a thing, and whether what is seen now is news."""

from __future__ import annotations

import math
from dataclasses import dataclass

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.incident import Observation
from droneops.incidents.life import Life


@dataclass(frozen=True, slots=True)
class Said:
    """Where a thing was when the latest message told of it: its place, side of the border, and zones."""

    lat_deg: float
    lon_deg: float
    ce90_m: float
    side: str | None
    zone_ids: frozenset[str]


def said_of(seen: Observation, life: Life) -> Said:
    """What a message says of a thing."""
    track = seen.track
    return Said(track.lat_deg, track.lon_deg, track.ce90_m, _side(seen), held_by(seen, life))


def held_by(seen: Observation, life: Life) -> frozenset[str]:
    """The zones worth telling of that hold the thing."""
    return frozenset(
        hit.zone.id
        for hit in seen.hits
        if hit.zone.kind in life.told_kinds and hit.probability_inside >= life.told_probability
    )


def is_news(before: Said, now: Observation, said_us: int, life: Life) -> bool:
    """Whether a thing changed sides or entered a zone, or went beyond the error of both its positions."""
    if before.side != _side(now) or held_by(now, life) - before.zone_ids:
        return True
    plane = LocalPlane.at(before.lat_deg, before.lon_deg)
    moved_m = math.hypot(*plane.east_north_m(now.track.lat_deg, now.track.lon_deg))
    waited_us = now.track.last_seen_us - said_us
    return moved_m > before.ce90_m + now.track.ce90_m and waited_us >= life.moves_every_s * 1e6


def _side(seen: Observation) -> str | None:
    return None if seen.border is None else seen.border.side
