"""MAVLink over TCP, as a client: simulators, MAVProxy and mavlink-router listen."""

from __future__ import annotations

import errno
import os
import select
import socket

from droneops.telemetry.live.address import LinkAddress
from droneops.telemetry.live.lookup import Lookup, SocketAddress
from droneops.telemetry.live.transport import TransportCounts
from droneops.telemetry.live.unsent import FrameWriter
from droneops.telemetry.live.waker import Waker

# Half a second of the fastest telemetry (230,400 baud), and a few ms of work.
_BATCH_BYTES = 16_384


class TcpTransport:
    """One connection at a time. Each opening asks for the host's addresses anew and tries them in turn."""

    is_datagram = False
    is_shared = False

    def __init__(self, address: LinkAddress, waker: Waker) -> None:
        self._name = address.endpoint
        self._waker = waker
        self._lookup = Lookup(address.host, address.port, socket.SOCK_STREAM, waker)
        self._socket: socket.socket | None = None
        self._untried: list[SocketAddress] = []
        self._openings = 0
        self._writer = FrameWriter()

    def open(self, timeout_s: float) -> bool:
        if self._socket is None and not self._begin():
            self._waker.wait(timeout_s)
            return False
        assert self._socket is not None  # noqa: S101 - _begin made it
        if not self._waker.wait(timeout_s, self._socket.fileno(), select.POLLOUT):
            return False
        failure = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or _is_itself(self._socket)
        if failure:
            self._next_address(OSError(failure, os.strerror(failure)))
            return False
        return True

    def receive(self, timeout_s: float) -> list[tuple[str, bytes]]:
        connected = self._connected()
        self._writer.flush(connected.send)
        if not self._waker.wait(timeout_s, connected.fileno()):
            return []
        try:
            data = connected.recv(_BATCH_BYTES)
        except BlockingIOError:
            return []
        if not data:
            raise ConnectionError("the other end closed the connection")
        return [(self._name, data)]

    def send(self, data: bytes, peer: str) -> bool:
        return self._writer.send(self._connected().send, data)

    def close(self) -> None:
        self._drop()
        self._untried = []
        self._writer.forget()

    def counts(self) -> TransportCounts:
        return TransportCounts(unsent_frames=self._writer.dropped_frames)

    def _begin(self) -> bool:
        """Start to connect; False while the host's addresses are not known yet."""
        addresses = self._lookup.take()
        if addresses is None:
            return False
        # The first to be tried gets all the time there is, so each opening begins with another.
        turn = self._openings % len(addresses)
        self._openings += 1
        self._untried = addresses[turn:] + addresses[:turn]
        self._next_address(OSError("the host has no address"))
        return True

    def _next_address(self, failure: OSError) -> None:
        """Start to connect to the next address; raises the last failure when none is left."""
        self._drop()
        while self._untried:
            chosen = self._untried.pop(0)
            try:
                self._socket = _connecting(chosen)
            except OSError as error:
                failure = error
            else:
                return
        raise failure

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise OSError("the link is not open")
        return self._socket


def _connecting(chosen: SocketAddress) -> socket.socket:
    new = socket.socket(chosen.family, socket.SOCK_STREAM)
    try:
        new.setblocking(False)
        # Frames are small, and a command that waits for more to send with it comes late.
        new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        new.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        failure = new.connect_ex(chosen.address)
        if failure not in (0, errno.EINPROGRESS):
            raise OSError(failure, os.strerror(failure))
    except BaseException:
        new.close()
        raise
    return new


def _is_itself(connected: socket.socket) -> int:
    """Calling a free port of this machine again and again, a socket can meet itself: nobody is there."""
    return errno.ECONNREFUSED if connected.getsockname() == connected.getpeername() else 0
