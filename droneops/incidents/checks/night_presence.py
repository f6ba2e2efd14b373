"""R1: people or lights inside a park at night."""

from __future__ import annotations

from droneops.coverage.light import Light
from droneops.incidents.checks.found import finding, lately, some
from droneops.incidents.checks.night import light
from droneops.incidents.checks.stays import SEEN_WITHIN_S, begin_us, is_worth_asking, stay
from droneops.incidents.checks.zones import best_hit, holding, surely_off
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import PARKS, NightPresence
from droneops.incidents.scene import Scene, Thing
from geofences import Kind


def night_presence(scene: Scene, rule: NightPresence) -> tuple[Finding, ...]:
    """One finding for each person or light that may be in a park."""
    things = [t for t in lately(scene, rule.labels, SEEN_WITHIN_S) if is_worth_asking(best_hit(t, PARKS))]
    if not things:
        return ()
    # The sun stands as high over all that one patrol sees.
    dark = _is_night(light(scene, things[0]))
    return some(_of(scene, thing, dark, rule) for thing in things)


def _of(scene: Scene, thing: Thing, dark: Condition, rule: NightPresence) -> Finding | None:
    hit = best_hit(thing, PARKS)
    if hit is None:
        return None
    conditions = (dark, *stay(thing, hit, rule.probability, rule.dwell_s))
    if sum(not condition.met for condition in conditions) > 1:
        return None
    # By day it is the hour that is missing, wherever the trails run.
    trail = surely_off(scene, thing, Kind.TRAIL, rule.trail_within_m, rule.probability) if dark.met else None
    since_us = begin_us(thing, hit, rule.probability)
    return finding(rule, (thing,), (*conditions, trail), holding((thing,)), since_us, hit.probability_inside)


def _is_night(now: Light) -> Condition:
    return Condition("night", now is Light.NIGHT, "after civil dusk", now.name.lower())
