"""R4: a boat, a vehicle, and people walking between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.checks.found import finding, lasts, lately, some, surely
from droneops.incidents.checks.ground import apart_m, metres
from droneops.incidents.checks.heads import heads
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.river import at_the_bank, at_the_river, off_the_pier, on_our_side
from droneops.incidents.checks.trails import Trails
from droneops.incidents.checks.walk import walked_since_s
from droneops.incidents.checks.zones import beside_border, holding
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Convergence
from droneops.incidents.scene import Scene, Thing
from droneops.incidents.spread import p_below
from droneops.tracking.relative import distance_m

ALMOST = 2.0
"""A vehicle at up to twice the distance is worth a near miss."""

MOST_VEHICLES = 3
MOST_PEOPLE = 30
"""The nearest are asked; that bounds a market day at the bank, where more would not change the answer."""


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Everything that was seen lately anywhere."""

    vehicles: list[Thing]
    people: list[Thing]
    timber: list[Thing]
    trails: Trails


def convergence(scene: Scene, rule: Convergence) -> tuple[Finding, ...]:
    """One finding for each boat with a vehicle near: the one that comes nearest to firing."""
    boats = [t for t in lately(scene, rule.labels, rule.within_s) if t.seen.border is not None]
    vehicles = lately(scene, rule.vehicle_labels, rule.within_s)
    if not boats or not vehicles:
        return ()
    first = boats[0].seen.track
    crowd = _Crowd(
        vehicles,
        lately(scene, rule.people_labels, rule.within_s),
        lately(scene, rule.timber_labels, rule.within_s),
        Trails(LocalPlane.at(first.lat_deg, first.lon_deg), round(scene.time_us - rule.within_s * 1e6)),
    )
    return some(_at(scene, boat, _near(boat, crowd, rule), rule) for boat in boats)


def _near(boat: Thing, crowd: _Crowd, rule: Convergence) -> _Crowd:
    """What of it is near a boat, nearest first."""
    vehicles = _nearest(boat, crowd.vehicles, ALMOST * rule.within_m, MOST_VEHICLES)
    people = _nearest(boat, crowd.people, ALMOST * rule.within_m, MOST_PEOPLE) if vehicles else []
    return _Crowd(vehicles, people, _nearest(boat, crowd.timber, rule.within_m, 1), crowd.trails)


def _nearest(boat: Thing, things: Sequence[Thing], within_m: float, most: int) -> list[Thing]:
    track = boat.seen.track
    plane = LocalPlane.at(track.lat_deg, track.lon_deg)
    found = [(math.hypot(*metres(plane, thing.seen.track)), n) for n, thing in enumerate(things)]
    return [things[n] for apart, n in sorted(found) if apart <= within_m][:most]


def _at(scene: Scene, boat: Thing, near: _Crowd, rule: Convergence) -> Finding | None:
    found: list[Finding] = []
    for vehicle in near.vehicles:
        item = _between(scene, boat, vehicle, near, rule)
        if item is not None:
            found.append(item)
            if item.fires:
                break
    return min(found, key=lambda item: (len(item.missing), -item.score), default=None)


def _between(scene: Scene, boat: Thing, vehicle: Thing, near: _Crowd, rule: Convergence) -> Finding | None:
    close = _p_close(boat, vehicle, rule)
    conditions: tuple[Condition | None, ...] = (
        lasts("boat still", rule.dwell_s, boat.still_since_us, boat.seen.track.last_seen_us),
        on_our_side(boat, rule.p_thailand),
        at_the_river(boat, rule),
        surely(f"vehicle within {rule.within_m:g} m", rule.probability, close),
        _stands(vehicle),
    )
    if _missing(conditions) > 1:
        return None
    conditions = (*conditions, at_the_bank(scene, boat, rule), _no_pier(scene, boat, near, rule))
    if _missing(conditions) > 1:
        return None
    walkers, since_us = _walkers(boat, vehicle, near, rule)
    walk = _walk(len(near.people), heads(walkers), rule)
    things = (boat, vehicle, *walkers)
    zone_ids = holding(things) | beside_border(things)
    return finding(rule, things, (*conditions, walk), zone_ids, since_us, weighed(close, scene, boat))


def _missing(conditions: Sequence[Condition | None]) -> int:
    return sum(condition is not None and not condition.met for condition in conditions)


def _p_close(boat: Thing, vehicle: Thing, rule: Convergence) -> float:
    """P(the vehicle is within reach of the boat); what one drone's sightings share cancels."""
    length_m, sigma_m = distance_m(boat.seen.track, vehicle.seen.track)
    return p_below(length_m, sigma_m, rule.within_m)


def _stands(vehicle: Thing) -> Condition:
    """A car that passes on the river road loads nothing."""
    still = vehicle.still_since_us is not None
    return Condition("vehicle stands", still, "still", "still" if still else "moving")


def _no_pier(scene: Scene, boat: Thing, near: _Crowd, rule: Convergence) -> Condition | None:
    """A listed pier excuses a boat, unless there is timber."""
    off = off_the_pier(scene, boat, rule)
    if off is None or off.met or not near.timber:
        return off
    return replace(off, met=True, found=f"{off.found}; but timber lies there")


def _walkers(boat: Thing, vehicle: Thing, near: _Crowd, rule: Convergence) -> tuple[list[Thing], int]:
    """Who walked between the two, and since when."""
    whole_m, trails, found = apart_m(boat.seen.track, vehicle.seen.track), near.trails, []
    for person in near.people:
        of_vehicle, of_boat = trails.beside(person, vehicle), trails.beside(person, boat)
        since_s = walked_since_s(trails.of(person), of_vehicle, of_boat, whole_m, rule)
        if since_s is not None:
            found.append((since_s, person))
    since_us = min((round(since_s * 1e6) for since_s, _ in found), default=boat.seen.track.last_seen_us)
    return [person for _, person in sorted(found, key=_order)], since_us


def _order(found: tuple[float, Thing]) -> tuple[float, str, int, int]:
    since_s, person = found
    track = person.seen.track
    return since_s, track.drone_id, track.first_seen_us, track.ordinal


def _walk(people: int, walkers: int, rule: Convergence) -> Condition:
    found = f"{walkers} surely of {people} tracks of people near"
    return Condition("people walking between", walkers >= rule.count, f">= {rule.count}", found)
