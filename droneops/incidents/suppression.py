"""Whom the rules leave out: our own people, and those who have a permit for what they are doing.

A thing is left out, not the scene: a rangers' car beside a smugglers' boat is not the vehicle that is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Friend, Scene, Thing
from droneops.incidents.spread import widest_m2
from geofences import Kind

FRIEND_WITHIN_M = 50.0
"""A team on foot about the one who carries the tracker, or about its boat."""

FRIEND_WITHIN_S = 60.0
"""Trackers report once in a while; an older position says nothing of where its owner is now."""

FRIEND_MPS = 3.0
"""How fast its owner may have gone on since; a tracker in a car reports more often."""

SIGMAS = 2.0
"""Of those who belong to a tracker nineteen in twenty lie within."""

PERMIT_FROM = 0.5
"""More probably inside the permitted ground than not."""

NEVER = frozenset({"person_in_distress"})
"""No permit makes this harmless, and rangers in distress are to be found."""


def excuse(thing: Thing, scene: Scene) -> str | None:
    """Why a thing is left out, None if it is not."""
    if thing.seen.track.label in NEVER:
        return None
    return _permit(thing) or _friend(thing, scene.friends)


def _permit(thing: Thing) -> str | None:
    """The permit in force that allows such a thing where it is; one without labels allows nothing.

    A wide area drawn for the record must not silence every rule in it.
    """
    label = thing.seen.track.label
    for hit in thing.seen.hits:
        is_permit = hit.zone.kind is Kind.PERMIT and hit.probability_inside >= PERMIT_FROM
        if is_permit and label in hit.zone.labels:
            holder = f" of {hit.zone.holder}" if hit.zone.holder else ""
            return f"permit {hit.zone.id}{holder} allows {label}"
    return None


def _friend(thing: Thing, friends: Iterable[Friend]) -> str | None:
    """The tracker that goes with a thing."""
    track = thing.seen.track
    for friend in friends:
        apart_s = abs(track.last_seen_us - friend.time_us) / 1e6
        if apart_s > FRIEND_WITHIN_S:
            continue
        plane = LocalPlane.at(friend.lat_deg, friend.lon_deg)
        distance_m = math.hypot(*plane.east_north_m(track.lat_deg, track.lon_deg))
        sigma_m = math.hypot(friend.sigma_m, math.sqrt(widest_m2(track.cov_m2)))
        if distance_m <= FRIEND_WITHIN_M + FRIEND_MPS * apart_s + SIGMAS * sigma_m:
            return f"tracker {friend.id} is {distance_m:.0f} m away"
    return None
