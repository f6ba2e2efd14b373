"""Making a finding, and the conditions that many rules share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rule import Rule
from droneops.incidents.scene import Scene, Thing


def finding(
    rule: Rule,
    things: Sequence[Thing],
    conditions: Iterable[Condition | None],
    zone_ids: Iterable[str],
    since_us: int,
    score: float,
) -> Finding:
    """A rule's finding about things, the founder first; conditions that do not arise are left out."""
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        event=rule.event,
        severity=rule.severity,
        things=tuple(thing.seen for thing in things),
        zone_ids=frozenset(zone_ids),
        drone_id=things[0].seen.track.drone_id,
        since_us=since_us,
        score=round(min(max(score, 0.0), 1.0), 4),
        conditions=tuple(condition for condition in conditions if condition is not None),
    )


def some(found: Iterable[Finding | None]) -> tuple[Finding, ...]:
    """The findings that there are."""
    return tuple(item for item in found if item is not None)


def lately(scene: Scene, labels: frozenset[str], within_s: float) -> list[Thing]:
    """The things with these labels that were seen in the last ``within_s``."""
    oldest_us = scene.time_us - within_s * 1e6
    return [
        thing
        for thing in scene.things
        if thing.seen.track.label in labels and thing.seen.track.last_seen_us >= oldest_us
    ]


def lasts(name: str, wanted_s: float, since_us: int | None, until_us: int) -> Condition:
    """Whether something has gone on long enough."""
    found_s = 0.0 if since_us is None else (until_us - since_us) / 1e6
    return Condition(name, found_s >= wanted_s, f">= {wanted_s:g} s", f"{found_s:.1f} s")


def surely(name: str, wanted: float, probability: float, where: str = "") -> Condition:
    """Whether something is probable enough."""
    found = f"p = {probability:.3f}{where and f', {where}'}"
    return Condition(name, probability >= wanted, f"p >= {wanted:g}", found)


def many(name: str, wanted: int, count: int) -> Condition:
    """Whether there are enough."""
    return Condition(name, count >= wanted, f">= {wanted}", str(count))
