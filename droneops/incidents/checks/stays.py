"""Being inside a zone, surely enough and long enough."""

from __future__ import annotations

from droneops.incidents.checks.found import lasts, surely
from droneops.incidents.condition import Condition
from droneops.incidents.scene import Thing
from geofences import ZoneHit

SEEN_WITHIN_S = 5.0
"""What has been out of sight for longer says nothing new; the gap after which a stay is counted anew."""

LEAST = 0.2
"""Less probably inside than that, a thing has left (`geofences.presence`): not even a near miss."""


def is_worth_asking(hit: ZoneHit | None) -> bool:
    """Whether a zone may hold a thing."""
    return hit is not None and hit.probability_inside >= LEAST


def begin_us(thing: Thing, hit: ZoneHit, probability: float) -> int:
    """Since when a thing is inside; while it is not, since when it is in sight; now, if that begins now."""
    track = thing.seen.track
    if hit.probability_inside < probability:
        return track.first_seen_us
    return thing.inside_since_us.get(hit.zone.id, track.last_seen_us)


def stay(thing: Thing, hit: ZoneHit, probability: float, dwell_s: float) -> tuple[Condition, Condition]:
    """That a thing is inside the zone of a hit, and has been for long enough."""
    since_us = begin_us(thing, hit, probability)
    return (
        surely(f"inside {hit.zone.id}", probability, hit.probability_inside),
        lasts("stays", dwell_s, since_us, thing.seen.track.last_seen_us),
    )
