"""One connection to the broker. It is used once: after a loss a new one is made.

paho keeps what has no PUBACK in memory and sends it by itself on reconnecting, also what was published while
offline. Here its queue dies with the connection: what the broker did not confirm is read from the outbox
again, in the outbox's order. The thread that opens a link is the only one that may use it.
"""

from __future__ import annotations

import fcntl
import select
import sys
import termios
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from droneops.delivery.mqtt import Broker
from droneops.errors import ConfigError

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

CONNECT_TIMEOUT_S = 10.0
"""A satellite link answers within a few seconds."""

KEEPALIVE_S = 60
"""A 64 KiB picture takes half a minute on a 20 kbit/s link, and a ping waits behind it."""

SESSION_KEPT_S = 7 * 86_400
"""How long the broker keeps our receipts while the site is away: a week without power."""

LARGEST_INCOMING_BYTES = 20_480
"""A receipt is at most 16 KiB; its topic and properties fit in the rest. Larger ones the broker drops."""

MOST_UNCONFIRMED_INCOMING = 256
"""The broker holds back further receipts until these are on disk: 5 MiB of memory at most."""

MQTT_3_RECEIVE_MAXIMUM = 65_535

PACKET_HEAD_BYTES = 10
"""At most, of a PUBLISH: kind and length 5, topic's length 2, number 2, no properties 1 (MQTT 5, 3.3)."""

OF_THIS_ONE = frozenset({0x90, 0x91, 0x95, 0x99})
"""PUBACK reasons about one message: topic invalid, number in use, too large, payload invalid."""

PASSING = frozenset({0x88, 0x89, 0x97, 0x9F})
"""CONNACK reasons that pass by themselves: unavailable, busy, quota exceeded, connection rate exceeded."""

MENDS = {
    0x84: '; set protocol = "3.1.1" in [broker]',
    0x86: "; see username and password_file in [broker]",
    0x87: "; see username and password_file in [broker]",
}


class LinkLostError(Exception):
    """The connection is gone, or never came about; trying again may help."""


class LinkRefusedError(Exception):
    """The broker does not want us as we are; trying again soon will not help."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says of us, retained, when we vanish."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are to the broker. A kept session holds messages for us while we are away."""

    client_id: str
    kept: bool = False
    will: Will | None = None
    subscribe_to: str | None = None
    also_subscribe_to: tuple[str, ...] = ()
    largest_incoming_bytes: int = LARGEST_INCOMING_BYTES


