"""The courier's thread that talks to the broker: connects, sends what it is handed, hands back what comes.

A message counts as taken when its PUBACK says so, and by nothing else: not when `publish` returns, not when a
wait ends. What has no PUBACK when a connection ends is handed back, and the next connection starts empty.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from droneops.delivery.client import Link, LinkLostError, LinkRefusedError, Puback, Session, Will
from droneops.delivery.exchange import (
    Arrived,
    Connected,
    Exchange,
    Handed,
    NotTaken,
    Returned,
    Taken,
    Unheard,
)
from droneops.delivery.mqtt import Broker
from droneops.delivery.outbox.types import Owed
from droneops.delivery.pace import Pace
from droneops.delivery.reconnect import Backoff, LinkState
from droneops.delivery.topics import alert_topic, snapshot_topic

PUBACK_TIMEOUT_S = 40.0
"""Without any PUBACK for so long a connection is dead: a picture over 20 kbit/s takes 26 s."""

SUBSCRIBERS_RETURN_S = 15.0
"""A broker that was restarted without memory has no subscribers until they come back. So long its word that
nobody is subscribed is no PUBACK; after it, it is one: somebody who is away gets the repeats."""

FIRST_PICTURE_WAIT_S, LONGEST_PICTURE_WAIT_S = 60.0, 600.0
"""After a second connection broke over a picture, and so much more after each. Some brokers say their limits
by hanging up: alerts must not wait for that again and again."""

IDLE_STEP_S, SAYING_STEP_S = 0.5, 0.05
MOST_SAID_BYTES = 1024
"""Of what is no alert so much at a time, and no more until the broker's machine has it: at 20 kbit/s a grave
alert waits 0.4 s behind it."""

MOST_UNASKED = 1000
"""Receipts at QoS 0 come without flow control; beyond this they are dropped, as QoS 0 allows."""

LAST_PUBACKS_S = 0.5
"""On stopping, so long is waited for what is on its way; the rest is sent again on the next start."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to, as whom, and what the broker says of us when we vanish or leave."""

    site_id: str
    broker: Broker
    session: Session
    last_will: Callable[[], Will] | None = None
    farewell: Callable[[], Will] | None = None


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message without its PUBACK; ``owed`` is None for what the site says of itself."""

    owed: Owed | None
    at_s: float


class Post:
    """Runs until it is told to stop; ``on_state`` hears of every change of the link, with its reason."""

    def __init__(
        self, address: Address, exchange: Exchange, on_state: Callable[[LinkState, str], None]
    ) -> None:
        self._address, self._exchange, self._on_state = address, exchange, on_state
        self._stopping = threading.Event()
        self._in_flight: dict[int, _Sent] = {}
        self._confirmed_sent_s = 0.0
        self._picture_losses, self._pictures_from_s = 0, 0.0
        # A broker that refuses and hangs up is only heard to the end by one who says nothing more meanwhile:
        # after a connection that ended without a good answer, one message goes first, alone.
        self._is_careful = self._has_good_answer = False
        self._in_flight_bytes = 0
        self._connection = 0
        self._heard_s = self._connected_s = 0.0

    def stop(self) -> None:
        """End soon; called from another thread."""
        self._stopping.set()
        self._exchange.wake()

    def run(self) -> None:
        """Connect, serve, wait, again."""
        backoff = Backoff()
        while not self._stopping.is_set():
            self._on_state(LinkState.CONNECTING, "")
            lasted_s, refused, why = self._one_connection()
            if self._stopping.is_set():
                break
            backoff = backoff.failed(lasted_s)
            wait_s = backoff.wait_s(random.random(), refused=refused)  # noqa: S311 - it only spreads load
            state = LinkState.REFUSED if refused else LinkState.WAITING
            self._on_state(state, f"{why}; trying again in {wait_s:.0f} s")
            self._stopping.wait(wait_s)
        self._on_state(LinkState.STOPPED, "")

    def _one_connection(self) -> tuple[float, bool, str]:
        """How long it lasted in seconds, whether we were refused, and why it ended."""
        begin_s: float | None = None
        refused, why = False, "stopped"
        try:
            link = Link.open(self._address.broker, self._session(), self._stopping.is_set)
            begin_s = time.monotonic()
            try:
                self._serve(link)
            finally:
                self._end(link)
        except LinkLostError as error:
            why = str(error)
        except LinkRefusedError as error:
            refused, why = True, str(error)
        return 0.0 if begin_s is None else time.monotonic() - begin_s, refused, why

    def _session(self) -> Session:
        known, last_will = self._address.session, self._address.last_will
        will = None if last_will is None else last_will()
        return Session(known.client_id, known.kept, will, known.subscribe_to)

    def _serve(self, link: Link) -> None:
        self._connection += 1
        self._has_good_answer = False
        self._heard_s = self._connected_s = time.monotonic()
        pace = Pace(self._heard_s)
        self._on_state(LinkState.CONNECTED, link.deaf_because or "")
        self._exchange.tell(Connected(self._connection, link.broker_remembers))
        while not self._stopping.is_set():
            self._turn(link, pace, SAYING_STEP_S if len(self._exchange.said) else IDLE_STEP_S)

    def _turn(self, link: Link, pace: Pace, timeout_s: float) -> None:
        """Once round: confirm, send, wait for the network, take what came."""
        self._exchange.heard()
        self._confirm(link)
        self._send(link, pace)
        self._say(link)
        link.step(timeout_s, self._exchange.wake_fd)
        self._take_pubacks(link, pace)
        self._take_messages(link)
        self._take_back_passed_over()
        if self._in_flight and time.monotonic() - self._heard_s > PUBACK_TIMEOUT_S:
            raise LinkLostError(f"no PUBACK within {PUBACK_TIMEOUT_S:.0f} s")

    def _confirm(self, link: Link) -> None:
        while self._exchange.stored:
            arrived = self._exchange.stored.popleft()
            if arrived.connection == self._connection:
                link.confirm(arrived.message)

    def _send(self, link: Link, pace: Pace) -> None:
        self._send_state(link)
        self._exchange.window = min(pace.messages, link.receive_maximum)
        most = 1 if self._is_careful else self._exchange.window
        for queue in (self._exchange.alerts, self._exchange.pictures):
            if queue is self._exchange.pictures and time.monotonic() < self._pictures_from_s:
                return
            while queue and len(self._in_flight) < most:
                size_bytes = len(queue[0].owed.payload)
                if not pace.has_room(len(self._in_flight), self._in_flight_bytes, size_bytes):
                    return
                self._publish(link, queue.popleft())
            if queue:
                pace.has_room(most, 0, 0)
                return

    def _publish(self, link: Link, handed: Handed) -> None:
        owed = handed.owed
        if handed.connection != self._connection:
            # Meant for a connection that is gone; what it was then may not be the incident's next any more.
            self._exchange.tell(Returned((owed.key,)))
            return
        topic = self._topic(owed)
        if not link.takes(topic, owed.payload):
            why = f"it takes packets of at most {link.largest_packet_bytes} bytes"
            self._exchange.tell(NotTaken(owed, why, is_of_this_one=True))
            return
        if not self._in_flight:
            self._heard_s = time.monotonic()
        try:
            mid = link.publish(topic, owed.payload)
        except LinkLostError:
            self._exchange.tell(Returned((owed.key,)))
            raise
        self._in_flight[mid] = _Sent(owed, time.monotonic())
        self._in_flight_bytes += len(owed.payload)

    def _send_state(self, link: Link) -> None:
        will = self._address.last_will
        while self._exchange.states and will is not None and len(self._in_flight) < link.receive_maximum:
            payload = self._exchange.states.popleft()
            self._count(link.publish(will().topic, payload, retain=True))

    def _say(self, link: Link) -> None:
        if self._is_careful or self._exchange.alerts or not len(self._exchange.said) or link.has_unsent():
            return
        room_bytes = MOST_SAID_BYTES
        while room_bytes > 0 and len(self._in_flight) < link.receive_maximum:
            if (said := self._exchange.said.take()) is None:
                return
            room_bytes -= len(said.topic) + len(said.payload)
            if not link.takes(said.topic, said.payload):
                continue
            if said.is_retained:
                self._count(link.publish(said.topic, said.payload, retain=True))
            else:
                link.publish(said.topic, said.payload, qos=0)

    def _count(self, mid: int) -> None:
        """Await the PUBACK of what is no alert."""
        if not self._in_flight:
            self._heard_s = time.monotonic()
        self._in_flight[mid] = _Sent(None, time.monotonic())

    def _topic(self, owed: Owed) -> str:
        spell = alert_topic if owed.kind == "alert" else snapshot_topic
        return spell(self._address.site_id, owed.agency, owed.incident_id)

    def _take_pubacks(self, link: Link, pace: Pace) -> None:
        while link.pubacks:
            puback = link.pubacks.popleft()
            self._heard_s = time.monotonic()
            sent = self._in_flight.pop(puback.mid, None)
            if sent is None:
                continue
            self._confirmed_sent_s = max(self._confirmed_sent_s, sent.at_s)
            if (owed := sent.owed) is None:
                continue
            if owed.kind != "alert":
                self._picture_losses = 0
            if puback.refusal is None:
                self._is_careful, self._has_good_answer = False, True
            self._in_flight_bytes -= len(owed.payload)
            pace.confirmed(len(owed.payload), self._heard_s)
            self._exchange.tell(self._answered(owed, puback))

    def _take_back_passed_over(self) -> None:
        """PUBACKs come in the messages' order (MQTT 5, 4.6): the broker lost what it has passed over."""
        now_s = time.monotonic()
        for mid, sent in list(self._in_flight.items()):
            if sent.at_s >= self._confirmed_sent_s or now_s - sent.at_s <= PUBACK_TIMEOUT_S:
                return
            del self._in_flight[mid]
            if sent.owed is not None:
                self._in_flight_bytes -= len(sent.owed.payload)
                self._exchange.tell(Returned((sent.owed.key,)))

    def _answered(self, owed: Owed, puback: Puback) -> Taken | Unheard | NotTaken:
        if puback.refusal is not None:
            return NotTaken(owed, puback.refusal, puback.is_of_this_one)
        is_early = self._heard_s - self._connected_s < SUBSCRIBERS_RETURN_S
        if puback.nobody_subscribed and is_early and self._address.session.kept:
            return Unheard(owed)
        return Taken(owed, puback.nobody_subscribed)

    def _take_messages(self, link: Link) -> None:
        while link.incoming:
            message = link.incoming.popleft()
            if message.qos > 0 or len(self._exchange.news) < MOST_UNASKED:
                self._exchange.tell(Arrived(self._connection, message))

    def _end(self, link: Link) -> None:
        """Say good-bye if we leave of our own will; hand back what has no PUBACK."""
        try:
            if self._stopping.is_set():
                self._say_farewell(link)
        except LinkLostError:
            pass
        finally:
            link.close()
            # Brokers say why, and hang up: the last answers are in what was read before the end.
            self._take_pubacks(link, Pace(time.monotonic()))
            self._hand_back()

    def _say_farewell(self, link: Link) -> None:
        pace = Pace(time.monotonic())
        if self._address.farewell is not None:
            farewell = self._address.farewell()
            mid = link.publish(farewell.topic, farewell.payload, retain=True)
            self._in_flight[mid] = _Sent(None, time.monotonic())
        deadline_s = time.monotonic() + LAST_PUBACKS_S
        while self._in_flight and time.monotonic() < deadline_s:
            link.step(0.05)
            self._take_pubacks(link, pace)

    def _hand_back(self) -> None:
        lost = [sent.owed for sent in self._in_flight.values() if sent.owed is not None]
        if any(owed.kind != "alert" for owed in lost):
            wait_s = min(FIRST_PICTURE_WAIT_S * self._picture_losses, LONGEST_PICTURE_WAIT_S)
            self._pictures_from_s = time.monotonic() + wait_s
            self._picture_losses += 1
        if lost:
            self._is_careful = not self._has_good_answer
        keys = [owed.key for owed in lost]
        for queue in (self._exchange.alerts, self._exchange.pictures):
            while queue:
                keys.append(queue.popleft().owed.key)
        self._in_flight.clear()
        self._in_flight_bytes = 0
        self._exchange.tell(Returned(tuple(keys), ended=self._connection))
