"""The broker's address and what is needed to be let in."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from droneops.errors import ConfigError

if TYPE_CHECKING:
    from droneops.config import Site

Protocol = Literal["5", "3.1.1"]

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
