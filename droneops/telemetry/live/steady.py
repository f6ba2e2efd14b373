"""Our own clock without its steps back, for what counts how long ago something was heard.

Clocks of small computers are set by hours when a network comes. A step ahead makes all look old for once; a
step back would make what is gone look new for as long as the step was.
"""

from __future__ import annotations

# More than what is held behind a stalled frame comes late: that is no step.
_STEP_BACK_US = 5_000_000


class SteadyClock:
    """Takes times of receipt in the order of arrival."""

    def __init__(self) -> None:
        self._latest_us = 0
        self._set_back_us = 0

    def at(self, received_us: int) -> int:
        """Microseconds that never go back, for the latest time of receipt; only differences mean anything."""
        if received_us < self._latest_us - _STEP_BACK_US:
            self._set_back_us += self._latest_us - received_us
            self._latest_us = received_us
        self._latest_us = max(self._latest_us, received_us)
        return self._latest_us + self._set_back_us
