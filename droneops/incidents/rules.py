"""When the police are alerted.

One interim rule stands until the rules of the field are written:

    R0  presence: a thing that the rules look for, inside a park or the border strip with at least
        ``probability``, for at least ``dwell_s`` without a break longer than ``gap_s``.

It knows nothing of permits, hours or behaviour, so it says "intrusion", never "illegal logging".
"""

from __future__ import annotations

from dataclasses import dataclass

from geofences import ZoneHit

SUBJECT_LABELS = frozenset({"person", "vehicle", "motorcycle", "boat", "log_pile", "fire", "smoke"})
"""What the rules look for. A detector's label that maps to none of these raises no incident."""


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """R0 and its thresholds; each can be set in the site file under ``[[rule]]`` with ``id = "R0"``.

    A further thing within ``within_m`` of an incident's things and ``within_s`` of its last sighting belongs
    to that incident. News of a growing incident is held back until ``news_every_s`` has passed.
    """

    id: str = "R0"
    version: str = "1"
    enabled: bool = True
    event: str = "intrusion"
    severity: str = "moderate"
    labels: frozenset[str] = SUBJECT_LABELS
    kinds: frozenset[str] = frozenset({"park", "border"})
    probability: float = 0.8
    dwell_s: float = 2.0
    gap_s: float = 5.0
    within_m: float = 150.0
    within_s: float = 300.0
    news_every_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a track has been inside without a break."""

    since_us: int
    until_us: int

    @property
    def seconds(self) -> float:
        """From the first to the last sighting inside."""
        return (self.until_us - self.since_us) / 1e6


def best_hit(rule: PresenceRule, hits: tuple[ZoneHit, ...]) -> ZoneHit | None:
    """The zone of the rule's kinds that most probably holds the thing, if it passes the threshold."""
    fitting = [hit for hit in hits if hit.zone.kind in rule.kinds]
    best = max(fitting, key=lambda hit: hit.probability_inside, default=None)
    return best if best is not None and best.probability_inside >= rule.probability else None


def stay_after(rule: PresenceRule, stay: Stay | None, time_us: int, inside: bool) -> Stay | None:
    """The stay after a further sighting; outside ends it, too long out of sight begins a new one."""
    if not inside:
        return None
    if stay is None or time_us - stay.until_us > rule.gap_s * 1e6:
        return Stay(time_us, time_us)
    return Stay(stay.since_us, time_us)


def fires(rule: PresenceRule, stay: Stay | None) -> bool:
    """Whether a stay is long enough."""
    return rule.enabled and stay is not None and stay.seconds >= rule.dwell_s
