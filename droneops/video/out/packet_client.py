"""A camera's packets as another process of this machine gets them (`packet_port`)."""

from __future__ import annotations

import os
import select
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from droneops.errors import InputError
from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.packet_wire import Decoder

READ_BYTES = 1 << 18

CONNECT_S = 2.0
"""Accepting takes a drone's process milliseconds, even one whose looks take all cores."""


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """An address of a Unix socket that fits into the 108 bytes of unix(7), however long its folder's name.

    Raises:
        OSError: there is no such folder.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(path: Path, connect_s: float = CONNECT_S) -> PacketClient:
    """The packets of the camera whose socket is ``path``, from its newest key frame on.

    Raises:
        InputError: nobody serves it now.
    """
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.settimeout(connect_s)
    try:
        with short_address(path) as address:
            connected.connect(address)
    except OSError as error:
        connected.close()
        mend = "the drone's process serves it while it runs"
        raise InputError(error.strerror or str(error), where=str(path), mend=mend) from None
    connected.setblocking(False)
    return PacketClient(connected)


class PacketClient:
    """Takes over a connected socket. For one thread."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket, self._decoder = connected, Decoder()
        self._packets: deque[EncodedPacket] = deque()

    def read(self, timeout_s: float) -> EncodedPacket | None:
        """The next packet; None where none comes within ``timeout_s``.

        Between two packets some may be missing: who is too slow is given the next from a key frame on.

        Raises:
            InputError: the stream is over, or what came is no stream of packets.
        """
        if not self._packets:
            self._receive(timeout_s)
        return self._packets.popleft() if self._packets else None

    def fileno(self) -> int:
        """For `select`; packets that were received and not read yet do not show there."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> PacketClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receive(self, timeout_s: float) -> None:
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        if not poller.poll(max(round(timeout_s * 1000), 0)):
            return
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            raise InputError("the stream is over", where="camera's socket")
        self._packets.extend(self._decoder.feed(data))
