"""How much later than it could be a packet came, by the stream's own clock."""

from __future__ import annotations

WINDOW_S = 300.0
"""Clocks part by 50 us a second: 15 ms in that time. A stream that is late for longer shows it no more."""

JUMP_S = 5.0
"""The stream's clock began anew; see `reader.JUMP_US`."""


class Lag:
    """Of one connection. Its fastest packets of the last five to ten minutes took nothing, by definition."""

    def __init__(self) -> None:
        self._least_s: float | None = None
        self._before_s: float | None = None
        self._since_s = 0.0

    def of(self, pts_us: int, received_s: float) -> float:
        """Seconds, at least 0; give it pictures in the order in which they are shown."""
        took_s = received_s - pts_us / 1e6
        if self._least_s is None or abs(took_s - self._least_s) > JUMP_S:
            self._least_s, self._before_s, self._since_s = took_s, None, received_s
        elif received_s - self._since_s > WINDOW_S:
            self._before_s, self._least_s, self._since_s = self._least_s, took_s, received_s
        self._least_s = min(self._least_s, took_s)
        return took_s - min(self._least_s, self._before_s if self._before_s is not None else took_s)
