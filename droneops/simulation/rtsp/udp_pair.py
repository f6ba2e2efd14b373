"""Two UDP ports, one for RTP and the next for RTCP, towards one client."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass

# The next port of one that the system picked is free but for chance; so often, it is not chance.
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class UdpPair:
    """Connected sockets; ``ports`` are our own."""

    sockets: tuple[socket.socket, socket.socket]
    ports: tuple[int, int]

    def send(self, kind: int, data: bytes) -> None:
        """0 RTP, 1 RTCP. What the network does not take is lost, as on any link."""
        with suppress(OSError):
            self.sockets[kind].send(data)

    def close(self) -> None:
        """Closes both."""
        for each in self.sockets:
            each.close()


def open_pair(here: str, there: str, client_ports: tuple[int, int]) -> UdpPair | None:
    """Sockets on two ports in a row, the first even (RFC 3550, 11); None if none can be had."""
    for _ in range(_ATTEMPTS):
        pair = _try(here, there, client_ports)
        if pair is not None:
            return pair
    return None


def _try(here: str, there: str, client_ports: tuple[int, int]) -> UdpPair | None:
    family = socket.AF_INET6 if ":" in here else socket.AF_INET
    rtp, rtcp = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
    try:
        rtp.bind((here, 0))
        port = rtp.getsockname()[1]
        if port % 2 == 0:
            rtcp.bind((here, port + 1))
            for each, client_port in ((rtp, client_ports[0]), (rtcp, client_ports[1])):
                each.setblocking(False)
                each.connect((there, client_port))
            return UdpPair((rtp, rtcp), (port, port + 1))
    except (OSError, OverflowError):
        pass
    rtp.close()
    rtcp.close()
    return None
