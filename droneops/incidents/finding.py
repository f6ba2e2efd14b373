"""What a rule makes of a scene: what it saw, what it asked for, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass

from droneops.incidents.condition import Condition
from droneops.incidents.incident import Observation

__all__ = ["Condition", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's answer about one group of things.

    ``things`` are what the rule is about, the founder first, of whom the incident's first message speaks;
    empty only for a rule about a drone itself (R11). ``zone_ids`` are the zones that hold them: they decide
    who hears of it. ``since_us`` is when the situation began, ``score`` how much speaks for it (0 to 1; the
    hour enters here and is never a condition). ``updates`` names the open incident that this is news of
    (R8, R9). ``drone_id`` and ``since_us`` name the founder of a finding without things.
    """

    rule_id: str
    rule_version: str
    event: str
    severity: str
    things: tuple[Observation, ...]
    zone_ids: frozenset[str]
    drone_id: str
    since_us: int
    score: float
    conditions: tuple[Condition, ...]
    updates: str | None = None

    @property
    def fires(self) -> bool:
        """Whether all that the rule asks for is there."""
        return all(condition.met for condition in self.conditions)

    @property
    def missing(self) -> tuple[Condition, ...]:
        """What is not there; one alone is a near miss."""
        return tuple(condition for condition in self.conditions if not condition.met)
