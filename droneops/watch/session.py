"""The terminal's connection to the broker: kept for it while it is away, made again when it is lost."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from droneops.delivery.client import Link, LinkLostError, LinkRefusedError, Session
from droneops.delivery.mqtt import Broker
from droneops.delivery.reconnect import SETTLED_S, Backoff
from droneops.delivery.topics import alert_topic, snapshot_topic
from droneops.errors import DeliveryError
from droneops.watch.answers import Answer
from droneops.watch.desk import Desk

LARGEST_INCOMING_BYTES = 70_000
"""A picture of 64 KiB with its topic and the properties of MQTT 5."""

STEP_S = 0.2
LAST_ANSWERS_S = 1.0
"""On stopping, so long is waited for the broker to confirm what was answered."""

ANSWERS_KEPT = 4096
"""While the broker is away; the oldest go first, and the site asks again."""

SHORT_LIVED = 2
"""So many connections in a row that were made and lost at once: brokers seldom say that another client of the
same name has pushed this one out."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Where to connect, under which name, and whose topics."""

    broker: Broker
    client_id: str
    site_id: str
    agency: str

    @property
    def session(self) -> Session:
        """A kept session: the broker holds what comes while the terminal is away."""
        return Session(
            client_id=self.client_id,
            kept=True,
            subscribe_to=alert_topic(self.site_id, self.agency, "+"),
            also_subscribe_to=(snapshot_topic(self.site_id, self.agency, "+"),),
            largest_incoming_bytes=LARGEST_INCOMING_BYTES,
        )


class Terminal:
    """Runs until it is told to stop. ``tell`` hears what the link is doing, in words."""

    def __init__(self, wire: Wire, desk: Desk, tell: Callable[[str], None]) -> None:
        self._wire, self._desk, self._tell = wire, desk, tell
        self._unsent: deque[Answer] = deque(maxlen=ANSWERS_KEPT)
        self._unconfirmed: dict[int, Answer] = {}
        self._was_connected = False
        self._short_lived = 0

    def run(self, stop: threading.Event) -> None:
        """Show and answer what comes until ``stop`` is set; then ends within two seconds.

        Raises:
            DeliveryError: the broker refuses us at the first attempt, or lets us read nothing.
        """
        backoff = Backoff()
        while not stop.is_set():
            begin_s = time.monotonic()
            refused, why = self._one_connection(stop)
            if stop.is_set():
                return
            lasted_s = time.monotonic() - begin_s
            backoff = backoff.failed(lasted_s)
            if lasted_s > SETTLED_S:
                self._short_lived = 0
            # Chance only keeps terminals that lost one broker together from coming back in one moment.
            wait_s = backoff.wait_s(random.random(), refused=refused)  # noqa: S311
            self._tell(f"{self._wire.broker.name}: {why}{self._hint()}; trying again in {wait_s:.0f} s")
            stop.wait(wait_s)

    def _one_connection(self, stop: threading.Event) -> tuple[bool, str]:
        """Whether we were refused, and why the connection ended."""
        try:
            link = Link.open(self._wire.broker, self._wire.session, stop.is_set)
        except LinkRefusedError as error:
            if not self._was_connected:
                mend = "see --username, --password-file, --ca-file"
                raise DeliveryError(f"refused us: {error}", where=self._wire.broker.name, mend=mend) from None
            return True, f"refused us: {error}"
        except LinkLostError as error:
            return False, str(error)
        try:
            self._serve(link, stop)
        except LinkLostError as error:
            return False, str(error)
        finally:
            self._unsent.extend(self._unconfirmed.values())
            self._unconfirmed.clear()
            link.close()
        return False, "stopped"

    def _serve(self, link: Link, stop: threading.Event) -> None:
        if link.deaf_because is not None:
            raise DeliveryError(link.deaf_because, where=self._wire.broker.name)
        self._was_connected = True
        self._short_lived += 1
        topic = self._wire.session.subscribe_to
        self._tell(f"{self._wire.broker.name}: connected, waiting for alerts on {topic}")
        self._send(link)
        while not stop.is_set():
            self._step(link)
        deadline_s = time.monotonic() + LAST_ANSWERS_S
        while self._unconfirmed and time.monotonic() < deadline_s:
            link.step(STEP_S)
            self._take_pubacks(link)

    def _step(self, link: Link) -> None:
        link.step(STEP_S)
        self._take_pubacks(link)
        self._send(link)
        while link.incoming:
            message = link.incoming.popleft()
            self._unsent.extend(self._desk.take(message.topic, message.payload, message.retained))
            self._send(link)
            # Only now: a terminal that dies before has the broker bring the alert again.
            link.confirm(message)

    def _send(self, link: Link) -> None:
        while self._unsent and len(self._unconfirmed) < link.receive_maximum:
            answer = self._unsent[0]
            self._unconfirmed[link.publish(answer.topic, answer.payload)] = answer
            self._unsent.popleft()

    def _take_pubacks(self, link: Link) -> None:
        while link.pubacks:
            puback = link.pubacks.popleft()
            answer = self._unconfirmed.pop(puback.mid, None)
            if answer is not None and puback.refusal is not None:
                self._tell(f"{answer.topic}: the broker does not take our receipts: {puback.refusal}")

    def _hint(self) -> str:
        if self._short_lived < SHORT_LIVED:
            return ""
        return f" (if another terminal is named {self._wire.client_id}: give each its own --client-id)"
