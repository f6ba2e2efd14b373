"""Where the store is, and what is needed to be let in."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from droneops.errors import ConfigError

if TYPE_CHECKING:
    from droneops.config import Site

DEFAULT_PORT = 6379


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A Redis or Valkey over TCP (``host``, ``port``) or a Unix socket (``socket``); ``name`` has no secret.

    The password is read from its file only when it is needed.
    """

    name: str
    host: str | None = None
    port: int = DEFAULT_PORT
    socket: Path | None = None
    database: int = 0
    uses_tls: bool = False
    username: str | None = None
    password_file: Path | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @classmethod
    def of(cls, site: Site) -> StoreAddress | None:
        """The store of a site file's [redis]; None where it has none.

        Raises:
            ConfigError: the URL is no address, or carries a password.
        """
        section = site.file.redis
        if section is None:
            return None
        if section.username is not None and section.password_file is None:
            raise ConfigError("redis.username: needs redis.password_file")
        password, ca = (
            None if name is None else site.beside(name) for name in (section.password_file, section.ca_file)
        )
        return cls.from_url(section.url, section.username, password, ca)

    @classmethod
    def from_url(
        cls,
        url: str,
        username: str | None = None,
        password_file: Path | None = None,
        ca_file: Path | None = None,
    ) -> StoreAddress:
        """A store of a ``redis://HOST[:PORT][/DB]``, ``rediss://`` (TLS) or ``unix:///PATH`` URL.

        Raises:
            ConfigError: the URL is no address, or carries a password.
        """
        parts, port = _split(url)
        if parts.scheme == "unix":
            return cls(url, socket=Path(parts.path), username=username, password_file=password_file)
        port = port or DEFAULT_PORT
        return cls(
            f"{parts.scheme}://{parts.hostname}:{port}",
            host=parts.hostname,
            port=port,
            database=_database(parts.path),
            uses_tls=parts.scheme == "rediss",
            username=username,
            password_file=password_file,
            ca_file=ca_file,
        )

    def check_files(self) -> None:
        """Read the password and the authority's certificate once, to learn that they can be used.

        Raises:
            ConfigError: one cannot.
        """
        self.password()
        if self.ca_file is None:
            return
        try:
            ssl.create_default_context(cafile=str(self.ca_file))
        except OSError as error:
            reason = error.strerror or "holds no certificate"
            raise ConfigError(f"redis.ca_file cannot be read: {reason}", where=str(self.ca_file)) from None

    def password(self) -> str | None:
        """The password, read now.

        Raises:
            ConfigError: its file cannot be read.
        """
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
            what = f"redis.password_file cannot be read: {reason}"
            raise ConfigError(what, where=str(self.password_file)) from None

    def endpoint(self) -> dict[str, Any]:
        """Where to connect, as redis-py's keyword arguments."""
        if self.socket is not None:
            return {"unix_socket_path": str(self.socket)}
        place: dict[str, Any] = {"host": self.host, "port": self.port, "db": self.database}
        if self.uses_tls:
            place |= {"ssl": True, "ssl_ca_certs": None if self.ca_file is None else str(self.ca_file)}
        return place


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"redis.url: no address: {error}") from None
    if parts.username is not None or parts.password is not None or "password" in parts.query:
        raise ConfigError("redis.url: holds credentials", mend="use username and password_file")
    is_place = parts.path if parts.scheme == "unix" else parts.hostname
    if parts.scheme not in ("redis", "rediss", "unix") or not is_place or port == 0:
        raise ConfigError(f"redis.url: {url!r} is no redis:// rediss:// unix:// address")
    return parts, port


def _database(path: str) -> int:
    text = path.strip("/")
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ConfigError(f"redis.url: {text!r} is no number of a database")
    return int(text)
