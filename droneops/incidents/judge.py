"""All rules over one scene."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from droneops.incidents import rules as r
from droneops.incidents.checks.blind import blind
from droneops.incidents.checks.camp import camp
from droneops.incidents.checks.convergence import convergence
from droneops.incidents.checks.crossing import crossing
from droneops.incidents.checks.distress import distress
from droneops.incidents.checks.flight import flight
from droneops.incidents.checks.group import group
from droneops.incidents.checks.heavy_vehicle import heavy_vehicle
from droneops.incidents.checks.moored_boat import moored_boat
from droneops.incidents.checks.night_presence import night_presence
from droneops.incidents.checks.presence import presence
from droneops.incidents.checks.stopped_vehicle import stopped_vehicle
from droneops.incidents.checks.timber import timber
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rule import Rule
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Scene
from droneops.incidents.suppression import excuse
from droneops.incidents.trace import founder_of
from droneops.types import TrackState

CHECKS: Mapping[type[Rule], Callable[[Scene, Any], tuple[Finding, ...]]] = {
    r.Presence: presence,
    r.NightPresence: night_presence,
    r.StoppedVehicle: stopped_vehicle,
    r.MooredBoat: moored_boat,
    r.Convergence: convergence,
    r.Group: group,
    r.HeavyVehicle: heavy_vehicle,
    r.Timber: timber,
    r.Flight: flight,
    r.Crossing: crossing,
    r.Camp: camp,
    r.Blind: blind,
    r.Distress: distress,
}
"""How each rule is found out: a pure function of the scene and the rule's settings."""


def judge(scene: Scene, rules: RuleSet) -> tuple[Finding, ...]:
    """What the rules make of a scene: all that fire, and all that fail by one condition, in the rules' order.

    Tentative tracks count for nothing. What would have fired but for our own people's trackers or a permit is
    a near miss.
    """
    believed = tuple(t for t in scene.things if t.seen.track.state is not TrackState.TENTATIVE)
    scene = replace(scene, things=believed)
    excuses = {t.seen.track.id: why for t in believed if (why := excuse(t, scene)) is not None}
    if not excuses:
        return tuple(_judged(scene, rules.enabled))
    left = replace(scene, things=tuple(t for t in believed if t.seen.track.id not in excuses))
    found = {rule.id: tuple(_judged(left, (rule,))) for rule in rules.enabled}
    return tuple(
        finding
        for rule in rules.enabled
        for finding in (*found[rule.id], *_excused(_judged(scene, (rule,)), excuses, found[rule.id]))
    )


def _judged(scene: Scene, rules: Iterable[Rule]) -> Iterable[Finding]:
    labels = {thing.seen.track.label for thing in scene.things}
    for rule in rules:
        looked_at = rule.all_labels
        if looked_at & labels or not looked_at:
            yield from (item for item in CHECKS[type(rule)](scene, rule) if len(item.missing) <= 1)


def _excused(
    found: Iterable[Finding], excuses: Mapping[str, str], without: tuple[Finding, ...]
) -> Iterable[Finding]:
    """What fires only with the things that are left out, with the reason as the condition that is missing."""
    firing = {founder_of(item) for item in without if item.fires}
    for item in found:
        whys = [excuses[seen.track.id] for seen in item.things if seen.track.id in excuses]
        if item.fires and whys and founder_of(item) not in firing:
            excused = Condition("not one of ours nor permitted", False, "neither", whys[0])
            yield replace(item, conditions=(*item.conditions, excused))
