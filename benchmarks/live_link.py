"""What a live link costs: noise and good frames over a UDP socket of this machine, on one core.

    python benchmarks/live_link.py [--rounds N]

Each round fills the kernel's buffer with datagrams and times how long it takes to empty it: with a bare
``recvfrom`` loop (the limit of what Python can do), with a `Link`, and with pymavlink's ``udpin``. The
median of the rounds counts. pymavlink takes one message, or one stretch of noise, a call; its time is that
until it has gone through all. It decodes the fields of every frame, hence the row that does so as well.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.address import LinkAddress
from droneops.telemetry.live.deframer import Deframer, Tally
from droneops.telemetry.live.encode import encode
from droneops.telemetry.live.frame import fields_of
from droneops.telemetry.live.link import Link, make_link
from droneops.telemetry.live.link_state import LinkState
from droneops.telemetry.live.now import system_clock

NOISE_BYTES = 280
# Few enough for the smallest buffer that Linux grants: 208 KiB, and up to 1.3 KB a datagram in it.
AT_ONCE = 100

Drain = Callable[[int], None]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    noise = [os.urandom(NOISE_BYTES) for _ in range(AT_ONCE)]
    attitude = load_dialect().by_name["ATTITUDE"]
    good = [
        encode(
            attitude, {"roll": seq / 7, "yaw": 1.5, "time_boot_ms": seq}, system_id=1, component_id=1, seq=seq
        )
        for seq in range(AT_ONCE)
    ]
    print(f"{'':34}{'us each':>10}{'each/s':>12}{'of the limit':>14}")
    for title, datagrams in (("noise, 280 bytes", noise), ("ATTITUDE, one a datagram", good)):
        print_rows(title, datagrams, rounds)
    print(f"\ndeframing alone: noise {deframing_us(noise):.2f} us, ATTITUDE {deframing_us(good):.2f} us")


def print_rows(title: str, datagrams: list[bytes], rounds: int) -> None:
    """One block of the table; the three take turns, so that all meet the same machine."""
    bare, link, theirs = Bare(), Ours(), Pymavlink()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    times_us: dict[str, list[float]] = {}
    ways: list[tuple[str, int, list[bytes], Drain]] = [
        ("recvfrom alone", bare.port, datagrams, bare.drain),
        ("Link", link.port, datagrams, link.drain),
        ("Link, and every field read", link.port, datagrams, link.drain_and_read),
        ("pymavlink udpin recv_msg", theirs.port, datagrams, theirs.drain),
    ]
    for _ in range(rounds):
        for name, port, batch, drain in ways:
            times_us.setdefault(name, []).append(timed_us(sender, port, batch, drain))
    limit_us = statistics.median(times_us["recvfrom alone"])
    print(title)
    for name, values in times_us.items():
        each_us = statistics.median(values)
        print(f"  {name:32}{each_us:10.2f}{1e6 / each_us:12,.0f}{limit_us / each_us:14.1%}")
    for way in (bare, link, theirs, sender):
        way.close()


def timed_us(sender: socket.socket, port: int, datagrams: list[bytes], drain: Drain) -> float:
    """Microseconds a datagram to take what lies in the buffer."""
    for data in datagrams:
        sender.sendto(data, ("127.0.0.1", port))
    began = time.perf_counter()
    drain(len(datagrams))
    return (time.perf_counter() - began) / len(datagrams) * 1e6


class Bare:
    """The limit: take every datagram and look at none."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # What was sent to this machine itself lies in the buffer already.
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def drain(self, count: int) -> None:
        """Take ``count`` datagrams."""
        for _ in range(count):
            self._socket.recvfrom(65_536)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


class Ours:
    """A `Link`."""

    def __init__(self) -> None:
        self.port = free_port()
        address = LinkAddress("udpin", host="127.0.0.1", port=self.port)
        self._link: Link = make_link(address, system_clock(), lambda: 0.5)
        while self._link.status().state is not LinkState.LISTENING:
            self._link.poll(0.1)

    def drain(self, count: int) -> None:
        """One poll: a batch of the link is larger than ``count``."""
        self._link.poll(0.0)

    def drain_and_read(self, count: int) -> None:
        """The same, and read the fields of every frame."""
        by_id = load_dialect().by_id
        for frame in self._link.poll(0.0):
            fields_of(frame, by_id[frame.message_id]).item()

    def close(self) -> None:
        """Give the port back."""
        self._link.close()


class Pymavlink:
    """What most programs use."""

    def __init__(self) -> None:
        os.environ["MAVLINK20"] = "1"
        from pymavlink import mavutil

        self.port = free_port()
        self._connection: Any = mavutil.mavlink_connection(f"udpin:127.0.0.1:{self.port}")
        self._connection.robust_parsing = True

    def drain(self, count: int) -> None:
        """Call until the socket and the parser's own buffer are empty."""
        connection = self._connection
        called = 0
        while called < count or connection.mav.buf_len() > NOISE_BYTES:
            connection.recv_msg()
            called += 1

    def close(self) -> None:
        """Give the port back."""
        self._connection.close()


def deframing_us(datagrams: list[bytes]) -> float:
    """Microseconds a datagram without any socket."""
    deframer = Deframer(load_dialect(), Tally(), datagrams=True)
    began = time.perf_counter()
    for _ in range(100):
        for data in datagrams:
            deframer.feed(data, 0, "peer")
    return (time.perf_counter() - began) / len(datagrams) / 100 * 1e6


def free_port() -> int:
    """A port nobody uses just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
