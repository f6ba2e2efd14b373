"""A camera whose clock is not the vehicle's: set to another hour, or never.

Its pictures would find no pose, and everything in them no place. Where the two clocks lie far apart, the
picture's time is moved onto the vehicle's, as far as they usually lie apart, or else as if it had just been
taken. Clocks that are near each other are left alone, for then the stream knows better.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import median

FAR_US = 30_000_000
"""No stream is as late as that and still live; nobody sets a clock wrong by less who meant to set it."""

FRESH_S = 1.0
"""Telemetry that says nothing new for longer is silent: its last word is not the vehicle's now."""

USUAL_LATE_US = 300_000
"""How old a picture is when it comes, where it was never known: encoder, link and decoder (rtp_time.py)."""

KEPT = 50
"""Ten seconds of looks."""


class ClockGap:
    """One camera's. ``sigma_s`` is what moving the times leaves open (1 sigma), 0 while nothing is moved."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._usual_us: deque[int] = deque(maxlen=KEPT)
        self._vehicle_us: int | None = None
        self._heard_s = 0.0
        self.shift_us = 0

    @property
    def sigma_s(self) -> float:
        """Half a second where the stream's own times could not be used."""
        return 0.5 if self.shift_us else 0.0

    def shifted_us(self, captured_us: int, vehicle_us: int | None, now_s: float) -> int:
        """When a picture was taken by the vehicle's clock; ``vehicle_us`` is the newest that it told."""
        if vehicle_us is not None and vehicle_us != self._vehicle_us:
            self._vehicle_us, self._heard_s = vehicle_us, now_s
        if vehicle_us is not None and now_s - self._heard_s <= FRESH_S:
            self._compare(captured_us, vehicle_us)
        return captured_us + self.shift_us

    def _compare(self, captured_us: int, vehicle_us: int) -> None:
        apart_us = captured_us - vehicle_us
        if abs(apart_us) <= FAR_US:
            self._usual_us.append(apart_us)
            self._move(0)
        elif abs(apart_us + self.shift_us) > FAR_US:
            self._move(-apart_us + round(median(self._usual_us) if self._usual_us else -USUAL_LATE_US))

    def _move(self, shift_us: int) -> None:
        if shift_us == self.shift_us:
            return
        self.shift_us = shift_us
        if shift_us:
            off = f"the pictures' clock is {-shift_us / 1e6:+.0f} s from the vehicle's"
            self._tell(f"{off}: the vehicle's is taken (set the camera's)")
        else:
            self._tell("the pictures' clock and the vehicle's agree again")
