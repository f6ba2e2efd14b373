"""R11: a drone that does not see where a zone matters."""

from __future__ import annotations

from droneops.incidents.checks.found import lasts
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import Blind
from droneops.incidents.scene import Blindness, Scene


def blind(scene: Scene, rule: Blind) -> tuple[Finding, ...]:
    """One finding for each blind drone. Without any zone loaded everything matters."""
    return tuple(_of(scene, item, rule) for item in scene.blind)


def _of(scene: Scene, item: Blindness, rule: Blind) -> Finding:
    zones = ", ".join(sorted(item.zone_ids)[:3]) or "none"
    conditions = (
        lasts(item.reason, rule.dwell_s, item.since_us, scene.time_us),
        Condition("where a zone matters", bool(item.zone_ids or not scene.zones.zones), "a zone", zones),
    )
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        event=rule.event,
        severity=rule.severity,
        things=(),
        zone_ids=item.zone_ids,
        drone_id=item.drone_id,
        since_us=item.since_us,
        score=1.0,
        conditions=conditions,
    )
