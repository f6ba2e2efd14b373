"""When a report's turn has come: as soon as no drone that reports can still send one that belongs before it.

Each drone reports in order of time, so nothing earlier comes than the least of what the drones sent last.
One that has been silent for a while is not waited for, nor is any for longer than the lateness. With one
drone nothing waits at all.
"""

from __future__ import annotations

from collections import deque

from droneops.incidents.order import Given, InOrder, Place
from droneops.site.report import Report

LATENESS_S = 0.5
"""Two looks of a drone that looks five times a second; the most that another drone may delay an alert."""

SILENT_AFTER_S = 1.0
"""A drone that looks twice a second has missed one look then."""

Turn = Given[Report]


class Sequence:
    """Takes reports as they come and gives them on in order; ``now_s`` never steps, ``now_us`` is UTC."""

    def __init__(self, lateness_s: float = LATENESS_S, silent_after_s: float = SILENT_AFTER_S) -> None:
        self._order: InOrder[Report] = InOrder(lateness_s)
        self._lateness_s, self._silent_after_s = lateness_s, silent_after_s
        self._latest: dict[str, tuple[float, int]] = {}
        self._arrived: deque[tuple[float, int]] = deque()

    @property
    def late(self) -> int:
        """How many came too late to be put in order."""
        return self._order.late

    def __len__(self) -> int:
        """How many wait."""
        return len(self._order)

    def put(self, report: Report, now_s: float, now_us: int) -> tuple[Turn, ...]:
        """A further report; what may go on now, in order."""
        # As `InOrder` has it: a drone's reports stay in order where its clock is set back.
        time_us = max(min(report.time_us, now_us), self._latest.get(report.drone_id, (0.0, 0))[1])
        self._latest[report.drone_id] = now_s, time_us
        self._arrived.append((now_s, time_us))
        given = self._order.put(Place(report.time_us, report.drone_id, report.seq), report, now_us)
        return (*given, *self.due(now_s))

    def due(self, now_s: float) -> tuple[Turn, ...]:
        """What may go on by now, whether or not anything came."""
        awake = [us for at_s, us in self._latest.values() if now_s - at_s <= self._silent_after_s]
        given = self._order.release(min(awake)) if awake else self._order.flush()
        return (*given, *self._overdue(now_s))

    def forget(self, drone_id: str) -> None:
        """A drone that is gone is not waited for."""
        self._latest.pop(drone_id, None)

    def flush(self) -> tuple[Turn, ...]:
        """All that waits, in order: nothing more will come."""
        self._arrived.clear()
        return self._order.flush()

    def _overdue(self, now_s: float) -> tuple[Turn, ...]:
        time_us: int | None = None
        while self._arrived and now_s - self._arrived[0][0] >= self._lateness_s:
            time_us = max(self._arrived.popleft()[1], time_us or 0)
        return () if time_us is None else self._order.release(time_us)
