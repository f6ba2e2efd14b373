"""R9: a boat crossing the border line after an open R3 or R4."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from droneops.incidents.checks.found import finding, lately, some, surely
from droneops.incidents.checks.ground import apart_m
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.stays import SEEN_WITHIN_S
from droneops.incidents.checks.zones import beside_border, holding
from droneops.incidents.finding import Finding
from droneops.incidents.incident import Incident
from droneops.incidents.rules import Convergence, Crossing, MooredBoat
from droneops.incidents.scene import Fix, Scene, Thing
from droneops.times import to_datetime
from droneops.types import FloatArray

LOADED = frozenset({MooredBoat.id, Convergence.id})
"""The rules after which a boat that leaves is news; a ferry crosses every hour."""

WORTH_ASKING = 0.5
"""While it is more probably in Thailand than not, it has not crossed: not even nearly."""


def crossing(scene: Scene, rule: Crossing) -> tuple[Finding, ...]:
    """One finding for each boat of such an incident that may be across."""
    incidents = [incident for incident in scene.incidents if LOADED & _rule_ids(incident)]
    if not incidents:
        return ()
    boats = [t for t in lately(scene, rule.labels, SEEN_WITHIN_S) if _may_be_across(t)]
    return some(_of(scene, boat, incident, rule) for boat in boats for incident in incidents)


def _rule_ids(incident: Incident) -> frozenset[str]:
    return incident.rule_ids | {incident.rule_id}


def _may_be_across(boat: Thing) -> bool:
    return boat.seen.border is not None and boat.seen.border.p_thailand < WORTH_ASKING


def _of(scene: Scene, boat: Thing, incident: Incident, rule: Crossing) -> Finding | None:
    border = boat.seen.border
    if border is None or not _was_there(boat, incident, rule):
        return None
    before = _p_thailand_before(scene, boat)
    across = 1 - border.p_thailand
    conditions = (
        surely("was in Thailand", rule.p_thailand, before),
        surely("is across", 1 - rule.p_crossed, across, f"{-border.distance_m:.0f} m beyond the line"),
    )
    zone_ids = holding((boat,)) | beside_border((boat,)) | incident.zone_ids
    since_us = boat.seen.track.last_seen_us
    news = finding(rule, (boat,), conditions, zone_ids, since_us, weighed(across * before, scene, boat))
    return replace(news, updates=incident.id)


def _was_there(boat: Thing, incident: Incident, rule: Crossing) -> bool:
    """Whether a boat is the incident's, or began where one of the incident's boats lay."""
    boats = [track for track in incident.tracks if track.label in rule.labels]
    if any(track.id == boat.seen.track.id for track in boats):
        return True
    begun = boat.path[0]
    return any(
        track.last_seen_us <= begun.time_us and apart_m(track, begun) <= rule.within_m for track in boats
    )


def _p_thailand_before(scene: Scene, boat: Thing) -> float:
    """The probability that a boat was in Thailand at the fix furthest from where it is now."""
    now, shared_m2 = boat.path[-1], boat.seen.track.cov_common_m2
    then = max(boat.path, key=lambda fix: (apart_m(now, fix), fix.time_us))
    cov_m2 = shared_m2 + np.eye(2) * then.sigma_m**2
    return _p_thailand(scene, then, cov_m2)


def _p_thailand(scene: Scene, fix: Fix, cov_m2: FloatArray) -> float:
    at = to_datetime(fix.time_us)
    side = scene.zones.border(lat_deg=fix.lat_deg, lon_deg=fix.lon_deg, cov_m2=cov_m2, at=at)
    return 0.0 if side is None else side.p_thailand
