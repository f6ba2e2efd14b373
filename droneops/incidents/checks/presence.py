"""R0: a thing in a park or the border strip."""

from __future__ import annotations

from droneops.incidents.checks.found import finding, lately, some
from droneops.incidents.checks.stays import SEEN_WITHIN_S, begin_us, is_worth_asking, stay
from droneops.incidents.checks.zones import best_hit
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Presence
from droneops.incidents.scene import Scene, Thing
from geofences import Kind

KINDS = frozenset({Kind.PARK, Kind.BORDER})


def presence(scene: Scene, rule: Presence) -> tuple[Finding, ...]:
    """One finding for each thing that may be in such a zone."""
    return some(_of(thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S))


def _of(thing: Thing, rule: Presence) -> Finding | None:
    hit = best_hit(thing, KINDS)
    if hit is None or not is_worth_asking(hit):
        return None
    held = {
        hit.zone.id
        for hit in thing.seen.hits
        if hit.zone.kind in KINDS and hit.probability_inside >= rule.probability
    }
    since_us = begin_us(thing, hit, rule.probability)
    conditions = stay(thing, hit, rule.probability, rule.dwell_s)
    return finding(rule, (thing,), conditions, held, since_us, hit.probability_inside)
