"""Between which two samples a time lies, and how much is lost by drawing a straight line there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

# Autopilots send positions at 1 Hz or faster, so a longer silence means that some were lost, and a drone at
# 10 m/s can turn round in it: 1 s, and half of one for lateness.
MAX_GAP_S = 1.5
# Straight on beyond the first or last sample: one period of a stream of 4 Hz.
REACH_S = 0.25


class Miss(Enum):
    """Why a time has no samples: before the first or after the last, or too far apart."""

    OUTSIDE = "outside"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Bracket:
    """The samples ``index`` and ``index + 1`` about a time, which lies at ``fraction`` of the way.

    Beyond the ends the fraction lies outside 0 to 1. With a single sample ``index`` is -1 and stands for it.
    ``nearest_s`` is the distance to the nearer sample. ``bow_s2`` times an acceleration is the error of the
    straight line: |t - t0| |t - t1| / 2, at its worst interval squared / 8 (the remainder of linear
    interpolation, e.g. Stoer & Bulirsch, section 2.1.4).
    """

    index: int
    fraction: float
    nearest_s: float
    bow_s2: float


def bracket(times_us: Sequence[int], time_us: int) -> Bracket | Miss:
    """Where ``time_us`` lies in ascending ``times_us``, or why nowhere (see MAX_GAP_S and REACH_S)."""
    if not times_us or not times_us[0] - REACH_S * 1e6 <= time_us <= times_us[-1] + REACH_S * 1e6:
        return Miss.OUTSIDE
    if len(times_us) == 1:
        alone_s = abs(time_us - times_us[0]) * 1e-6
        return Bracket(-1, 0.0, alone_s, alone_s * alone_s / 2)
    index = min(max(bisect_right(times_us, time_us) - 1, 0), len(times_us) - 2)
    since_s = (time_us - times_us[index]) * 1e-6
    until_s = (times_us[index + 1] - time_us) * 1e-6
    if since_s > 0 and until_s > 0 and since_s + until_s > MAX_GAP_S:
        return Miss.GAP
    fraction = since_s / (since_s + until_s)
    return Bracket(index, fraction, min(abs(since_s), abs(until_s)), abs(since_s * until_s) / 2)
