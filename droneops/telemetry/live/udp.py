"""MAVLink over UDP: bound and answering whoever talks (udpin), or calling one peer (udpout)."""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress
from typing import Any

from droneops.telemetry.live.address import LinkAddress, host_and_port
from droneops.telemetry.live.lookup import Lookup, SocketAddress
from droneops.telemetry.live.transport import TransportCounts
from droneops.telemetry.live.waker import Waker

# As many as take some 2 ms: within that, stopping, sending and timers get their turn.
_BATCH_DATAGRAMS = 256
# No datagram is larger.
_LARGEST_DATAGRAM = 65_536
# Bursts of a few thousand datagrams; Linux grants what net.core.rmem_max allows, usually 208 KiB.
_RECEIVE_BUFFER_BYTES = 4 << 20
# Names of peers at hand, so that not every datagram formats one; a flood of senders empties it.
_NAMES_AT_HAND = 256
# From include/uapi/asm-generic/socket.h; the socket module does not have it.
_SO_RXQ_OVFL = 40
_DROP_COUNT = struct.Struct("=I")


class _Udp:
    """One socket: batches in, the kernel's drops counted."""

    is_datagram = True
    is_shared = False

    def __init__(self, address: LinkAddress, waker: Waker) -> None:
        self._name = address.endpoint
        self._waker = waker
        self._lookup = Lookup(address.host, address.port, socket.SOCK_DGRAM, waker)
        self._socket: socket.socket | None = None
        self._openings = 0
        self._tells_drops = False
        # Of earlier sockets, and of this one, whose count is 32 bits and begins at zero.
        self._dropped_before = self._dropped = 0
        self._unsent = self._refused = 0

    def open(self, timeout_s: float) -> bool:
        addresses = self._lookup.take()
        if addresses is None:
            self._waker.wait(timeout_s)
            return False
        # A name may stand for several addresses: each opening takes the next.
        chosen = addresses[self._openings % len(addresses)]
        self._openings += 1
        self._socket = self._opened(chosen)
        return True

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._dropped_before += self._dropped
        self._dropped = 0

    def counts(self) -> TransportCounts:
        dropped = self._dropped_before + self._dropped
        return TransportCounts(dropped if self._tells_drops else None, self._unsent, self._refused)

    def receive(self, timeout_s: float) -> list[tuple[str, bytes]]:
        open_socket = _opened_already(self._socket)
        received: list[tuple[str, bytes]] = []
        if not self._waker.wait(timeout_s, open_socket.fileno()):
            return received
        try:
            # The count of drops comes beside a datagram: one in a batch, since asking costs.
            self._receive_first(open_socket, received)
            for _ in range(_BATCH_DATAGRAMS - 1):
                data, address = open_socket.recvfrom(_LARGEST_DATAGRAM)
                received.append((self._peer_name(address), data))
        except BlockingIOError:
            pass
        except ConnectionRefusedError:
            self._refused += 1
        return received

    def _receive_first(self, open_socket: socket.socket, received: list[tuple[str, bytes]]) -> None:
        room = socket.CMSG_SPACE(_DROP_COUNT.size)
        data, beside, _, address = open_socket.recvmsg(_LARGEST_DATAGRAM, room)
        for level, kind, value in beside:
            if (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL) and len(value) == _DROP_COUNT.size:
                self._dropped = _DROP_COUNT.unpack(value)[0]
        received.append((self._peer_name(address), data))

    def _peer_name(self, address: Any) -> str:
        return self._name

    def _opened(self, chosen: SocketAddress) -> socket.socket:
        new = socket.socket(chosen.family, socket.SOCK_DGRAM)
        try:
            new.setblocking(False)
            self._tells_drops = _prepare(new)
            self._attach(new, chosen)
        except BaseException:
            new.close()
            raise
        return new

    def _attach(self, new: socket.socket, chosen: SocketAddress) -> None:
        raise NotImplementedError

    def _sent(self, sending: bool) -> bool:
        self._unsent += not sending
        return sending


class UdpInTransport(_Udp):
    """Bound: hears everybody, and answers the peer named. Holds no state of any peer."""

    is_shared = True

    def __init__(self, address: LinkAddress, waker: Waker) -> None:
        super().__init__(address, waker)
        self._names: dict[Any, str] = {}

    def send(self, data: bytes, peer: str) -> bool:
        try:
            _opened_already(self._socket).sendto(data, _address_of(peer))
        except OSError:
            # A full buffer, or no way to this one peer: the socket is as good as before for the others.
            return self._sent(False)
        return self._sent(True)

    def _attach(self, new: socket.socket, chosen: SocketAddress) -> None:
        if chosen.family == socket.AF_INET6:
            # [::] then hears IPv4 as well, whatever the system's default is.
            with suppress(OSError):
                new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        new.bind(chosen.address)

    def _peer_name(self, address: Any) -> str:
        name = self._names.get(address)
        if name is None:
            if len(self._names) >= _NAMES_AT_HAND:
                self._names.clear()
            name = self._names[address] = host_and_port(address[0], address[1])
        return name


class UdpOutTransport(_Udp):
    """Connected to one peer, and hears only that one. Nobody there is no fault: it may come."""

    def send(self, data: bytes, peer: str) -> bool:
        try:
            _opened_already(self._socket).send(data)
        except ConnectionRefusedError:
            # What the datagram before this one met; this one has not been sent.
            self._refused += 1
            return False
        except OSError:
            return self._sent(False)
        return self._sent(True)

    def _attach(self, new: socket.socket, chosen: SocketAddress) -> None:
        new.connect(chosen.address)


def _prepare(new: socket.socket) -> bool:
    """Buffers and the count of drops; whether the system offers that."""
    with suppress(OSError):
        new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    if sys.platform != "linux":
        return False
    try:
        new.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
    except OSError:
        return False
    return True


def _address_of(peer: str) -> tuple[str, int]:
    host, _, port = peer.rpartition(":")
    return host.strip("[]"), int(port)


def _opened_already(maybe: socket.socket | None) -> socket.socket:
    if maybe is None:
        raise OSError("the link is not open")
    return maybe
