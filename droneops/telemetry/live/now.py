"""The clocks that live links are given."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from droneops.clock import now_us


@dataclass(frozen=True, slots=True)
class Clock:
    """``utc_us``: UTC microseconds, may step. ``monotonic_s``: seconds, only for differences, never steps."""

    utc_us: Callable[[], int]
    monotonic_s: Callable[[], float]


def system_clock() -> Clock:
    """The machine's own clocks."""
    return Clock(utc_us=now_us, monotonic_s=time.monotonic)
