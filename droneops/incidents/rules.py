"""When the police are alerted.

One interim rule stands until the rules of the field are written:

    R0  presence: a thing that the rules look for, inside a park or the border strip with at least
        ``probability``, for at least ``dwell_s`` without a break longer than ``gap_s``.

It knows nothing of permits, hours or behaviour, so it says "intrusion", never "illegal logging".

What is said of an incident afterwards: a further thing that joins it, a thing that changes sides of the
border or goes into another of the rule's zones (both after ``news_every_s``), and a thing that has moved
beyond the error of both positions (after ``moves_every_s``).
"""

from __future__ import annotations

from dataclasses import dataclass

from geofences import ZoneHit

SUBJECT_LABELS = frozenset({"person", "vehicle", "motorcycle", "boat", "log_pile", "fire", "smoke"})
"""What the rules look for. A detector's label that maps to none of these raises no incident."""


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """R0 and its thresholds; each can be set in the site file under ``[[rule]]`` with ``id = "R0"``.

    A further thing within ``within_m`` of where one of an incident's things was in the last ``within_s``
    belongs to that incident. A thing of the same kind where one went out of sight, up to ``back_within_s``
    ago, is that one again: it neither opens an incident nor counts twice.
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
    back_within_s: float = 3600.0
    news_every_s: float = 10.0
    moves_every_s: float = 60.0


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
    """The zone of the rule's kinds that most probably holds the thing, however improbable."""
    fitting = [hit for hit in hits if hit.zone.kind in rule.kinds]
    return max(fitting, key=lambda hit: hit.probability_inside, default=None)


def rules_zone_first(rule: PresenceRule, hits: tuple[ZoneHit, ...]) -> tuple[ZoneHit, ...]:
    """The hits with the one the rule looks at first: it is what a message is about."""
    best = best_hit(rule, hits)
    return hits if best is None else (best, *(hit for hit in hits if hit is not best))


def is_inside(rule: PresenceRule, hit: ZoneHit | None) -> bool:
    """Whether a hit passes the rule's threshold."""
    return hit is not None and hit.probability_inside >= rule.probability


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
