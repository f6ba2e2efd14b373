"""Findings and rules in words: why a rule fired, why it did not, what it asks for."""

from __future__ import annotations

from typing import Any

from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rule import Rule
from droneops.incidents.rule_set import RuleSet, lacking
from droneops.times import to_text
from geofences import ZoneIndex


def explain(finding: Finding) -> str:
    """A finding in one paragraph: the rule, what about, and each condition with what was wanted and found."""
    verdict = "fired" if finding.fires else "did not fire"
    about = ", ".join(f"{seen.track.label} {seen.track.id}" for seen in finding.things[:5])
    more = f" and {len(finding.things) - 5} more" if len(finding.things) > 5 else ""
    head = f"{finding.rule_id} {verdict} ({finding.event}, {finding.severity}, score {finding.score:.2f})"
    lines = [f"{head}: {about or f'drone {finding.drone_id}'}{more}, since {to_text(finding.since_us)}"]
    return "\n".join((*lines, *(_line(condition) for condition in finding.conditions))) + "\n"


def why_not(finding: Finding) -> str:
    """The one condition that was missing, in a line."""
    missing = "; ".join(f"{item.name}: wanted {item.wanted}, found {item.found}" for item in finding.missing)
    return f"{finding.rule_id} almost fired: {missing}"


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for machines: the rule, its founder, when it began and was last seen, and each condition."""
    founder = finding.things[0].track if finding.things else None
    last_us = max((seen.track.last_seen_us for seen in finding.things), default=None)
    return {
        "rule": {"id": finding.rule_id, "version": finding.rule_version},
        "event": finding.event,
        "severity": finding.severity,
        "drone_id": finding.drone_id,
        "track_id": None if founder is None else founder.id,
        "label": None if founder is None else founder.label,
        "things": len(finding.things),
        "zones": sorted(finding.zone_ids),
        "since": to_text(finding.since_us),
        "last_seen": None if last_us is None else to_text(last_us),
        "score": round(finding.score, 3),
        "conditions": [
            {"name": item.name, "wanted": item.wanted, "found": item.found, "met": item.met}
            for item in finding.conditions
        ],
    }


def rule_json(rule: Rule) -> dict[str, Any]:
    """All there is to say of a rule, for machines."""
    reasons = rule.reasons()
    return {
        "id": rule.id,
        "version": rule.version,
        "fires_on": rule.fires_on,
        "settings": rule.values(),
        "reasons": reasons,
        "without": [{"kinds": sorted(lack.kinds), "then": lack.then} for lack in rule.lacks],
    }


def rule_text(rule: Rule, zones: ZoneIndex) -> str:
    """All there is to say of a rule: what it fires on, its thresholds with their reasons, what it lacks."""
    reasons, values = rule.reasons(), rule.values()
    state = "" if rule.enabled else ", switched off"
    lines = [f"{rule.id} version {rule.version}{state}: {rule.fires_on}"]
    for key, value in values.items():
        if key != "enabled":
            why = f"    {reasons[key]}" if key in reasons else ""
            lines.append(f"  {key} = {_shown(value)}{why}")
    missing = {lack.kinds for lack in lacking(rule, zones)}
    for lack in rule.lacks:
        there = "MISSING HERE" if lack.kinds in missing else "loaded"
        lines.append(f"  without {lack.named}: {lack.then} ({there})")
    return "\n".join(lines) + "\n"


def table(rules: RuleSet, zones: ZoneIndex) -> str:
    """All rules, one a line, and what they lack."""
    lines = []
    for rule in rules.rules:
        off = any(lack.then == "off" for lack in lacking(rule, zones))
        state = "off" if off or not rule.enabled else "on"
        lines.append(f"{rule.id:4} {state:4} {rule.severity:9} {rule.event:19} {rule.fires_on}")
    return "\n".join(lines) + "\n"


def _line(condition: Condition) -> str:
    mark = "yes" if condition.met else "NO "
    return f"  {mark} {condition.name}: wanted {condition.wanted}, found {condition.found}"


def _shown(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
