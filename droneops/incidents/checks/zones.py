"""What the zones say of a thing, always with the error of the thing and of the zone's line."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from droneops.incidents.condition import Condition
from droneops.incidents.scene import Scene, Thing
from droneops.incidents.spread import p_below, widest_m2
from droneops.times import to_datetime
from geofences import Kind, NearestZone, ZoneHit

MATTERS_FROM = 0.5
"""What more probably than not holds a thing decides who hears of it."""

TOLD_KINDS = frozenset({Kind.PARK, Kind.SANCTUARY, Kind.BORDER, Kind.BANK})
"""The kinds by which agencies share the ground."""


def best_hit(thing: Thing, kinds: Collection[Kind]) -> ZoneHit | None:
    """The zone of these kinds that most probably holds a thing."""
    fitting = [hit for hit in thing.seen.hits if hit.zone.kind in kinds]
    return max(fitting, key=lambda hit: hit.probability_inside, default=None)


def holding(things: Iterable[Thing]) -> frozenset[str]:
    """The zones that probably hold one of the things."""
    return frozenset(
        hit.zone.id
        for thing in things
        for hit in thing.seen.hits
        if hit.zone.kind in TOLD_KINDS and hit.probability_inside >= MATTERS_FROM
    )


def beside_border(things: Iterable[Thing]) -> frozenset[str]:
    """The border lines whose side the things are on: whoever minds the line hears of it."""
    return frozenset(thing.seen.border.zone_id for thing in things if thing.seen.border is not None)


def has(scene: Scene, kinds: Collection[Kind]) -> bool:
    """Whether a layer with zones of these kinds is loaded."""
    return any(zone.kind in kinds for zone in scene.zones.zones)


def inside_since_us(thing: Thing, hit: ZoneHit | None) -> int | None:
    """Since when a thing counts as inside the zone of a hit."""
    return None if hit is None else thing.inside_since_us.get(hit.zone.id)


def nearest(scene: Scene, thing: Thing, kinds: Collection[Kind]) -> NearestZone | None:
    """The nearest zone of these kinds that is in force."""
    track, known = thing.seen.track, scene.answers.nearest
    key = track.id, frozenset(kinds)
    if key not in known:
        place = {"lat_deg": track.lat_deg, "lon_deg": track.lon_deg}
        known[key] = scene.zones.nearest_named(**place, kinds=key[1], at=to_datetime(scene.time_us))
    return known[key]


def p_within(thing: Thing, zone: NearestZone, limit_m: float) -> float:
    """P(a thing is within so many metres of a zone), along the line between them.

    First order: the zone's line is taken for straight, the error for as wide as it is along its longest axis.
    """
    sigma_m = math.sqrt(widest_m2(thing.seen.track.cov_m2) + zone.zone.accuracy_m**2)
    return p_below(zone.distance_m, sigma_m, limit_m)


def p_deep_inside(thing: Thing, hit: ZoneHit, depth_m: float) -> float:
    """P(a thing is inside a zone by so many metres), as `p_within`."""
    sigma_m = math.sqrt(widest_m2(thing.seen.track.cov_m2) + hit.zone.accuracy_m**2)
    return p_below(hit.distance_m, sigma_m, -depth_m)


def surely_off(
    scene: Scene, thing: Thing, kind: Kind, limit_m: float, probability: float
) -> Condition | None:
    """Whether a thing is surely further than that from every zone of a kind; None where there is none."""
    zone = nearest(scene, thing, (kind,))
    if zone is None:
        return None
    off = 1 - p_within(thing, zone, limit_m)
    found = f"p = {off:.3f}, {zone.distance_m:.0f} m from {zone.zone.id}"
    wanted = f"p >= {probability:g} that it is over {limit_m:g} m away"
    return Condition(f"not at a {kind}", off >= probability, wanted, found)
