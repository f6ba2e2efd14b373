"""R4: a boat, a vehicle, and people walking between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.checks.found import finding, lasts, lately, some, surely
from droneops.incidents.checks.ground import Places, apart_m
from droneops.incidents.checks.heads import heads
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.river import at_the_bank, at_the_river, off_the_pier, on_our_side
from droneops.incidents.checks.trails import Rows, trails
from droneops.incidents.checks.walk import Walks
from droneops.incidents.checks.zones import beside_border, holding
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Convergence
from droneops.incidents.scene import Scene, Thing
from droneops.incidents.spread import p_below
from droneops.tracking.relative import distance_m
from droneops.types import FloatArray

_Conditions = tuple[Condition | None, ...]

ALMOST = 2.0
"""A vehicle at up to twice the distance is worth a near miss."""

MOST_VEHICLES = 3
MOST_PEOPLE = 30
"""The nearest are asked; that bounds a market day at the bank, where more would not change the answer."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that was seen lately: boats, then vehicles, then people, as rows of ``things``, and the timber."""

    things: Sequence[Thing]
    places: Places
    kinds: tuple[Rows, Rows, Rows]
    timber: Places


@dataclass(frozen=True, slots=True)
class _Near:
    """What of it is near a boat, nearest first."""

    vehicles: Rows
    people: Rows
    has_timber: bool


@dataclass(frozen=True, slots=True)
class _Crowd:
    """A boat, what is near it, and the walks of everybody."""

    boat: int
    near: _Near
    things: Sequence[Thing]
    walks: Walks


def convergence(scene: Scene, rule: Convergence) -> tuple[Finding, ...]:
    """One finding for each boat with a vehicle near: the one that comes nearest to firing."""
    boats = [t for t in lately(scene, rule.labels, rule.within_s) if t.seen.border is not None]
    vehicles = lately(scene, rule.vehicle_labels, rule.within_s)
    if not boats or not vehicles:
        return ()
    seen = _seen(scene, rule, boats, vehicles)
    near = {int(boat): _near(seen, int(boat), rule) for boat in seen.kinds[0]}
    since_us = round(scene.time_us - rule.within_s * 1e6)
    first = boats[0].seen.track
    paths = trails(seen.things, LocalPlane.at(first.lat_deg, first.lon_deg), since_us)
    walks = Walks(paths, _walkers_by_thing(near), rule)
    return some(_at(scene, _Crowd(boat, found, seen.things, walks), rule) for boat, found in near.items())


def _seen(scene: Scene, rule: Convergence, boats: list[Thing], vehicles: list[Thing]) -> _Seen:
    people = lately(scene, rule.people_labels, rule.within_s)
    things = [*boats, *vehicles, *people]
    rows = np.arange(len(things))
    kinds = (rows[: len(boats)], rows[len(boats) : -len(people) or None], rows[len(things) - len(people) :])
    timber = lately(scene, rule.timber_labels, rule.within_s)
    return _Seen(things, Places.of(things), kinds, Places.of(timber))


def _near(seen: _Seen, boat: int, rule: Convergence) -> _Near:
    apart_m = seen.places.apart_m(seen.things[boat].seen.track)
    _, vehicles, people = (_nearest(apart_m, rows, ALMOST * rule.within_m) for rows in seen.kinds)
    timber_m = seen.timber.apart_m(seen.things[boat].seen.track)
    some_people = people[: MOST_PEOPLE if len(vehicles) else 0]
    return _Near(vehicles[:MOST_VEHICLES], some_people, bool((timber_m <= rule.within_m).any()))


def _nearest(apart_m: FloatArray, rows: Rows, within_m: float) -> Rows:
    found = rows[apart_m[rows] <= within_m]
    return found[np.argsort(apart_m[found], kind="stable")]


def _walkers_by_thing(near: Mapping[int, _Near]) -> dict[int, Rows]:
    """Who may be asked for a walk between a boat and a vehicle, by each of these."""
    people: dict[int, list[Rows]] = {}
    for boat, found in near.items():
        for thing in (boat, *found.vehicles.tolist()):
            people.setdefault(thing, []).append(found.people)
    return {thing: np.unique(np.concatenate(rows)) for thing, rows in people.items()}


def _at(scene: Scene, crowd: _Crowd, rule: Convergence) -> Finding | None:
    boat = crowd.things[crowd.boat]
    place = _place(scene, boat, crowd.near.has_timber, rule) if len(crowd.near.vehicles) else ()
    found: list[Finding] = []
    for vehicle in crowd.near.vehicles.tolist():
        item = _between(scene, vehicle, crowd, place, rule)
        if item is not None:
            found.append(item)
            if item.fires:
                break
    return min(found, key=lambda item: (len(item.missing), -item.score), default=None)


def _place(scene: Scene, boat: Thing, has_timber: bool, rule: Convergence) -> _Conditions:
    """What is asked of the boat alone."""
    own = (
        lasts("boat still", rule.dwell_s, boat.still_since_us, boat.seen.track.last_seen_us),
        on_our_side(boat, rule.p_thailand),
        at_the_river(boat, rule),
    )
    if _missing(own) > 1:
        return own
    return (*own, at_the_bank(scene, boat, rule), _no_pier(scene, boat, has_timber, rule))


def _between(
    scene: Scene, vehicle: int, crowd: _Crowd, place: _Conditions, rule: Convergence
) -> Finding | None:
    boat, other = crowd.things[crowd.boat], crowd.things[vehicle]
    close = _p_close(boat, other, rule)
    reach = surely(f"vehicle within {rule.within_m:g} m", rule.probability, close)
    conditions = (*place[:3], reach, _stands(other), *place[3:])
    if _missing(conditions) > 1:
        return None
    walkers, since_us = _walkers(vehicle, crowd)
    walk = _walk(len(crowd.near.people), heads(walkers), rule)
    things = (boat, other, *walkers)
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


def _no_pier(scene: Scene, boat: Thing, has_timber: bool, rule: Convergence) -> Condition | None:
    """A listed pier excuses a boat, unless there is timber."""
    off = off_the_pier(scene, boat, rule)
    if off is None or off.met or not has_timber:
        return off
    return replace(off, met=True, found=f"{off.found}; but timber lies there")


def _walkers(vehicle: int, crowd: _Crowd) -> tuple[list[Thing], int]:
    """Who walked between the two, and since when."""
    boat = crowd.things[crowd.boat].seen.track
    whole_m = apart_m(boat, crowd.things[vehicle].seen.track)
    walked = crowd.walks.between(vehicle, crowd.boat, crowd.near.people, whole_m)
    found = [(since_s, crowd.things[row]) for row, since_s in walked]
    since_us = min((round(since_s * 1e6) for since_s, _ in found), default=boat.last_seen_us)
    return [person for _, person in sorted(found, key=_order)], since_us


def _order(found: tuple[float, Thing]) -> tuple[float, str, int, int]:
    since_s, person = found
    track = person.seen.track
    return since_s, track.drone_id, track.first_seen_us, track.ordinal


def _walk(people: int, walkers: int, rule: Convergence) -> Condition:
    found = f"{walkers} surely of {people} tracks of people near"
    return Condition("people walking between", walkers >= rule.count, f">= {rule.count}", found)
