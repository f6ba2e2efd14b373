"""In or out, without a storm: a thing on the line of a zone trembles, its enter and exit do not.

Two thresholds with a gap between them (Schmitt trigger), and a time for which the new side must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PresenceEvent(StrEnum):
    """What a further look told."""

    ENTER = "enter"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """When a thing counts as inside, and when no longer.

    - `enter_probability` 0.8: the default of the rule R0; four in five is what an officer is sent for.
    - `exit_probability` 0.2: the same certainty for the opposite. Between the two nothing changes, and a
      probability at a straight line trembles about 0.5.
    - `dwell_s` 2: one bad position must not turn the state; ten looks at 5 a second have to agree.
    - `gap_s` 5: what was not looked at for longer may have gone and come, so the dwell begins anew.
    """

    enter_probability: float = 0.8
    exit_probability: float = 0.2
    dwell_s: float = 2.0
    gap_s: float = 5.0

    def __post_init__(self) -> None:
        """Raises ValueError for thresholds in the wrong order or times below zero."""
        if not 0.0 <= self.exit_probability < self.enter_probability <= 1.0:
            raise ValueError(
                f"exit_probability={self.exit_probability} and enter_probability={self.enter_probability}; "
                "the exit lies below the enter, both in [0, 1]"
            )
        if not (self.dwell_s >= 0.0 and self.gap_s >= 0.0):
            raise ValueError(f"dwell_s={self.dwell_s} gap_s={self.gap_s}; both are 0 or more")


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of one thing and one zone.

    `turning_since_us`: from when on it has been on the other side without a break, None if it is not.
    `seen_us`: the latest look.
    """

    inside: bool
    turning_since_us: int | None
    seen_us: int


def presence_after(
    before: Presence | None, probability_inside: float, time_us: int, rule: Hysteresis
) -> tuple[Presence, PresenceEvent | None]:
    """The presence after a look at `time_us`, and what it tells. Without a `before` the thing was outside.

    The event's time is `time_us`; the other side was reached at `turning_since_us` of the presence before.
    Raises ValueError for a probability that is none, or a time before the last look.
    """
    if not 0.0 <= probability_inside <= 1.0:
        raise ValueError(f"probability_inside={probability_inside} is not in [0, 1]")
    if before is None:
        before = Presence(inside=False, turning_since_us=None, seen_us=time_us)
    if time_us < before.seen_us:
        raise ValueError(f"time_us={time_us} is before the last look at {before.seen_us}; give them in order")
    if not _is_beyond(before.inside, probability_inside, rule):
        return Presence(before.inside, None, time_us), None
    since_us = _turning_since_us(before, time_us, rule)
    if time_us - since_us < rule.dwell_s * 1e6:
        return Presence(before.inside, since_us, time_us), None
    event = PresenceEvent.EXIT if before.inside else PresenceEvent.ENTER
    return Presence(not before.inside, None, time_us), event


def _is_beyond(inside: bool, probability_inside: float, rule: Hysteresis) -> bool:
    """Whether a look speaks for the other side."""
    if inside:
        return probability_inside <= rule.exit_probability
    return probability_inside >= rule.enter_probability


def _turning_since_us(before: Presence, time_us: int, rule: Hysteresis) -> int:
    unseen_us = time_us - before.seen_us
    if before.turning_since_us is None or unseen_us > rule.gap_s * 1e6:
        return time_us
    return before.turning_since_us
