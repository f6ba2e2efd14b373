"""What the memory of tracks keeps, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from geofences.presence import Hysteresis


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What is kept, and for how long after a thing was seen last.

    ``keep_s``: twice what a rule looks back, 600 s. ``keep_long_s``: things with ``long_labels``, a camp's,
    for twice the half hour that a camp must last. ``most``: twice the tracks of one drone at their most; the
    least worth goes first.
    """

    presence: Hysteresis = Hysteresis()  # noqa: RUF009 - a frozen value
    keep_s: float = 600.0
    keep_long_s: float = 3600.0
    long_labels: frozenset[str] = frozenset({"shelter", "fire"})
    most: int = 1000
