"""A drone's end of the socket to its site. Never waits: what does not fit now goes out later."""

from __future__ import annotations

import socket

from droneops.errors import OutputError
from droneops.fleet.wire import Decoder, Message, encode

MOST_WAITING = 64 << 20
"""A site that takes nothing for a minute of looks with pictures hangs; its drones begin anew with it."""

READ_BYTES = 1 << 16


class SiteLink:
    """Takes over a connected socket."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        self._socket = connected
        self._waiting = bytearray()
        self._decoder = Decoder()
        self.is_closed = False

    @property
    def waiting_bytes(self) -> int:
        """What the site has not taken yet."""
        return len(self._waiting)

    def send(self, message: Message) -> None:
        """Send a message, or have it wait behind those that wait.

        Raises:
            OutputError: too much waits.
        """
        self._waiting += encode(message)
        self.flush()
        if len(self._waiting) > MOST_WAITING:
            raise OutputError("the site takes no reports", mend="the drone's process begins anew")

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        try:
            while self._waiting:
                del self._waiting[: self._socket.send(self._waiting)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.is_closed = True

    def receive(self) -> list[Message]:
        """What the other end has said since; ``is_closed`` once it is gone.

        Raises:
            InputError: it said what is no message.
        """
        found: list[Message] = []
        try:
            while data := self._socket.recv(READ_BYTES):
                found.extend(self._decoder.feed(data))
        except (BlockingIOError, InterruptedError):
            return found
        except OSError:
            pass
        self.is_closed = True
        return found

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
