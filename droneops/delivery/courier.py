"""Delivery over MQTT from the outbox: at least once, in order within an incident, never forgotten.

Two threads: `Post` owns the connection, `Clerk` the outbox. Of each incident and agency one message is on its
way at a time; its PUBACK, once written down, lets the next one go. So a cut connection can double the last
message (same bytes, same id), and can neither lose one nor change the order.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from droneops.delivery.clerk import Clerk, Duties, Progress
from droneops.delivery.client import Session, Will
from droneops.delivery.escalation import Policy
from droneops.delivery.exchange import Exchange
from droneops.delivery.inbox import Keys
from droneops.delivery.mqtt import Broker
from droneops.delivery.post import Address, Post
from droneops.delivery.reconnect import LinkState
from droneops.delivery.said import Said
from droneops.delivery.state import farewell, last_will
from droneops.delivery.topics import receipts_filter, state_topic
from droneops.errors import DeliveryError

if TYPE_CHECKING:
    from droneops.config import Site
    from droneops.delivery.outbox.store import Outbox

POST_STOPS_S, CLERK_STOPS_S = 1.2, 0.6
"""Together below the two seconds within which a stop is promised."""

PROGRESS_WITHIN_S = 20.0
"""A satellite link answers within a few seconds; what takes longer is reported and stays on disk."""

LOOK_EVERY_S = 0.01


class Courier:
    """Delivers until it is closed; ``tell`` hears a line for each change of the link and each trouble."""

    def __init__(
        self,
        outbox: Outbox,
        address: Address,
        duties: Duties,
        now_us: Callable[[], int],
        tell: Callable[[str], None],
    ) -> None:
        self._outbox, self._tell = outbox, tell
        self._exchange = Exchange()
        self._clerk = Clerk(outbox, self._exchange, duties, now_us, tell)
        self._post = Post(address, self._exchange, self._on_state)
        self._broker_name = address.broker.name
        self._stopping = threading.Event()
        self.failure: BaseException | None = None
        self.state = LinkState.CONNECTING
        self.trouble = ""
        self._said = ""
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"courier-{name}", daemon=True)
            for name, work in (("post", self._post.run), ("clerk", self._clerk.run), ("ear", self._listen))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def progress(self) -> Progress:
        """What came of it so far."""
        return self._clerk.progress

    def say(self, said: Iterable[Said]) -> None:
        """Say what is no alert, after all alerts; of each topic only the newest counts."""
        self._exchange.said.put(said)
        self._exchange.wake()

    def close(self) -> None:
        """Take leave of the broker, write down what is known, and end, within two seconds.

        A connection attempt that hangs (a name service that does not answer) is left to itself.
        """
        post, clerk, ear = self._threads
        self._stopping.set()
        self._post.stop()
        post.join(POST_STOPS_S)
        self._clerk.stop()
        clerk.join(CLERK_STOPS_S)
        ear.join(CLERK_STOPS_S)
        if not any(thread.is_alive() for thread in self._threads):
            self._exchange.close()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the owner must hear of a thread that died
            self.failure = error

    def _listen(self) -> None:
        """Tell the clerk at once of what this process put."""
        while not self._stopping.is_set():
            if self._outbox.wait(0.2):
                self._exchange.has_news.set()

    def _on_state(self, state: LinkState, detail: str) -> None:
        self.state = state
        if state in (LinkState.WAITING, LinkState.REFUSED):
            self.trouble = detail
        reason = detail.partition(";")[0]
        line = f"{self._broker_name}: {state}{': ' if detail else ''}{detail}"
        # While the broker is away for a day, the same reason is not said every minute.
        if state is not LinkState.CONNECTING and f"{state} {reason}" != self._said:
            self._said = f"{state} {reason}"
            self._tell(line)


def site_courier(
    outbox: Outbox,
    broker: Broker,
    site: Site,
    now_us: Callable[[], int],
    *,
    keys: Keys,
    software: str,
    tell: Callable[[str], None],
) -> Courier:
    """The courier of a live site: receipts, escalation, state and last will. ``keys`` names every agency."""
    file, site_id = site.file, site.file.site.id
    agencies = {agency.id: agency for agency in file.agency}
    orphans_to = file.routing.default or next(iter(agencies), None)
    policy = Policy(file.delivery.expire_after_s, file.delivery.repeat_at_most_every_s, orphans_to)
    topic = state_topic(site_id)
    address = Address(
        site_id,
        broker,
        Session(f"droneops-{site_id}", kept=True, subscribe_to=receipts_filter(site_id)),
        last_will=lambda: Will(topic, last_will(site_id, now_us())),
        farewell=lambda: Will(topic, farewell(site_id, now_us())),
    )
    return Courier(outbox, address, Duties(site_id, keys, agencies, policy, software), now_us, tell)


def deliver_until_sent(
    outbox: Outbox,
    broker: Broker,
    site_id: str,
    now_us: Callable[[], int],
    on_sent: Callable[[int], None] = lambda _: None,
) -> None:
    """Send what the outbox owes and return when all of it has its PUBACK; ``on_sent`` hears how many have.

    Takes no receipts, escalates nothing, tells no state: for `replay --publish`.

    Raises:
        DeliveryError: the broker cannot be reached, refuses us or a message, or does not answer; the rest
            stays in the outbox.
    """
    address = Address(site_id, broker, Session(f"droneops-replay-{secrets.token_hex(6)}"))
    with Courier(outbox, address, Duties(site_id), now_us, lambda _: None) as courier:
        _watch(courier, broker, on_sent)


def _watch(courier: Courier, broker: Broker, on_sent: Callable[[int], None]) -> None:
    told, moved_s = 0, time.monotonic()
    fail = partial(DeliveryError, where=broker.name, mend="what was not sent stays on disk")
    while not courier.progress.is_idle:
        sent = courier.progress.confirmed
        if sent > told:
            told, moved_s = sent, time.monotonic()
            on_sent(sent)
        if courier.failure is not None:
            raise fail(f"delivery failed: {courier.failure}")
        if courier.progress.refusal is not None:
            raise fail(courier.progress.refusal)
        if courier.state is LinkState.REFUSED:
            raise fail(f"refused us: {courier.trouble.partition(';')[0]}")
        if courier.state is LinkState.WAITING and not sent:
            raise fail(f"cannot be reached: {courier.trouble.partition(';')[0]}")
        if time.monotonic() - moved_s > PROGRESS_WITHIN_S:
            raise fail(f"no PUBACK within {PROGRESS_WITHIN_S:.0f} s; {sent} messages were delivered")
        time.sleep(LOOK_EVERY_S)
    if courier.progress.confirmed > told:
        on_sent(courier.progress.confirmed)
