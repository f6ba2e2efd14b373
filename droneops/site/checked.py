"""What a check found, and the two ways to try a port."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "fails"]

_TIMEX_BYTES, _TIME_ERROR = 256, 5
"""linux/timex.h: the struct has 208 bytes on 64-bit machines; 5 is the state of a clock nobody sets."""

REACH_WITHIN_S = 3.0
"""A broker or a camera on a satellite link answers within a second or two."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at; ``mend`` is what to do, "" where nothing is wrong."""

    name: str
    verdict: Verdict
    told: str
    mend: str = ""


def is_synchronised() -> bool | None:
    """Whether the kernel's clock is steered by a time service; None where it does not say."""
    if sys.platform != "linux":
        return None
    import ctypes

    # adjtimex(2) with a struct timex of zeros asks, and changes nothing.
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else bool(state != _TIME_ERROR)


def reached(name: str, shown: str, host: str, port: int, mend: str) -> Checked:
    """Whether somebody listens at a TCP port; ``shown`` is its address without secrets."""
    try:
        socket.create_connection((host, port), REACH_WITHIN_S).close()
    except OSError as error:
        return Checked(name, "fails", f"{shown} cannot be reached: {error.strerror or error}", mend)
    return Checked(name, "ok", f"{shown} can be reached")


def is_free(name: str, kind: socket.SocketKind, host: str, port: int, mend: str) -> Checked:
    """Whether we can listen at a port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return Checked(name, "fails", f"cannot listen on {host}:{port}: {error.strerror or error}", mend)
    return Checked(name, "ok", f"can listen on {host}:{port}")
