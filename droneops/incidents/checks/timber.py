"""R7: a log pile, planks or stumps, over several looks."""

from __future__ import annotations

from dataclasses import replace

from droneops.incidents.checks.found import finding, lasts, lately, many, some
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.stays import SEEN_WITHIN_S
from droneops.incidents.checks.zones import best_hit, holding
from droneops.incidents.finding import Finding
from droneops.incidents.rules import PARKS, Timber
from droneops.incidents.scene import Scene, Thing
from geofences import Kind


def timber(scene: Scene, rule: Timber) -> tuple[Finding, ...]:
    """One finding for each heap of timber."""
    return some(_of(scene, thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S))


def _of(scene: Scene, thing: Thing, rule: Timber) -> Finding | None:
    track = thing.seen.track
    conditions = (
        many("sightings", rule.sightings, track.sightings),
        lasts("seen", rule.dwell_s, track.first_seen_us, track.last_seen_us),
    )
    if not _matters(thing, rule):
        rule = replace(rule, severity=rule.severity_outside)
    score = weighed(track.best_score, scene, thing)
    return finding(rule, (thing,), conditions, holding((thing,)), track.first_seen_us, score)


def _matters(thing: Thing, rule: Timber) -> bool:
    """Whether timber lies in a park, or in the border strip and not surely in Laos."""
    park, strip, border = best_hit(thing, PARKS), best_hit(thing, (Kind.BORDER,)), thing.seen.border
    if park is not None and park.probability_inside >= rule.probability:
        return True
    near = strip is not None and strip.probability_inside >= rule.probability
    return near and border is not None and border.p_thailand >= rule.p_thailand
