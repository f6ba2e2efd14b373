"""When to try again after a connection failed, and what the link to the broker is said to be doing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
REFUSED_WAIT_S = 60.0
"""A wrong password mends nothing by asking again soon, and brokers lock out those who do."""

SETTLED_S = 10.0
"""A connection that lasted this long was good: the next failure starts again at the shortest wait."""


class LinkState(StrEnum):
    """What the link to the broker is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How many connections in a row failed."""

    failures: int = 0

    def failed(self, lasted_s: float) -> Backoff:
        """After a connection that lasted so long (0 where none came about)."""
        return Backoff(1 if lasted_s >= SETTLED_S else self.failures + 1)

    def wait_s(self, chance: float, *, refused: bool = False) -> float:
        """How long to wait: 1 s, doubling to 60 s; ``chance`` (0 to 1) takes up to a quarter off.

        Sites that lost one broker together shall not come back in one moment.
        """
        doublings = min(max(self.failures - 1, 0), 10)
        longest_s = REFUSED_WAIT_S if refused else min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S)
        return longest_s * (1 - 0.25 * chance)
