"""Whether an autopilot has restarted, or another speaks in its name, by its time since boot."""

from __future__ import annotations

import math

from droneops.telemetry.clock import TIMED_MESSAGES
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of

# Messages overtake each other by some 10 ms, over a router with two ways by more; a restart takes seconds.
_STEP_MS = 1000
# One absurd value is damage: a restart is believed when that many in a row lie back.
_WITNESSES = 3
# Frames come late, never early: a clock this far ahead of the earliest so far is another's. Twice the step,
# for the jitter of both ends.
_AHEAD_S = 2.0
# Two vehicles with one system id are told apart within some 2 s (see duplicates.py); until then a leap of the
# clock may be either, and a position of the one would go out as the other's.
DOUBT_S = 3.0


class BootWatch:
    """Takes the frames of one autopilot; zero, which some messages leave in the field, says nothing.

    Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._ids = {load_dialect().by_name[name].id for name in TIMED_MESSAGES}
        self._latest_ms = 0
        self._least_late_s = math.inf
        self._back_ms: list[int] = []
        self._doubtful_until_s = -math.inf
        self.restarts = 0

    def is_doubtful(self, now_s: float) -> bool:
        """Whether the clock has just leapt, so that what comes may be of another vehicle."""
        return now_s < self._doubtful_until_s

    def hear(self, frame: LiveFrame, now_s: float) -> bool:
        """Takes in one frame; True if it shows that the vehicle has restarted."""
        if frame.message_id not in self._ids or not frame.is_known:
            return False
        boot_ms = int(fields_of(frame, load_dialect().by_id[frame.message_id])["time_boot_ms"])
        if boot_ms == 0:
            return False
        if boot_ms < self._latest_ms - _STEP_MS:
            self._doubtful_until_s = now_s + DOUBT_S
            return self._is_restart(boot_ms, now_s)
        self._back_ms.clear()
        self._latest_ms = max(boot_ms, self._latest_ms)
        late_s = now_s - boot_ms / 1e3
        if late_s < self._least_late_s - _AHEAD_S and math.isfinite(self._least_late_s):
            self._doubtful_until_s = now_s + DOUBT_S
        self._least_late_s = min(self._least_late_s, late_s)
        return False

    def _is_restart(self, boot_ms: int, now_s: float) -> bool:
        self._back_ms.append(boot_ms)
        if len(self._back_ms) < _WITNESSES:
            return False
        self._latest_ms = boot_ms
        self._least_late_s = now_s - boot_ms / 1e3
        self._back_ms.clear()
        self.restarts += 1
        return True
