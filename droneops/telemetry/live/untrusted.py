"""Texts, numbers and addresses from the air: anyone in reach can send them."""

from __future__ import annotations

import math
import re
import unicodedata
from urllib.parse import urlsplit

import numpy as np

# What a video reader opens over a network. No file and no http: an address from the air must not make us
# read our own disk, nor speak to a web server of the site.
_SCHEMES = ("rtsp", "rtsps", "rtp", "udp", "tcp", "mpegts", "srt")
_LARGEST_PORT = 65_535

# Control characters and the invisible ones that turn the direction of a line.
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")

# Up to the last @: a password may itself hold an @ or a slash, and some cameras leave the slashes out.
_LOGIN = re.compile(r"^([a-z][a-z0-9+.-]*:)?(//)?.*@", re.DOTALL | re.IGNORECASE)
# Some cameras take the login in the path or query, under names of their own: no value is shown.
_VALUE = re.compile(r"=[^&;/?#]*")


def clean_text(raw: bytes | np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """A text field up to its first NUL, as one printable line; what is no UTF-8 becomes U+FFFD.

    Its length is bounded by the field's, at most 160 bytes in the messages read here.
    """
    text = bytes(raw).split(b"\0", 1)[0].decode("utf-8", errors="replace")
    visible = (c for c in text if unicodedata.category(c) not in _INVISIBLE)
    return "".join(visible).strip()


def number_within(value: float, low: float, high: float) -> float | None:
    """A number if it is from ``low`` to ``high``; None, unknown, if it is not, or NaN."""
    number = float(value)
    return number if math.isfinite(number) and low <= number <= high else None


def why_unusable(uri: str) -> str:
    """Why a video address cannot be used; empty if it can."""
    if not uri:
        return "no address"
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "the address cannot be read"
    if parts.scheme not in _SCHEMES:
        return f"the address begins with none of {', '.join(f'{scheme}://' for scheme in _SCHEMES)}"
    if host is None:
        return "the address names no host"
    return "the address holds blanks" if any(c.isspace() for c in uri) else ""


def port_of(text: str) -> int | None:
    """A UDP or TCP port that a text consists of."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        return None
    return int(text) if 0 < int(text) <= _LARGEST_PORT else None


def without_secrets(uri: str) -> str:
    """An address as it may be shown and logged."""
    return _VALUE.sub("=***", _LOGIN.sub(r"\1\2***@", uri))
