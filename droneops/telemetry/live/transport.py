"""What all kinds of links have in common: bytes in, bytes out, and how each of them fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from droneops.telemetry.live.address import LinkAddress
from droneops.telemetry.live.waker import Waker


@dataclass(frozen=True, slots=True)
class TransportCounts:
    """What was lost outside our hands, since the transport was made, over all its openings.

    ``kernel_dropped_datagrams``: came while the socket's buffer was full; None where the system does not
    say. ``unsent_frames``: the way out was full or closed. ``refused_datagrams``: nobody listens there.
    """

    kernel_dropped_datagrams: int | None = None
    unsent_frames: int = 0
    refused_datagrams: int = 0


class Transport(Protocol):
    """A socket or port that can be opened again after it broke. One thread uses it.

    Calls that wait take a limit and end early when the `Waker` given to the transport is woken.
    """

    @property
    def is_datagram(self) -> bool:
        """Whether what came in one piece was also sent in one piece."""

    @property
    def is_shared(self) -> bool:
        """Whether several peers may talk on it, who are told apart by their address."""

    def open(self, timeout_s: float) -> bool:
        """Begin or go on opening. True once open, False: not yet, call again. Raises OSError if it failed."""

    def receive(self, timeout_s: float) -> list[tuple[str, bytes]]:
        """What came, as (peer, bytes), a bounded batch; nothing on time out or wake.

        Raises OSError when broken: ConnectionError when the other end closed.
        """

    def send(self, data: bytes, peer: str) -> bool:
        """Send one frame now or not at all. False: it could not be taken, and is counted.

        Raises OSError when broken. ``peer`` matters only if the transport is shared.
        """

    def close(self) -> None:
        """Close, or give up opening; may be called at any time, and `open` after it."""

    def counts(self) -> TransportCounts:
        """What was lost so far."""


def make_transport(address: LinkAddress, waker: Waker) -> Transport:
    """The transport for an address; opens nothing yet."""
    if address.kind == "serial":
        from droneops.telemetry.live.serial_port import SerialTransport

        return SerialTransport(address, waker)
    if address.kind == "tcp":
        from droneops.telemetry.live.tcp import TcpTransport

        return TcpTransport(address, waker)
    from droneops.telemetry.live.udp import UdpInTransport, UdpOutTransport

    return (UdpInTransport if address.kind == "udpin" else UdpOutTransport)(address, waker)
