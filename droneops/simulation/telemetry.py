"""The simulated drone's telemetry as MAVLink 2 frames, each at its time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from droneops.simulation.words import SAYS, Say, Vehicle
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.encode import encode


@dataclass(slots=True)
class Mouth:
    """Encodes what a vehicle's components say, each with its own count of frames."""

    system_id: int
    _counts: dict[int, int] = field(default_factory=dict)

    def frame(self, name: str, component_id: int, fields: Mapping[str, Any]) -> bytes:
        """A MAVLink 2 frame. Raises KeyError for an unknown message."""
        seq = self._counts.get(component_id, 0)
        self._counts[component_id] = (seq + 1) & 0xFF
        message = load_dialect().by_name[name]
        return encode(message, fields, system_id=self.system_id, component_id=component_id, seq=seq)


def said_between(vehicle: Vehicle, mouth: Mouth, from_s: float, to_s: float) -> Iterator[tuple[float, bytes]]:
    """Seconds of the scenario and frames in [from_s, to_s), in order of time; none while the link is lost."""
    due = sorted(
        ((t_s, number) for number, say in enumerate(SAYS) for t_s in _times(say, number, from_s, to_s)),
    )
    for t_s, number in due:
        if not is_failing(vehicle, "link", t_s):
            say = SAYS[number]
            yield t_s, mouth.frame(say.name, say.component_id, say.fields(vehicle, t_s))


def is_failing(vehicle: Vehicle, kind: str, t_s: float) -> bool:
    """Whether a fault of this kind is on."""
    return any(fault.kind == kind and fault.from_s <= t_s < fault.to_s for fault in vehicle.drone.fault)


def _times(say: Say, number: int, from_s: float, to_s: float) -> Iterator[float]:
    # Each message has its own phase, as on a vehicle: all at once would be a burst.
    phase_s = number / len(SAYS) / say.rate_hz
    first = math.ceil((from_s - phase_s) * say.rate_hz - 1e-9)
    for count in range(first, math.ceil((to_s - phase_s) * say.rate_hz - 1e-9)):
        yield phase_s + count / say.rate_hz
