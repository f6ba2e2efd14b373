"""A host name's addresses, without ever waiting for a name server.

`getaddrinfo` cannot be interrupted and may take half a minute. It runs in a thread of its own that nobody
waits for (a daemon: it does not hold up the end of the process); the caller asks again when it is woken.
At most one such thread runs for a link, however often it is opened meanwhile.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from typing import Any

from droneops.telemetry.live.waker import Waker


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """What a socket is made and called with: the address family, and the address as `socket` wants it."""

    family: int
    address: tuple[Any, ...]


@dataclass(slots=True)
class _Answer:
    addresses: list[SocketAddress] = field(default_factory=list)
    error: OSError | None = None
    is_complete: threading.Event = field(default_factory=threading.Event)


class Lookup:
    """Asks for one host and port, anew each time the last answer has been taken."""

    def __init__(self, host: str, port: int, kind: socket.SocketKind, waker: Waker) -> None:
        self._host, self._port, self._kind, self._waker = host, port, kind, waker
        self._answer: _Answer | None = None

    def take(self) -> list[SocketAddress] | None:
        """The addresses, at least one; None: not known yet, the waker tells when. Raises OSError: no such."""
        if self._answer is None:
            if (numeric := self._numeric()) is not None:
                return numeric
            self._answer = _Answer()
            threading.Thread(target=self._ask, args=(self._answer,), name="name lookup", daemon=True).start()
        if not self._answer.is_complete.is_set():
            return None
        answer, self._answer = self._answer, None
        if answer.error is not None:
            raise answer.error
        return answer.addresses

    def _numeric(self) -> list[SocketAddress] | None:
        """The address if the host is one, which takes no name server."""
        try:
            return self._resolve(socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return None

    def _ask(self, answer: _Answer) -> None:
        try:
            answer.addresses = self._resolve(0)
        except OSError as error:
            answer.error = error
        except UnicodeError:
            answer.error = OSError(f"{self._host!r} cannot be a host name")
        answer.is_complete.set()
        self._waker.wake()

    def _resolve(self, flags: int) -> list[SocketAddress]:
        found = socket.getaddrinfo(self._host, self._port, type=self._kind, flags=flags)
        return [SocketAddress(family, address) for family, _, _, _, address in found]
