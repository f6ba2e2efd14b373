"""Whether an autopilot has restarted, by its time since boot."""

from __future__ import annotations

from droneops.telemetry.clock import TIMED_MESSAGES
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of

# Messages overtake each other by some 10 ms, over a router with two ways by more; a restart takes seconds.
_STEP_MS = 1000
# One absurd value is damage: a restart is believed when that many in a row lie back.
_WITNESSES = 3


class BootWatch:
    """Takes the frames of one autopilot; zero, which some messages leave in the field, says nothing."""

    def __init__(self) -> None:
        self._ids = {load_dialect().by_name[name].id for name in TIMED_MESSAGES}
        self._latest_ms = 0
        self._back_ms: list[int] = []
        self.restarts = 0

    def hear(self, frame: LiveFrame) -> bool:
        """Takes in one frame; True if it shows that the vehicle has restarted."""
        if frame.message_id not in self._ids or not frame.is_known:
            return False
        boot_ms = int(fields_of(frame, load_dialect().by_id[frame.message_id])["time_boot_ms"])
        if boot_ms == 0:
            return False
        if boot_ms >= self._latest_ms - _STEP_MS:
            self._latest_ms = max(boot_ms, self._latest_ms)
            self._back_ms.clear()
            return False
        self._back_ms.append(boot_ms)
        if len(self._back_ms) < _WITNESSES:
            return False
        self._latest_ms = boot_ms
        self._back_ms.clear()
        self.restarts += 1
        return True
