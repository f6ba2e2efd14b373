"""The machine's clock. Only the edges read it; everything behind them is told the time."""

from __future__ import annotations

import time


def now_us() -> int:
    """UTC in whole microseconds since the Unix epoch."""
    return time.time_ns() // 1000
