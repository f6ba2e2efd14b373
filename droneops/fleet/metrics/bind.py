"""Where to listen."""

from __future__ import annotations

from droneops.errors import ConfigError


def host_and_port(bind: str, name: str = "metrics.bind") -> tuple[str, int]:
    """Of ``HOST:PORT``; an IPv6 address stands in brackets. Port 0 is any that is free.

    ``name`` is what the site file calls it.

    Raises:
        ConfigError: it is neither.
    """
    host, colon, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise ConfigError(f"{name}: {bind!r} is no HOST:PORT", mend='write "127.0.0.1:9108"')
    return host, int(port)
