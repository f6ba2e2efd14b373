"""R12: fire, smoke, a person in distress."""

from __future__ import annotations

from dataclasses import replace

from droneops.incidents.checks.found import finding, lasts, lately, many
from droneops.incidents.checks.stays import SEEN_WITHIN_S
from droneops.incidents.checks.zones import holding
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Distress
from droneops.incidents.scene import Scene, Thing


def distress(scene: Scene, rule: Distress) -> tuple[Finding, ...]:
    """One finding for each fire, smoke, and person in distress, wherever it is."""
    in_need = replace(rule, event=rule.distress_event)
    return (
        *(_of(thing, rule) for thing in lately(scene, rule.labels, SEEN_WITHIN_S)),
        *(_of(thing, in_need) for thing in lately(scene, rule.distress_labels, SEEN_WITHIN_S)),
    )


def _of(thing: Thing, rule: Distress) -> Finding:
    track = thing.seen.track
    conditions = (
        many("sightings", rule.sightings, track.sightings),
        lasts("seen", rule.dwell_s, track.first_seen_us, track.last_seen_us),
    )
    # A fire is as much a fire by day: the hour has no weight here.
    return finding(rule, (thing,), conditions, holding((thing,)), track.first_seen_us, track.best_score)
