"""R3: a boat moored or nosed to the Thai bank."""

from __future__ import annotations

from dataclasses import replace

from droneops.incidents.checks.found import finding, lasts, lately, some
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.river import at_the_bank, at_the_river, off_the_pier, on_our_side
from droneops.incidents.checks.stays import SEEN_WITHIN_S
from droneops.incidents.checks.zones import beside_border, has, holding
from droneops.incidents.finding import Finding
from droneops.incidents.rules import MooredBoat
from droneops.incidents.scene import Scene, Thing
from geofences import Kind


def moored_boat(scene: Scene, rule: MooredBoat) -> tuple[Finding, ...]:
    """One finding for each boat that may lie at the bank."""
    if not has(scene, (Kind.BANK,)):
        rule = replace(rule, severity=rule.severity_without_bank)
    return some(_of(scene, thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S))


def _of(scene: Scene, thing: Thing, rule: MooredBoat) -> Finding | None:
    if thing.seen.border is None:
        return None
    conditions = (
        lasts("still", rule.dwell_s, thing.still_since_us, thing.seen.track.last_seen_us),
        on_our_side(thing, rule.p_thailand),
        at_the_river(thing, rule),
    )
    if sum(not condition.met for condition in conditions) > 1:
        return None
    where = (at_the_bank(scene, thing, rule), off_the_pier(scene, thing, rule))
    zone_ids = holding((thing,)) | beside_border((thing,))
    since_us = thing.still_since_us or thing.seen.track.last_seen_us
    score = weighed(thing.seen.border.p_thailand, scene, thing)
    return finding(rule, (thing,), (*conditions, *where), zone_ids, since_us, score)
