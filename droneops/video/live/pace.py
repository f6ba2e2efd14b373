"""How many of the looks asked for a drone's process makes, so that those it makes are fresh.

A process that gets too little of the machine is late with everything it does. It looks less often then, until
what it looks at is fresh again, and tries a little more from time to time. Nobody tells it to: drones on one
machine see the same lack, and each gives up the same share of its looks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from statistics import median

LATE_S = 0.2
"""With the way through the network and the look itself, pictures stay younger than 0.3 s below this."""

EASY_S = 0.1
"""A process with a core to itself decodes what leads to a look in less."""

STEP_S = 2.0
"""Some looks, even at two a second: one hiccup is no lack."""

SHED = 0.6
"""The share goes down by this factor: from five looks a second to one in three steps."""

RISE = 0.1
"""The share goes up by this much, a tenth of what is asked: adding, where giving up multiplies, evens out
what processes that share a machine get (Chiu and Jain, 1989)."""

LEAST_SHARE = 0.1
"""Of five looks a second, one in two seconds: tracks hold together, and a rule's dwell is still seen."""

FIRST_REST_S, LONGEST_REST_S = 6.0, 60.0
"""Between two tries of more. Each that fails doubles it, for the try itself makes pictures old; a minute at
most, so that who was shed in a bad hour is soon whole again, and all drones meet again and again."""

LOOKS_KEPT = 100
"""The fastest of these is what a look takes when nothing is in its way."""


class Pace:
    """One process's: some threads decode, one looks. ``chance`` is uniform in [0, 1)."""

    def __init__(self, monotonic_s: Callable[[], float], chance: Callable[[], float]) -> None:
        self._monotonic_s, self._chance = monotonic_s, chance
        self._lock = threading.Lock()
        self._share = 1.0
        self._decoded_late_s: list[float] = []
        self._looks_late_s: list[float] = []
        self._looks_s: deque[float] = deque(maxlen=LOOKS_KEPT)
        self._next_step_s = monotonic_s() + STEP_S
        self._rest_s = FIRST_REST_S
        self._next_try_s = 0.0
        self._was_raised = False
        self._taken_s = monotonic_s()

    @property
    def share(self) -> float:
        """Of the looks asked for, how many are to be made: 1, or less down to `LEAST_SHARE`."""
        return self._share

    def decoded(self, late_s: float) -> None:
        """A wanted picture came out of the decoder so much later than it could have."""
        with self._lock:
            self._decoded_late_s.append(late_s)
            self._step()

    def taken(self) -> None:
        """A picture was taken to be looked at."""
        self._taken_s = self._monotonic_s()

    def looked(self) -> None:
        """The look at it is done; what it took beyond the fastest counts: a slow detector is not late."""
        took_s = self._monotonic_s() - self._taken_s
        with self._lock:
            self._looks_s.append(took_s)
            self._looks_late_s.append(took_s - min(self._looks_s))

    def _step(self) -> None:
        now_s = self._monotonic_s()
        if now_s < self._next_step_s or not self._decoded_late_s:
            return
        self._next_step_s = now_s + STEP_S
        late_s = median(self._decoded_late_s) + (median(self._looks_late_s) if self._looks_late_s else 0.0)
        self._decoded_late_s.clear()
        self._looks_late_s.clear()
        if late_s > LATE_S:
            self._shed(now_s)
        elif late_s < EASY_S and self._share < 1.0 and now_s >= self._next_try_s:
            self._share, self._was_raised = min(self._share + RISE, 1.0), True
            self._rest(now_s)
        elif self._was_raised:
            # What was tried holds.
            self._was_raised, self._rest_s = False, FIRST_REST_S

    def _shed(self, now_s: float) -> None:
        self._share = max(self._share * SHED, LEAST_SHARE)
        if self._was_raised:
            self._was_raised, self._rest_s = False, min(2.0 * self._rest_s, LONGEST_REST_S)
        self._rest(now_s)

    def _rest(self, now_s: float) -> None:
        # Not all drones at the same instant, or they would spoil each other's try.
        self._next_try_s = now_s + self._rest_s * (0.75 + 0.5 * self._chance())
