"""R8: a vehicle leaving an open incident fast toward the river."""

from __future__ import annotations

import math
from dataclasses import replace

from droneops.incidents.checks.found import finding, lately, some
from droneops.incidents.checks.ground import apart_m
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.stays import SEEN_WITHIN_S
from droneops.incidents.checks.zones import beside_border, holding, nearest
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.grade import family_of
from droneops.incidents.incident import Incident
from droneops.incidents.rules import Flight, Presence
from droneops.incidents.scene import Fix, Scene, Thing
from droneops.incidents.spread import p_below
from droneops.tracking.motion import Motion, motion
from droneops.types import Track
from geofences import Kind


def flight(scene: Scene, rule: Flight) -> tuple[Finding, ...]:
    """One finding for each vehicle on its way and each incident that it was part of."""
    incidents = [i for i in scene.incidents if _is_left(i, rule)]
    if not incidents:
        return ()
    movers = [t for t in lately(scene, rule.labels, SEEN_WITHIN_S) if _may_move(t.seen.track, rule)]
    return some(_of(scene, thing, incident, rule) for thing in movers for incident in incidents)


def _is_left(incident: Incident, rule: Flight) -> bool:
    """Whether leaving an incident is news: more was found there than that somebody is in a zone.

    Every car on a park's road is that, and every one that drives on leaves where it was first seen.
    """
    found = incident.rule_ids | {incident.rule_id}
    return family_of(incident.event) == family_of(rule.event) and found != {Presence.id}


def _may_move(track: Track, rule: Flight) -> bool:
    return math.hypot(*track.velocity_mps.tolist()) > rule.speed_mps / 2


def _of(scene: Scene, thing: Thing, incident: Incident, rule: Flight) -> Finding | None:
    nearest_m = _nearest_m(scene, thing, incident, rule)
    if nearest_m is None:
        return None
    track, moves = thing.seen.track, motion(thing.seen.track)
    away_m = _away_m(thing, incident)
    fast = 1 - p_below(moves.speed_mps, moves.speed_sigma_mps, rule.speed_mps)
    river = _toward_the_river(scene, thing, moves, rule)
    limit = f"p >= {rule.probability:g} that it is over {rule.speed_mps:g} m/s"
    conditions = (
        Condition("leaves", away_m - nearest_m >= rule.away_m, f">= {rule.away_m:g} m", f"{away_m:.0f} m"),
        Condition("fast", fast >= rule.probability, limit, f"p = {fast:.3f}, {moves.speed_mps:.1f} m/s"),
        river,
    )
    zone_ids = holding((thing,)) | beside_border((thing,)) | incident.zone_ids
    news = finding(rule, (thing,), conditions, zone_ids, track.last_seen_us, weighed(fast, scene, thing))
    return replace(news, updates=incident.id)


def _places(thing: Thing, incident: Incident) -> list[Track | Fix]:
    """Where an incident is: its other things; its own first place, where the vehicle is all of it."""
    others: list[Track | Fix] = [t for t in incident.tracks if t.id != thing.seen.track.id]
    return others or [thing.path[0]]


def _nearest_m(scene: Scene, thing: Thing, incident: Incident, rule: Flight) -> float | None:
    """How near a vehicle came to an incident of late; None where it took no part."""
    oldest_us = scene.time_us - rule.within_s * 1e6
    fixes = [fix for fix in thing.path if fix.time_us >= oldest_us]
    places = _places(thing, incident)
    found_m = min((apart_m(place, fix) for place in places for fix in fixes), default=math.inf)
    is_part = any(track.id == thing.seen.track.id for track in incident.tracks)
    return found_m if is_part or found_m <= rule.within_m else None


def _away_m(thing: Thing, incident: Incident) -> float:
    return min(apart_m(place, thing.path[-1]) for place in _places(thing, incident))


def _toward_the_river(scene: Scene, thing: Thing, moves: Motion, rule: Flight) -> Condition:
    """Whether its course, with its error, lies within the cone about the way to the border."""
    name, wanted = "toward the river", f"p >= {rule.probability:g} within {rule.cone_deg:g} deg"
    border = nearest(scene, thing, (Kind.BORDER,))
    if border is None or border.bearing_deg is None:
        return Condition(name, False, wanted, "no border line")
    if moves.course_rad is None or moves.course_sigma_rad is None:
        return Condition(name, False, wanted, "course unknown")
    off_deg = (math.degrees(moves.course_rad) - border.bearing_deg + 180) % 360 - 180
    sigma_deg = math.degrees(moves.course_sigma_rad)
    inside = p_below(off_deg, sigma_deg, rule.cone_deg) - p_below(off_deg, sigma_deg, -rule.cone_deg)
    return Condition(name, inside >= rule.probability, wanted, f"p = {inside:.3f}, {off_deg:+.0f} deg off")
