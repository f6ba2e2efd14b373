"""What is wrong with a drone's pictures, each kind with the time for which it has been so.

Passive: times are passed in, monotonic seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from droneops.fleet.blind.picture import PictureStat

BLACK_BELOW = 16.0
"""Of 255, in all but 0.5 % of the picture. Black with a sensor's noise of 3 comes to 3; a road's lamps at
night are brighter."""

COVERED_BELOW = 1.0
"""Grey levels of contrast. A lens covered evenly gives 0 to 0.8 (drawn, noise of 2 to 15 levels, as it is and
through H.264); a real flight over a field in the dimmest light 1.3, open sea by day 2.8. The middle of the
first two, by ratio."""

DEFOCUSED_BELOW, FOCUSED_ABOVE = 0.55, 0.75
"""Sharpness against this flight's own median. Blurred by 5 px at 720p a flight's pictures had 0.48 of theirs;
open sea against the median of all scenes has 0.7."""

PAST_S = 300.0
"""Long enough to be the flight's, short enough to follow the day's light."""

LEAST_PAST = 50
"""Looks before a drone's own past says anything: ten seconds at five a second."""

STILL_FROZEN_AFTER_S = 30.0
"""Equal pictures while nothing moves: an encoder may send those of a hovering drone unchanged until its next
whole picture, which differs at least by the sensor's noise; such come every few seconds."""

DWELL_S = {"black": 3.0, "covered": 5.0, "frozen": 3.0, "defocused": 5.0}
"""For how long it must be so: a tunnel of trees, a turn into the sky and a lens that finds its focus pass."""


@dataclass(slots=True)
class PictureDoubts:
    """Feed it each picture that is looked at; `reason` says what keeps the drone from seeing."""

    _since_s: dict[str, float] = field(default_factory=dict)
    _past: deque[tuple[float, float]] = field(default_factory=deque)
    _digest: bytes = b""
    _same_since_s: float = 0.0
    _moved: bool = False

    def look(self, stat: PictureStat, now_s: float, *, moving: bool) -> None:
        """Take in a picture; ``moving``: the telemetry says that the view has changed since the last one."""
        found = {
            "black": stat.bright < BLACK_BELOW,
            "covered": stat.bright >= BLACK_BELOW and stat.contrast < COVERED_BELOW,
            "frozen": self._is_frozen(stat, now_s, moving=moving),
            "defocused": self._is_defocused(stat),
        }
        for reason, holds in found.items():
            if not holds:
                self._since_s.pop(reason, None)
            else:
                began_s = self._same_since_s if reason == "frozen" else now_s
                self._since_s.setdefault(reason, began_s)
        if not self._since_s:
            self._remember(stat.sharpness, now_s)

    def reason(self, now_s: float) -> tuple[str, float] | None:
        """What is wrong, the plainest first, and since when; None while nothing has been for long enough."""
        for reason, dwell_s in DWELL_S.items():
            since_s = self._since_s.get(reason)
            if since_s is not None and now_s - since_s >= dwell_s:
                return reason, since_s
        return None

    def _is_frozen(self, stat: PictureStat, now_s: float, *, moving: bool) -> bool:
        if stat.digest != self._digest:
            self._digest, self._same_since_s, self._moved = stat.digest, now_s, False
            return False
        self._moved |= moving
        return self._moved or now_s - self._same_since_s >= STILL_FROZEN_AFTER_S

    def _is_defocused(self, stat: PictureStat) -> bool:
        if len(self._past) < LEAST_PAST:
            return False
        limit = FOCUSED_ABOVE if "defocused" in self._since_s else DEFOCUSED_BELOW
        return stat.sharpness < limit * median(sharpness for _, sharpness in self._past)

    def _remember(self, sharpness: float, now_s: float) -> None:
        self._past.append((now_s, sharpness))
        while now_s - self._past[0][0] > PAST_S:
            self._past.popleft()
