"""R6: a tractor or truck in a park's interior."""

from __future__ import annotations

from droneops.incidents.checks.found import finding, lasts, lately, some, surely
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.stays import SEEN_WITHIN_S, begin_us, is_worth_asking
from droneops.incidents.checks.zones import best_hit, holding, p_deep_inside, surely_off
from droneops.incidents.finding import Finding
from droneops.incidents.rules import PARKS, HeavyVehicle
from droneops.incidents.scene import Scene, Thing
from geofences import Kind


def heavy_vehicle(scene: Scene, rule: HeavyVehicle) -> tuple[Finding, ...]:
    """One finding for each such vehicle in a park."""
    return some(_of(scene, thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S))


def _of(scene: Scene, thing: Thing, rule: HeavyVehicle) -> Finding | None:
    hit = best_hit(thing, PARKS)
    if hit is None or not is_worth_asking(hit):
        return None
    deep = p_deep_inside(thing, hit, rule.interior_m)
    since_us = begin_us(thing, hit, rule.probability)
    conditions = (
        surely(f"inside {hit.zone.id} by {rule.interior_m:g} m", rule.probability, deep),
        lasts("stays", rule.dwell_s, since_us, thing.seen.track.last_seen_us),
        surely_off(scene, thing, Kind.ROAD, rule.road_within_m, rule.probability),
    )
    return finding(rule, (thing,), conditions, holding((thing,)), since_us, weighed(deep, scene, thing))
