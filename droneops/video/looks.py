"""Which frames are looked at."""

from __future__ import annotations

from fractions import Fraction

from droneops.errors import UsageError

# Containers round time stamps, some to whole milliseconds: a frame this little before its tick is on it.
STAMP_ROUNDING_US = 1_000


class Looks:
    """Picks the first frame at or after each tick k / ``per_second``, counted from the first frame.

    Ticks that pass between two frames cost one look, not several, and nothing adds up: a frame's being
    picked depends on its time and the last tick used alone. ``per_second`` None picks every frame.

    Raises:
        UsageError: ``per_second`` is not a number above 0.
    """

    def __init__(self, per_second: float | None) -> None:
        if per_second is not None and not 0 < per_second < float("inf"):
            raise UsageError(f"{per_second} looks per second", mend="give a number above 0, or all")
        # Through text, so that 0.1 is a tenth and not the binary number next to it.
        self._per_us = None if per_second is None else Fraction(str(per_second)) / 1_000_000
        self._last_tick = -1

    def wants(self, offset_us: int) -> bool:
        """Whether to look at the frame ``offset_us`` after the first; call in the order of time."""
        if self._per_us is None:
            return True
        tick = (offset_us + STAMP_ROUNDING_US) * self._per_us // 1
        if tick <= self._last_tick:
            return False
        self._last_tick = tick
        return True
