"""Agencies of whom the broker says that nobody is subscribed: one message asks after each, until somebody is.

Without that a terminal that comes back after hours would wait for the next repeat, which by then is an hour
away; and repeating all of it every minute would flood a thin link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from droneops.delivery.escalation import Repeat
from droneops.delivery.outbox.types import Delivery, DeliveryState

ASK_EVERY_S = 60.0
"""One alert of 4 KiB a minute for each absent agency: 0.5 kbit/s."""


class Absent:
    """Who is absent, and who has come back and is owed what was said meanwhile. Time passed in."""

    def __init__(self) -> None:
        self._ask_s: dict[str, float] = {}
        self._back: set[str] = set()

    def heard(self, agency: str, *, nobody_subscribed: bool, now_s: float) -> None:
        """What the broker said of the agency with a PUBACK."""
        if nobody_subscribed:
            self._back.discard(agency)
            self._ask_s.setdefault(agency, now_s + ASK_EVERY_S)
        elif self._ask_s.pop(agency, None) is not None:
            self._back.add(agency)

    def repeats(
        self, deliveries: Sequence[Delivery], now_us: int, now_s: float, most: int
    ) -> Iterator[Repeat]:
        """What goes out again at once, at most so many.

        All that a machine has not received of those who came back; of each absent one the first, when its
        time has come.
        """
        asking = {agency for agency, at_s in self._ask_s.items() if now_s >= at_s}
        self._ask_s |= dict.fromkeys(asking, now_s + ASK_EVERY_S)
        found = 0
        for delivery in deliveries:
            planned_us = delivery.next_repeat_us
            waits = planned_us is not None and planned_us > now_us
            is_meant = delivery.agency in self._back or delivery.agency in asking
            if found < most and is_meant and waits and delivery.state is DeliveryState.SENT:
                asking.discard(delivery.agency)
                found += 1
                yield Repeat(delivery.alert_id, delivery.agency, now_us)
        if found < most:
            self._back.clear()
