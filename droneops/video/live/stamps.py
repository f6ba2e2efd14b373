"""The offset between a live stream's PTS and UTC, from the time stamps the stream itself carries."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low

from droneops.video.stream_time import FIRST_CREDIBLE_US, LAST_CREDIBLE_US, MIN_TIMES

WINDOW_US = 10_000_000
"""Ten stamps of a sender that stamps once a second; a clock that is set is followed after half of it."""

MOST_STAMPS = 64
"""Two seconds of a stamp a frame; a median of more only takes time."""

_NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class Stamps:
    """The last stamps, as pairs of a PTS and UTC less PTS, both in microseconds."""

    told: tuple[tuple[int, int], ...] = ()

    def after(self, pts_us: int, utc_us: int) -> Stamps:
        """The same with one more stamp; without it if its clock was never set (before 2000, after 2100)."""
        if not FIRST_CREDIBLE_US <= utc_us < LAST_CREDIBLE_US:
            return self
        # A PTS that goes back has begun anew, so that what it said before does not hold.
        recent = [pair for pair in self.told if 0 <= pts_us - pair[0] < WINDOW_US]
        return Stamps((*recent[-(MOST_STAMPS - 1) :], (pts_us, utc_us - pts_us)))

    def offset_at(self, pts_us: int) -> int | None:
        """UTC less PTS, the median of the window; None where too few stamps are recent at a PTS."""
        if len(self.told) < MIN_TIMES or pts_us - self.told[-1][0] > WINDOW_US:
            return None
        return median_low(offset_us for _, offset_us in self.told)

    @property
    def sigma_s(self) -> float:
        """The scatter of the stamps about their median, 0 without any."""
        if not self.told:
            return 0.0
        middle_us = median_low(offset_us for _, offset_us in self.told)
        misses_us = sorted(abs(offset_us - middle_us) for _, offset_us in self.told)
        # One stamp in twenty may be wild without a word, and one of few; a clock that drifts shows at once.
        return round(misses_us[int(0.95 * (len(misses_us) - 1))] / 1e6 / _NORMAL_95, 3)
