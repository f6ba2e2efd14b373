"""R10: a camp in a park.

Its age is that of the oldest shelter or fire remembered there, whichever track it was: a patrol sees a camp,
goes on, and comes back after the track was forgotten.
"""

from __future__ import annotations

from droneops.incidents.checks.clusters import clusters, places_m
from droneops.incidents.checks.found import finding, lasts, lately, many, some, surely
from droneops.incidents.checks.ground import apart_m
from droneops.incidents.checks.heads import heads
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.stays import LEAST
from droneops.incidents.checks.zones import best_hit, holding
from droneops.incidents.finding import Finding
from droneops.incidents.rules import PARKS, Camp
from droneops.incidents.scene import Scene, Thing


def camp(scene: Scene, rule: Camp) -> tuple[Finding, ...]:
    """One finding for each company of shelters and fires with people about them."""
    hearths = [t for t in lately(scene, rule.labels, rule.within_s) if _p_inside([t]) >= LEAST]
    if not hearths:
        return ()
    people = lately(scene, rule.people_labels, rule.within_s)
    companies = clusters(places_m(hearths), rule.within_m)
    return some(_of(scene, [hearths[i] for i in company], people, rule) for company in companies)


def _of(scene: Scene, hearths: list[Thing], people: list[Thing], rule: Camp) -> Finding | None:
    there = [person for person in people if _is_at(person, hearths, rule.within_m)]
    before = [thing for thing in scene.things if thing.seen.track.label in rule.labels]
    since_us = min(thing.path[0].time_us for thing in before if _is_at(thing, hearths, rule.within_m))
    latest_us = max(thing.seen.track.last_seen_us for thing in hearths)
    inside = _p_inside(hearths)
    conditions = (
        surely("inside a park", rule.probability, inside),
        many("people", rule.count, heads(there)),
        lasts("there", rule.dwell_s, since_us, latest_us),
    )
    things = (*hearths, *there)
    return finding(rule, things, conditions, holding(things), since_us, weighed(inside, scene, hearths[0]))


def _is_at(thing: Thing, hearths: list[Thing], within_m: float) -> bool:
    return any(apart_m(thing.seen.track, hearth.seen.track) <= within_m for hearth in hearths)


def _p_inside(things: list[Thing]) -> float:
    hits = [hit.probability_inside for thing in things if (hit := best_hit(thing, PARKS)) is not None]
    return max(hits, default=0.0)
