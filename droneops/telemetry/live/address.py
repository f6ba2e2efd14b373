"""The address of a MAVLink link, as the site file and the command line write it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal, cast, get_args

from droneops.errors import ConfigError

LinkKind = Literal["udpin", "udpout", "tcp", "serial"]

# What SiK radios and ArduPilot's telemetry ports are set to when nobody changed it.
DEFAULT_BAUD = 57_600
# From the slowest modem to the fastest rate Linux has a constant for (B4000000).
_SLOWEST_BAUD = 300
_FASTEST_BAUD = 4_000_000

FORMS = (
    "give udpin:0.0.0.0:14550, udpout:10.0.0.5:14550, tcp:10.0.0.5:5760 or serial:/dev/ttyUSB0:57600, "
    "IPv6 in brackets: udpin:[::]:14550"
)


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """Where a link is. ``str()`` gives the canonical form, which `parse_address` reads back.

    ``host`` and ``port`` belong to udpin (where to listen), udpout and tcp (whom to call), ``device`` and
    ``baud`` to serial; they are empty and 0 for the other kinds.
    """

    kind: LinkKind
    host: str = ""
    port: int = 0
    device: str = ""
    baud: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.endpoint}" + (f":{self.baud}" if self.kind == "serial" else "")

    @property
    def endpoint(self) -> str:
        """The host and port, or the device, without the kind."""
        return self.device if self.kind == "serial" else host_and_port(self.host, self.port)


def parse_address(text: str, *, where: str = "") -> LinkAddress:
    """The address that ``text`` names. Raises ConfigError, at ``where``, saying which part is wrong."""
    kind, colon, rest = text.strip().partition(":")
    if kind not in get_args(LinkKind) or not colon:
        raise _wrong(f"no kind of link in {text!r}", where)
    if kind == "serial":
        return _serial(rest, where)
    host, colon, port = rest.rpartition(":")
    if not colon:
        raise _wrong(f"no port in {text!r}", where)
    return LinkAddress(cast(LinkKind, kind), host=_host(host, where), port=_port(port, where))


def host_and_port(host: str, port: int) -> str:
    """``host:port``, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _serial(rest: str, where: str) -> LinkAddress:
    """``/dev/serial/by-path/...`` has colons of its own: only digits behind the last are a rate."""
    device, _, last = rest.rpartition(":")
    if not (device and (last.isdecimal() or not last)):
        device, last = rest, str(DEFAULT_BAUD)
    if not device.startswith("/"):
        raise _wrong(f"the device {device!r} is no full path", where)
    baud = _number(last)
    if baud is None or not _SLOWEST_BAUD <= baud <= _FASTEST_BAUD:
        raise _wrong(f"the rate {last!r} is not {_SLOWEST_BAUD} to {_FASTEST_BAUD} baud", where)
    return LinkAddress("serial", device=device, baud=baud)


def _host(text: str, where: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        return _ipv6(text[1:-1], where)
    if ":" in text:
        raise _wrong(f"the host {text!r} has colons and no brackets", where)
    if not text or any(letter.isspace() or letter in "[]/@" for letter in text):
        raise _wrong(f"{text!r} is no host", where)
    return text


def _ipv6(text: str, where: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise _wrong(f"{text!r} is no IPv6 address", where) from None


def _port(text: str, where: str) -> int:
    port = _number(text)
    if port is None or not 1 <= port <= 65_535:
        raise _wrong(f"the port {text!r} is not 1 to 65535", where)
    return port


def _number(text: str) -> int | None:
    """``text`` as a whole number, None if it is not one; nine digits hold all that can be meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _wrong(what: str, where: str) -> ConfigError:
    return ConfigError(what, where=where, mend=FORMS)
