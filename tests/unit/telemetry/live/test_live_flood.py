"""A vehicle beside senders that flood its port with noise."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from live_frames import free_port, heartbeat
from live_real import poll_until, poll_until_state, real_link

from droneops.telemetry.live.link import Link
from droneops.telemetry.live.link_state import LinkState
from droneops.telemetry.live.peers import MOST_PEERS

NOISE_BYTES = 280
# More senders of noise than a link remembers peers.
SENDERS = 100
SECONDS = 2.0
# What Python's own allocator may take and keep while a few hundred datagrams are at hand.
MOST_GROWTH_BYTES = 8 << 20

# As fast as it can, noise from many sockets in turn; every 20 ms a frame from one more. Prints how many.
FLOOD = f"""
import os, socket, sys, time
target, frame = ("127.0.0.1", int(sys.argv[1])), bytes.fromhex(sys.argv[2])
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range({SENDERS})]
vehicle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
pool = os.urandom(1 << 22)
began = time.monotonic()
noise = frames = 0
while time.monotonic() < began + {SECONDS}:
    for number in range(20):
        at = noise * 281 % (len(pool) - {NOISE_BYTES})
        sockets[noise % {SENDERS}].sendto(pool[at : at + {NOISE_BYTES}], target)
        noise += 1
    if time.monotonic() > began + 0.02 * frames:
        vehicle.sendto(frame, target)
        frames += 1
print(noise, frames)
"""


def resident_bytes() -> int:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def more_comes(link: Link) -> bool:
    """Poll once more; whether anything came."""
    before = link.status().counts.bytes
    link.poll(0.1)
    return link.status().counts.bytes > before


def test_a_vehicle_is_heard_through_a_flood_that_is_counted_and_costs_no_memory() -> None:
    port = free_port()
    with real_link(f"udpin:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.LISTENING)
        before = resident_bytes()
        flood = subprocess.Popen(
            [sys.executable, "-c", FLOOD, str(port), heartbeat(1).hex()], stdout=subprocess.PIPE, text=True
        )
        with flood:
            poll_until(link, lambda _: flood.poll() is not None)
            assert flood.stdout is not None
            noise, frames = map(int, flood.stdout.read().split())
        poll_until(link, lambda _: not more_comes(link))
        assert resident_bytes() - before < MOST_GROWTH_BYTES
        status = link.status()
        assert status.state is LinkState.CONNECTED
        assert len(status.peers) + status.strangers <= MOST_PEERS
        assert status.counts.frames <= frames + 2
        assert status.counts.frames >= frames // 20
        received = status.counts.bytes // NOISE_BYTES
        assert 0 < received <= noise + frames
        dropped = status.transport.kernel_dropped_datagrams
        if dropped is None:
            pytest.skip("this system does not count dropped datagrams")
        # Drops after the last datagram that got in are told beside the next one that does.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vehicle:
            vehicle.sendto(heartbeat(2), ("127.0.0.1", port))
            poll_until(link, bool)
        dropped = link.status().transport.kernel_dropped_datagrams
        assert dropped is not None
        assert 0.9 * (noise + frames) <= received + dropped <= noise + frames
