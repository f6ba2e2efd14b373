"""A vehicle whose telemetry misbehaves, by the word in a file beside the course.

""          as it should be
twice       every datagram twice
time+1h, time-1h    SYSTEM_TIME and the receiver's time step, the time since boot goes on
reboot      three seconds of silence, then the time since boot begins anew
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from droneops.simulation import words
from droneops.simulation.radio import Radio
from droneops.simulation.words import Vehicle

HOUR_US = 3_600_000_000
STEPS_US = {"time+1h": HOUR_US, "time-1h": -HOUR_US}
SAID_BEFORE_S = 1.0
"""What is being said has stamps of a moment ago, and none may lie before the boot."""

BOOTS_S = 3.0
"""Less than an autopilot takes, and long enough for the link to be missed."""


@dataclass
class BadRadio:
    """Spoils what a radio sends, as ``path`` says; ``second`` is the flight's."""

    radio: Radio
    path: Path
    second: Callable[[], float]
    was: str = ""
    silent_until_s: float = 0.0

    def spoil(self) -> None:
        """Have all that the radio sends go through here."""
        vehicle, send = self.radio._vehicle, self.radio._send

        def spoiled(frame: bytes) -> None:
            mode = self.mode(vehicle)
            for _ in range(2 if mode == "twice" else 1):
                if self.second() >= self.silent_until_s:
                    send(frame)

        self.radio._send = spoiled  # type: ignore[method-assign]  # the radio itself is to know nothing of it

    def mode(self, vehicle: Vehicle) -> str:
        """What is asked for now, begun where it is new."""
        mode = self.path.read_text().strip() if self.path.exists() else ""
        if mode != self.was:
            self.was = mode
            self.radio._vehicle = replace(vehicle, start_us=vehicle.start_us + STEPS_US.get(mode, 0))
            if mode == "reboot":
                self.silent_until_s = self.second() + BOOTS_S
                words.BOOT_BEFORE_S = SAID_BEFORE_S - self.second()
        return mode
