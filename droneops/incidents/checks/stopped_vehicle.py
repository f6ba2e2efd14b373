"""R2: a vehicle stopped inside a park, or at night near its edge."""

from __future__ import annotations

from droneops.coverage.light import Light
from droneops.incidents.checks.found import finding, lasts, lately, some, surely
from droneops.incidents.checks.night import HOUR_WEIGHTS, light
from droneops.incidents.checks.stays import LEAST, SEEN_WITHIN_S
from droneops.incidents.checks.zones import best_hit, holding, nearest, p_within
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import PARKS, StoppedVehicle
from droneops.incidents.scene import Scene, Thing


def stopped_vehicle(scene: Scene, rule: StoppedVehicle) -> tuple[Finding, ...]:
    """One finding for each vehicle that stands, or stands where it matters."""
    return some(_of(scene, thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S))


def _of(scene: Scene, thing: Thing, rule: StoppedVehicle) -> Finding | None:
    stopped = lasts("stopped", rule.dwell_s, thing.still_since_us, thing.seen.track.last_seen_us)
    inside = _p_inside(thing)
    if not stopped.met and inside < rule.probability:
        return None
    edge = nearest(scene, thing, PARKS)
    near = 0.0 if edge is None else p_within(thing, edge, rule.edge_m)
    if edge is None or max(inside, near) < LEAST:
        return None
    now = light(scene, thing)
    where = _where(inside, near, now, f"{edge.distance_m:.0f} m from {edge.zone.id}", rule)
    since_us = thing.still_since_us or thing.seen.track.last_seen_us
    score = max(inside, near) * HOUR_WEIGHTS[now]
    return finding(rule, (thing,), (stopped, where), holding((thing,)) | {edge.zone.id}, since_us, score)


def _where(inside: float, near: float, now: Light, place: str, rule: StoppedVehicle) -> Condition:
    """Whether it stands where it matters: by day in the park, at night near its edge, too."""
    if inside >= rule.probability or now is not Light.NIGHT:
        return surely("inside a park", rule.probability, inside, f"{place}, {now.name.lower()}")
    return surely(f"in a park or within {rule.edge_m:g} m of its edge", rule.probability, near, place)


def _p_inside(thing: Thing) -> float:
    hit = best_hit(thing, PARKS)
    return 0.0 if hit is None else hit.probability_inside
