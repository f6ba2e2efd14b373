"""Hands alerts to a broker over MQTT, QoS 1, and believes nothing but the PUBACK."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from droneops.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from paho.mqtt.client import Client

CONNECT_TIMEOUT_S = 10.0
PUBACK_TIMEOUT_S = 20.0
"""A satellite link answers within a few seconds; what takes longer is reported and stays on disk."""

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom to connect. The password is read from its file only when it is needed."""

    scheme: str
    host: str
    port: int
    path: str
    username: str | None
    password_file: Path | None
    ca_file: Path | None

    @classmethod
    def from_url(
        cls, url: str, username: str | None, password_file: Path | None, ca_file: Path | None
    ) -> Broker:
        """A broker of an ``mqtt://`` or ``mqtts://`` URL.

        Raises:
            ConfigError: the URL has no host, a bad port, or carries a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"broker.url: no address: {error}") from None
        if parts.password is not None or parts.username is not None:
            raise ConfigError("broker.url: holds credentials", mend="use username and password_file")
        if password_file is not None and username is None:
            raise ConfigError("broker.password_file: needs broker.username")
        if port == 0 or not parts.hostname or parts.scheme not in DEFAULT_PORTS:
            raise ConfigError(f"broker.url: {url!r} is no mqtt:// mqtts:// ws:// wss:// address")
        return cls(
            parts.scheme,
            parts.hostname,
            port or DEFAULT_PORTS[parts.scheme],
            parts.path or "/mqtt",
            username,
            password_file,
            ca_file,
        )

    def check_files(self) -> None:
        """Read the password and the certificates once, to learn before the work that they can be used.

        Raises:
            ConfigError: one cannot.
        """
        _password(self.password_file)
        if self.ca_file is not None:
            _tls(self.ca_file)

    @property
    def name(self) -> str:
        """Scheme, host and port, without secrets."""
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one topic."""

    topic: str
    payload: bytes


def alert_topic(site_id: str, agency: str, incident_id: str) -> str:
    """Where an agency reads the messages of an incident."""
    return f"droneops/v1/{site_id}/alerts/{agency}/{incident_id}"


def snapshot_topic(site_id: str, agency: str, incident_id: str) -> str:
    """Where an agency reads the picture of an incident."""
    return f"droneops/v1/{site_id}/snapshots/{agency}/{incident_id}"


def publish_all(
    broker: Broker, client_id: str, messages: Sequence[Outgoing], on_sent: Callable[[int], None]
) -> None:
    """Publish in order, one in flight; ``on_sent`` hears how many have their PUBACK.

    Raises:
        DeliveryError: the broker cannot be reached, refuses us, or leaves a message without PUBACK.
    """
    client = _client(broker, client_id)
    try:
        _connect(client, broker)
        for number, message in enumerate(messages):
            _publish(client, broker, message, f"{number} of {len(messages)} messages were delivered")
            on_sent(number + 1)
    finally:
        client.disconnect()
        client.loop_stop()


def _client(broker: Broker, client_id: str) -> Client:
    from paho.mqtt.client import Client, MQTTv311
    from paho.mqtt.enums import CallbackAPIVersion

    transport: Literal["tcp", "websockets"] = "websockets" if broker.scheme in ("ws", "wss") else "tcp"
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv311, transport=transport)
    client.connect_timeout = CONNECT_TIMEOUT_S
    if transport == "websockets":
        client.ws_set_options(path=broker.path)
    if broker.username is not None:
        client.username_pw_set(broker.username, _password(broker.password_file))
    if broker.scheme in ("mqtts", "wss"):
        client.tls_set_context(_tls(broker.ca_file))
    return client


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"broker.password_file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigError("broker.password_file is not UTF-8 text", where=str(path)) from None


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        reason = error.strerror or "holds no certificate"
        raise ConfigError(f"broker.ca_file cannot be read: {reason}", where=str(ca_file)) from None


def _connect(client: Client, broker: Broker) -> None:
    answers: list[str] = []
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(str(reason))
    try:
        client.connect(broker.host, broker.port, keepalive=30)
    except (OSError, ValueError) as error:
        raise _unreachable(broker, str(error)) from None
    client.loop_start()
    deadline = time.monotonic() + CONNECT_TIMEOUT_S
    while not client.is_connected():
        if answers and answers[-1] != "Success":
            raise DeliveryError(f"refused us: {answers[-1]}", where=broker.name, mend="check [broker]")
        if time.monotonic() > deadline:
            raise _unreachable(broker, f"no answer within {CONNECT_TIMEOUT_S:.0f} s")
        time.sleep(0.005)


def _unreachable(broker: Broker, why: str) -> DeliveryError:
    mend = "nothing was sent; the alerts stay in alerts.jsonl"
    return DeliveryError(f"cannot be reached: {why}", where=broker.name, mend=mend)


def _publish(client: Client, broker: Broker, message: Outgoing, progress: str) -> None:
    """Publish and wait for the PUBACK.

    paho queues a message even where `publish` reports that there is no connection, and sends it on
    reconnecting, so the return code is not looked at; `wait_for_publish` returns normally on a timeout and
    raises while offline, so `is_published` alone decides.
    """
    info = client.publish(message.topic, message.payload, qos=1)
    deadline = time.monotonic() + PUBACK_TIMEOUT_S
    while not info.is_published():
        if time.monotonic() > deadline:
            what = f"no PUBACK within {PUBACK_TIMEOUT_S:.0f} s; {progress}"
            raise DeliveryError(what, where=broker.name, mend="all alerts stay in alerts.jsonl")
        time.sleep(0.002)
