"""The broker's address and what is needed to be let in; and a plain way to publish a list (`publish_all`)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from droneops.delivery.topics import alert_topic, snapshot_topic
from droneops.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from paho.mqtt.client import Client

    from droneops.config import Site

__all__ = ["Broker", "Outgoing", "Protocol", "alert_topic", "publish_all", "snapshot_topic"]

Protocol = Literal["5", "3.1.1"]

CONNECT_TIMEOUT_S = 10.0
PUBACK_TIMEOUT_S = 20.0
"""A satellite link answers within a few seconds; what takes longer is reported and stays on disk."""

TLS_SCHEMES = ("mqtts", "wss")
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom to connect. Secrets are read from their files only when they are needed."""

    scheme: str
    host: str
    port: int
    path: str
    username: str | None
    password_file: Path | None
    ca_file: Path | None
    cert_file: Path | None = None
    key_file: Path | None = None
    protocol: Protocol = "5"

    @classmethod
    def from_url(
        cls,
        url: str,
        username: str | None,
        password_file: Path | None,
        ca_file: Path | None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
        protocol: Protocol = "3.1.1",
    ) -> Broker:
        """A broker of an ``mqtt://`` or ``mqtts://`` URL; 3.1.1 is what every broker speaks.

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
        if cert_file is not None and parts.scheme not in TLS_SCHEMES:
            raise ConfigError("broker.cert_file: needs mqtts:// or wss://")
        return cls(
            parts.scheme,
            parts.hostname,
            port or DEFAULT_PORTS[parts.scheme],
            parts.path or "/mqtt",
            username,
            password_file,
            ca_file,
            cert_file,
            key_file,
            protocol,
        )

    @classmethod
    def of(cls, site: Site) -> Broker:
        """The broker of a site file.

        Raises:
            ConfigError: there is no [broker], or it is wrong.
        """
        section = site.file.broker
        if section is None:
            raise ConfigError(
                "there is no [broker]", mend='add [broker] with url = "mqtts://HOST" to the site file'
            )
        names = (section.password_file, section.ca_file, section.cert_file, section.key_file)
        password, ca, cert, key = (None if name is None else site.beside(name) for name in names)
        return cls.from_url(section.url, section.username, password, ca, cert, key, section.protocol)

    def check_files(self) -> None:
        """Read the password and the certificates once, to learn before the work that they can be used.

        Raises:
            ConfigError: one cannot.
        """
        self.password()
        if self.uses_tls:
            self.tls()

    @property
    def name(self) -> str:
        """Scheme, host and port, without secrets."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme in TLS_SCHEMES

    @property
    def transport(self) -> Literal["tcp", "websockets"]:
        """What MQTT is carried by."""
        return "websockets" if self.scheme in ("ws", "wss") else "tcp"

    def password(self) -> str | None:
        """The password, read now.

        Raises:
            ConfigError: its file cannot be read.
        """
        return _password(self.password_file)

    def tls(self) -> ssl.SSLContext:
        """Whom to trust, and our own certificate.

        Raises:
            ConfigError: a file cannot be used.
        """
        context = _trusting(self.ca_file)
        context.sslsocket_class = _TidySocket
        if self.cert_file is not None and self.key_file is not None:
            _show_certificate(context, self.cert_file, self.key_file)
        return context


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one topic."""

    topic: str
    payload: bytes


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

    client = Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv311, transport=broker.transport
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    if broker.transport == "websockets":
        client.ws_set_options(path=broker.path)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password())
    if broker.uses_tls:
        client.tls_set_context(broker.tls())
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


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        reason = error.strerror or "holds no certificate"
        raise ConfigError(f"broker.ca_file cannot be read: {reason}", where=str(ca_file)) from None


def _show_certificate(context: ssl.SSLContext, cert_file: Path, key_file: Path) -> None:
    for name, path in (("cert_file", cert_file), ("key_file", key_file)):
        try:
            path.open("rb").close()
        except OSError as error:
            raise ConfigError(f"broker.{name} cannot be read: {error.strerror}", where=str(path)) from None
    try:
        # Without a password here OpenSSL would ask the terminal for one, and a service would hang.
        context.load_cert_chain(cert_file, key_file, password="")
    except (OSError, ValueError):
        what = "broker.cert_file and broker.key_file are no certificate with its unencrypted key"
        raise ConfigError(what, where=str(cert_file)) from None


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
