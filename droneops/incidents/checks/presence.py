"""R0: a thing in a park or the border strip."""

from __future__ import annotations

from dataclasses import replace

from droneops.incidents.checks.found import finding, lately, some, surely
from droneops.incidents.checks.stays import SEEN_WITHIN_S, begin_us, is_worth_asking, stay
from droneops.incidents.checks.zones import best_hit
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Presence
from droneops.incidents.scene import Scene, Thing
from geofences import Kind

KINDS = frozenset({Kind.PARK, Kind.BORDER})
PARKS = frozenset({Kind.PARK})


def presence(scene: Scene, rule: Presence) -> tuple[Finding, ...]:
    """One finding for each thing that may be in such a zone."""
    return some(_of(thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S))


def _of(thing: Thing, rule: Presence) -> Finding | None:
    park = best_hit(thing, PARKS)
    in_park = park is not None and park.probability_inside >= rule.probability
    hit = park if in_park else best_hit(thing, KINDS)
    if hit is None or not is_worth_asking(hit):
        return None
    conditions: tuple[Condition | None, ...] = stay(thing, hit, rule.probability, rule.dwell_s)
    if hit.zone.kind is Kind.BORDER:
        rule = replace(rule, severity=rule.severity_in_strip)
        conditions = (*conditions, _not_surely_in_laos(thing, rule))
    held = {
        hit.zone.id
        for hit in thing.seen.hits
        if hit.zone.kind in KINDS and hit.probability_inside >= rule.probability
    }
    since_us = begin_us(thing, hit, rule.probability)
    return finding(rule, (thing,), conditions, held, since_us, hit.probability_inside)


def _not_surely_in_laos(thing: Thing, rule: Presence) -> Condition | None:
    border = thing.seen.border
    if border is None:
        return None
    return surely("not surely in Laos", rule.p_thailand, border.p_thailand, border.side)