@dataclass(frozen=True, slots=True)
class Puback:
    """The broker's answer to a publication: None as `refusal` if it took it.

    ``is_of_this_one``: it is this message that the broker refuses; others on its topic may do better.
    """

    mid: int
    refusal: str | None
    nobody_subscribed: bool
    is_of_this_one: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from the broker; ``topic`` is None if it is no text."""

    mid: int
    qos: int
    topic: str | None
    payload: bytes
    retained: bool


class Link:
    """A connection with its session; `pubacks` and `incoming` fill while it is stepped."""

    def __init__(self, client: Client) -> None:
        self.pubacks: deque[Puback] = deque()
        self.incoming: deque[Incoming] = deque()
        self.receive_maximum = MQTT_3_RECEIVE_MAXIMUM
        self.largest_packet_bytes: int | None = None
        self.broker_remembers = False
        self.deaf_because: str | None = None
        self._client = client
        self._connack: ReasonCode | None = None
        self._suback: ReasonCode | None = None
        self._why = "connection lost"
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect

    @classmethod
    def open(cls, broker: Broker, session: Session, is_stopping: Callable[[], bool]) -> Self:
        """Connect, be let in, subscribe.

        Blocks for at most three times `CONNECT_TIMEOUT_S`, longer where the name service hangs.

        Raises:
            LinkLostError: no connection, no answer in time, or stopping.
            LinkRefusedError: the broker refuses us, or a file of [broker] cannot be used.
        """
        try:
            client = _client(broker, session)
        except ConfigError as error:
            raise LinkRefusedError(error.one_line()) from None
        link = cls(client)
        try:
            link._connect(broker, session, is_stopping)
            link._subscribe(broker, session, is_stopping)
        except BaseException:
            link.close()
            raise
        return link

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> int:
        """Send; at QoS 1 its PUBACK will carry the number that is returned, at QoS 0 there is none.

        Raises:
            LinkLostError: the connection is gone; nothing will be sent later on.
        """
        if not self._client.is_connected():
            raise LinkLostError(self._why)
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        # paho has queued it all the same, but this client never connects again.
        if info.rc != 0:
            raise LinkLostError(self._why)
        return info.mid

    def takes(self, topic: str, payload: bytes) -> bool:
        """Whether the broker bears a publication of this size; it ends the connection over a larger one."""
        size_bytes = PACKET_HEAD_BYTES + len(topic.encode()) + len(payload)
        return self.largest_packet_bytes is None or size_bytes <= self.largest_packet_bytes

    def has_unsent(self) -> bool:
        """Whether what was published is still on this machine, or on its way to the broker's."""
        connection = self._client.socket()
        try:
            return connection is None or self._client.want_write() or _unconfirmed_bytes(connection) > 0
        except (OSError, ValueError):
            return True  # it is gone, as the next step will say

    def confirm(self, message: Incoming) -> None:
        """Tell the broker that a message is on our disk; in the order in which they came."""
        if message.qos > 0:
            self._client.ack(message.mid, message.qos)

    def step(self, timeout_s: float, wake_fd: int | None = None) -> None:
        """Write and read what is there; wait for it until ``timeout_s`` or until ``wake_fd`` is readable.

        Raises:
            LinkLostError: the connection is gone.
        """
        connection = self._client.socket()
        if connection is None:
            raise LinkLostError(self._why)
        try:
            readable, writable = _ready(connection, self._client.want_write(), timeout_s, wake_fd)
            failed = (readable and self._client.loop_read()) or (writable and self._client.loop_write())
            failed = failed or self._client.loop_misc()
        except Exception as error:
            # paho's parsers raise what they like on a broker's nonsense.
            raise LinkLostError(f"the broker sent what cannot be read ({type(error).__name__})") from error
        if failed or self._client.socket() is None:
            raise LinkLostError(self._why)

    def flush(self, timeout_s: float) -> None:
        """Write what waits to be written, for at most so long; a lost connection ends it quietly."""
        deadline_s = time.monotonic() + timeout_s
        try:
            while self._client.want_write() and time.monotonic() < deadline_s:
                self.step(0.05)
        except LinkLostError:
            return

    def close(self) -> None:
        """Take leave of the broker, so that it keeps our will to itself, and close the connection."""
        try:
            self._client.disconnect()
            self.flush(0.2)
        except (OSError, ValueError):
            pass
        finally:
            connection = self._client.socket()
            if connection is not None:
                connection.close()

    def _connect(self, broker: Broker, session: Session, is_stopping: Callable[[], bool]) -> None:
        try:
            self._client.connect(broker.host, broker.port, KEEPALIVE_S, **_connect_options(broker, session))
        except (OSError, ValueError) as error:
            raise LinkLostError(_reason(error)) from None
        self._wait_for(lambda: self._connack, "no answer to CONNECT", is_stopping)
        if self._connack is not None and self._connack.is_failure:
            text = f"{self._connack}{MENDS.get(self._connack.value, '')}"
            raise LinkLostError(text) if self._connack.value in PASSING else LinkRefusedError(text)

    def _subscribe(self, broker: Broker, session: Session, is_stopping: Callable[[], bool]) -> None:
        if session.subscribe_to is None:
            return
        topics = (session.subscribe_to, *session.also_subscribe_to)
        option = _subscribe_option(broker)
        self._client.subscribe([(topic, option) for topic in topics])
        self._wait_for(lambda: self._suback, "no answer to SUBSCRIBE", is_stopping)
        if self._suback is not None and self._suback.is_failure:
            # Alerts go out all the same: without receipts they are repeated and handed on.
            self.deaf_because = f"no right to read {session.subscribe_to}: {self._suback}"

    def _wait_for(self, answer: Callable[[], object], what: str, is_stopping: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + CONNECT_TIMEOUT_S
        while answer() is None:
            if is_stopping() or time.monotonic() > deadline_s:
                raise LinkLostError(f"{what} within {CONNECT_TIMEOUT_S:.0f} s")
            try:
                self.step(0.1)
            except LinkLostError:
                # A refusal closes the connection behind it.
                if answer() is None:
                    raise

    def _on_connect(
        self, _client: Client, _data: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._connack = reason
        self.broker_remembers = bool(flags.session_present)
        self.receive_maximum = int(getattr(properties, "ReceiveMaximum", MQTT_3_RECEIVE_MAXIMUM))
        self.largest_packet_bytes = getattr(properties, "MaximumPacketSize", None)

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        self._suback = next((reason for reason in reasons if reason.is_failure), reasons[0])

    def _on_publish(
        self, _client: Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any
    ) -> None:
        refusal = str(reason) if reason.is_failure else None
        self.pubacks.append(Puback(mid, refusal, reason.value == 0x10, reason.value in OF_THIS_ONE))

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            topic: str | None = message.topic
        except UnicodeDecodeError:
            topic = None
        self.incoming.append(
            Incoming(message.mid, message.qos, topic, bytes(message.payload), bool(message.retain))
        )

    def _on_disconnect(
        self, _client: Client, _data: Any, flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._why = f"the broker ended the connection: {reason}"


def _client(broker: Broker, session: Session) -> Client:
    from paho.mqtt.client import Client, MQTTv5, MQTTv311
    from paho.mqtt.enums import CallbackAPIVersion

    is_5 = broker.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=session.client_id,
        clean_session=None if is_5 else not session.kept,
        protocol=MQTTv5 if is_5 else MQTTv311,
        transport=broker.transport,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    # The window is the courier's; a second one inside paho would only hide how much is on its way.
    client.max_inflight_messages = MQTT_3_RECEIVE_MAXIMUM
    if broker.transport == "websockets":
        client.ws_set_options(path=broker.path)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password())
    if broker.uses_tls:
        client.tls_set_context(broker.tls())
    if session.will is not None:
        client.will_set(session.will.topic, session.will.payload, qos=1, retain=True)
    return client


def _connect_options(broker: Broker, session: Session) -> dict[str, Any]:
    if broker.protocol != "5":
        return {}
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own gap
    properties.SessionExpiryInterval = SESSION_KEPT_S if session.kept else 0
    properties.MaximumPacketSize = session.largest_incoming_bytes
    properties.ReceiveMaximum = MOST_UNCONFIRMED_INCOMING
    return {"clean_start": not session.kept, "properties": properties}


def _subscribe_option(broker: Broker) -> Any:
    """With MQTT 5 a message that comes at once says too that it is retained, so that it can be refused."""
    if broker.protocol != "5":
        return 1
    from paho.mqtt.subscribeoptions import SubscribeOptions

    only_if_new = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
    return SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=only_if_new)


def _unconfirmed_bytes(connection: Any) -> int:
    """What TCP has no confirmation of (tcp(7), SIOCOUTQ, the same number as TIOCOUTQ)."""
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(answer, sys.byteorder)


def _ready(connection: Any, wants_write: bool, timeout_s: float, wake_fd: int | None) -> tuple[bool, bool]:
    """Whether the connection can be read and written."""
    pending = getattr(connection, "pending", None)
    held_back = pending is not None and pending() > 0
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | (select.POLLOUT if wants_write else 0))
    if wake_fd is not None:
        poll.register(wake_fd, select.POLLIN)
    events = dict(poll.poll(0 if held_back else timeout_s * 1000)).get(connection.fileno(), 0)
    broken = bool(events & (select.POLLERR | select.POLLHUP | select.POLLNVAL))
    return held_back or broken or bool(events & select.POLLIN), bool(events & select.POLLOUT)


def _reason(error: Exception) -> str:
    return getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
