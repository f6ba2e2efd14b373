"""R4 found out one walker at a time and with every pair of fixes: what the arrays must agree with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.checks.convergence import (
    ALMOST,
    MOST_PEOPLE,
    MOST_VEHICLES,
    _missing,
    _order,
    _p_close,
    _stands,
    _walk,
)
from droneops.incidents.checks.found import finding, lasts, lately, some, surely
from droneops.incidents.checks.ground import apart_m, metres
from droneops.incidents.checks.heads import heads
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.river import at_the_bank, at_the_river, off_the_pier, on_our_side
from droneops.incidents.checks.walk import SIGMAS
from droneops.incidents.checks.zones import beside_border, holding
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Convergence
from droneops.incidents.scene import Scene, Thing
from droneops.incidents.spread import share_turned, widest_m2
from droneops.types import FloatArray


@dataclass(frozen=True, slots=True)
class Trail:
    """A path in metres: ``time_s`` (n,) since 1970, ``east_north_m`` (n, 2), ``own_m2`` (n,), the variance of
    what its sightings do not share; ``common_m2`` of what they do."""

    drone_id: str
    time_s: FloatArray
    east_north_m: FloatArray
    own_m2: FloatArray
    common_m2: float


@dataclass(frozen=True, slots=True)
class Beside:
    """Where a walker is from a thing: ``away_m`` (n, 2), the distance (n,) and its variance (n,).

    No two of the fixes are further apart than ``reach_m``.
    """

    away_m: FloatArray
    reach_m: float
    distance_m: FloatArray
    variance_m2: FloatArray


def trail(thing: Thing, plane: LocalPlane, since_us: int) -> Trail:
    """The path of a thing since a time."""
    fixes = [fix for fix in thing.path if fix.time_us >= since_us] or thing.path[-1:]
    return Trail(
        drone_id=thing.seen.track.drone_id,
        time_s=np.array([fix.time_us / 1e6 for fix in fixes]),
        east_north_m=np.array([plane.east_north_m(fix.lat_deg, fix.lon_deg) for fix in fixes]),
        own_m2=np.array([fix.sigma_m**2 for fix in fixes]),
        common_m2=widest_m2(thing.seen.track.cov_common_m2),
    )


def beside(walker: Trail, other: Trail) -> Beside:
    """Where a walker was from another thing at each of his fixes."""
    there = [np.interp(walker.time_s, other.time_s, other.east_north_m[:, axis]) for axis in (0, 1)]
    away_m = walker.east_north_m - np.column_stack(there)
    own_m2 = walker.own_m2 + np.interp(walker.time_s, other.time_s, other.own_m2)
    shared_m2 = walker.common_m2 + other.common_m2
    if walker.drone_id == other.drone_id:
        unseen_s = np.abs(walker.time_s[:, None] - other.time_s[None, :]).min(axis=1)
        shared_m2 = shared_m2 * share_turned(unseen_s)
    reach_m = float(np.hypot(*(away_m.max(axis=0) - away_m.min(axis=0))))
    return Beside(away_m, reach_m, np.hypot(away_m[:, 0], away_m[:, 1]), own_m2 + shared_m2)


@dataclass(slots=True)
class Trails:
    """The trails of one scene's things since a time, each worked out once."""

    plane: LocalPlane
    since_us: int
    _trails: dict[str, Trail] = field(default_factory=dict)
    _beside: dict[tuple[str, str], Beside] = field(default_factory=dict)

    def of(self, thing: Thing) -> Trail:
        """The trail of a thing."""
        key = thing.seen.track.id
        if key not in self._trails:
            self._trails[key] = trail(thing, self.plane, self.since_us)
        return self._trails[key]

    def beside(self, walker: Thing, other: Thing) -> Beside:
        """Where a walker was from another thing."""
        key = walker.seen.track.id, other.seen.track.id
        if key not in self._beside:
            self._beside[key] = beside(self.of(walker), self.of(other))
        return self._beside[key]


def walked_since_s(
    walker: Trail, of_vehicle: Beside, of_boat: Beside, whole_m: float, rule: Convergence
) -> float | None:
    """When somebody set out on the first walk between the two, seconds since 1970; None without one.

    ``of_vehicle`` and ``of_boat`` are where the walker was from each (`beside`), ``whole_m`` is how far the
    two are apart.
    """
    least_m = max(rule.least_walk_m, rule.walk_share * whole_m)
    # Most people near a boat stand about, or pass by: nothing more is asked of them.
    if min(of_vehicle.reach_m, of_boat.reach_m) < least_m:
        return None
    at_vehicle, at_boat = _is_at(of_vehicle, rule), _is_at(of_boat, rule)
    if not (at_vehicle.any() or at_boat.any()):
        return None
    nearer_m = rule.walk_share * whole_m
    to_boat = at_vehicle[:, None] & (at_boat[None, :] | _comes_nearer(of_boat, nearer_m))
    to_vehicle = at_boat[:, None] & (at_vehicle[None, :] | _comes_nearer(of_vehicle, nearer_m))
    legs = (to_boat | to_vehicle) & _is_a_walk(of_vehicle, least_m) & _is_a_walk(of_boat, least_m)
    starts = np.flatnonzero(legs.any(axis=1))
    return float(walker.time_s[starts[0]]) if len(starts) else None


def _is_a_walk(away: Beside, least_m: float) -> npt.NDArray[np.bool_]:
    """(n, n): whether from one fix to a later one is far enough to be a walk, beyond the error of both."""
    step = away.away_m[None, :, :] - away.away_m[:, None, :]
    variance_m2 = away.variance_m2[None, :] + away.variance_m2[:, None]
    at_least_m2 = np.maximum(least_m**2, SIGMAS**2 * variance_m2)
    is_far: npt.NDArray[np.bool_] = np.einsum("ijk,ijk->ij", step, step) >= at_least_m2
    return np.triu(is_far, k=1)


def _comes_nearer(goal: Beside, by_m: float) -> npt.NDArray[np.bool_]:
    """(n, n): whether from one fix to another he came well toward a thing."""
    nearer: npt.NDArray[np.bool_] = goal.distance_m[:, None] - goal.distance_m[None, :] >= by_m
    return nearer


def _is_at(away: Beside, rule: Convergence) -> npt.NDArray[np.bool_]:
    at: npt.NDArray[np.bool_] = away.distance_m <= rule.near_m + np.sqrt(away.variance_m2)
    return at


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
