"""Whether this machine carries the drones it is given.

Nothing queues where it does not: each drone looks at its newest picture when it gets to it, and the system
shares the cores evenly between the drones' processes. So all are looked at less often, and alerts, which cost
next to nothing, are not late by more than a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from droneops.fleet.wire import Vitals

LEAST_SHARE = 0.8
"""A stream that hiccups loses a look now and then; a fifth of all looks is no hiccup."""

STREAMING = "streaming"


@dataclass(frozen=True, slots=True)
class Load:
    """Looks a second that are wanted and that are made, over the drones whose video comes."""

    wanted_per_s: float
    made_per_s: float
    drones: int

    @property
    def is_too_much(self) -> bool:
        """Whether looks are left out."""
        return self.made_per_s < LEAST_SHARE * self.wanted_per_s

    def told(self) -> str:
        """The load in one line."""
        share = self.made_per_s / self.wanted_per_s
        return (
            f"this machine makes {self.made_per_s:.1f} of {self.wanted_per_s:.1f} looks a second for"
            f" {self.drones} drones: each is looked at {share:.0%} as often as asked (fewer looks_per_second,"
            " fewer drones or more cores)"
        )


def load_of(vitals: Iterable[Vitals], looks_per_second: Mapping[str, float]) -> Load:
    """The load that drones' last words tell; ``looks_per_second`` is what is asked for."""
    wanted, made, drones = 0.0, 0.0, 0
    for said in vitals:
        rate = said.values.get("looks_per_s")
        is_watched = said.values.get("video_state") == STREAMING and said.drone_id in looks_per_second
        if is_watched and isinstance(rate, int | float):
            wanted += looks_per_second[said.drone_id]
            made += rate
            drones += 1
    return Load(wanted, made, drones)


class LoadWatch:
    """Says when it begins to be too much, and when it is over; what lasts ``after`` times in a row counts."""

    def __init__(self, after: int = 3) -> None:
        self._after, self._in_a_row, self._was_told = after, 0, False

    def step(self, load: Load) -> str | None:
        """The line to tell, if there is one; asked every few seconds."""
        self._in_a_row = self._in_a_row + 1 if load.is_too_much != self._was_told else 0
        if self._in_a_row < self._after:
            return None
        self._in_a_row, self._was_told = 0, load.is_too_much
        return load.told() if load.is_too_much else "this machine makes all looks again"
