"""A TCP link against real servers that come and go."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from live_frames import attitude, data_of, free_port, heartbeat
from live_real import poll_until, poll_until_state, real_link, seconds_to_stop

from droneops.telemetry.live.link import Link
from droneops.telemetry.live.link_state import LinkState


@contextmanager
def server(port: int) -> Iterator[socket.socket]:
    """Somebody who listens."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(10.0)
        yield listening


@contextmanager
def connection(link: Link, listening: socket.socket) -> Iterator[socket.socket]:
    """The server's end once the link has connected."""
    poll_until_state(link, LinkState.LISTENING)
    accepted, _ = listening.accept()
    with accepted:
        accepted.settimeout(5.0)
        yield accepted


def test_frames_go_both_ways_also_in_single_bytes() -> None:
    port = free_port(socket.SOCK_STREAM)
    with (
        server(port) as listening,
        real_link(f"tcp:127.0.0.1:{port}") as link,
        connection(link, listening) as vehicle,
    ):
        vehicle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in heartbeat(1) + attitude(2):
            vehicle.send(bytes([byte]))
            link.poll(0.0)
        vehicle.sendall(heartbeat(3) * 1000)
        poll_until(link, lambda _: link.status().counts.frames == 1002)
        assert link.send(heartbeat(9), None)
        assert link.send(heartbeat(10), f"127.0.0.1:{port}")
        both = heartbeat(9) + heartbeat(10)
        assert vehicle.recv(len(both), socket.MSG_WAITALL) == both


def test_a_server_that_is_killed_and_restarted_is_connected_to_again() -> None:
    port = free_port(socket.SOCK_STREAM)
    with real_link(f"tcp:127.0.0.1:{port}") as link:
        with server(port) as listening, connection(link, listening) as vehicle:
            vehicle.sendall(heartbeat(1) + attitude(2)[:20])
            poll_until_state(link, LinkState.CONNECTED)
        poll_until_state(link, LinkState.BACKOFF)
        assert link.status().detail == "the other end closed the connection"
        poll_until_state(link, LinkState.OPENING)
        poll_until_state(link, LinkState.BACKOFF)
        assert link.status().detail == "Connection refused"
        with server(port) as listening, connection(link, listening) as vehicle:
            vehicle.sendall(heartbeat(3))
            assert data_of(poll_until(link, bool)) == [heartbeat(3)]
        states = [event.state for event in link.take_events()]
        assert states[:4] == [
            LinkState.OPENING, LinkState.LISTENING, LinkState.CONNECTED, LinkState.BACKOFF,
        ]  # fmt: skip
        assert states[-3:] == [LinkState.OPENING, LinkState.LISTENING, LinkState.CONNECTED]


def test_a_connection_cut_off_hard_is_made_again() -> None:
    port = free_port(socket.SOCK_STREAM)
    with server(port) as listening, real_link(f"tcp:127.0.0.1:{port}") as link:
        with connection(link, listening) as vehicle:
            # Closing with a linger of zero sends RST instead of FIN.
            vehicle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        poll_until_state(link, LinkState.BACKOFF)
        assert link.status().detail == "Connection reset by peer"
        with connection(link, listening) as vehicle:
            vehicle.sendall(heartbeat(3))
            poll_until_state(link, LinkState.CONNECTED)


def test_a_server_that_does_not_read_costs_frames_and_never_time() -> None:
    port = free_port(socket.SOCK_STREAM)
    with (
        server(port) as listening,
        real_link(f"tcp:127.0.0.1:{port}") as link,
        connection(link, listening) as vehicle,
    ):
        taken = 0
        while link.send(attitude(taken), None):
            taken += 1
        assert link.status().transport.unsent_frames == 1
        assert link.status().state is LinkState.LISTENING
        read = b""
        wanted = taken * len(attitude())
        while len(read) < wanted:
            read += vehicle.recv(1 << 20)
            link.poll(0.0)
        assert read == b"".join(attitude(seq) for seq in range(taken))
        assert link.send(heartbeat(1), None)


def test_pymavlink_as_server_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAVLINK20", "1")
    from pymavlink import mavutil

    port = free_port(socket.SOCK_STREAM)
    vehicle: Any = mavutil.mavlink_connection(f"tcpin:127.0.0.1:{port}", source_system=7)
    with real_link(f"tcp:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.LISTENING)
        vehicle.recv_match(blocking=False)
        vehicle.mav.heartbeat_send(2, 3, 0, 0, 4)
        (frame,) = poll_until(link, lambda frames: len(frames) == 1)
        assert (frame.message_id, frame.system_id) == (0, 7)
    if vehicle.port is not None:
        vehicle.port.close()
    vehicle.listen.close()


def test_a_thread_that_waits_for_frames_stops_at_once() -> None:
    port = free_port(socket.SOCK_STREAM)
    with (
        server(port) as listening,
        real_link(f"tcp:127.0.0.1:{port}") as link,
        connection(link, listening),
    ):
        assert seconds_to_stop(link) < 0.5


def test_a_thread_that_waits_for_the_next_attempt_stops_at_once() -> None:
    with real_link(f"tcp:127.0.0.1:{free_port(socket.SOCK_STREAM)}") as link:
        # The wait of the fourth attempt, 3.2 s, cannot be over by itself.
        poll_until(link, lambda _: link.status().attempts == 4 and link.status().state is LinkState.BACKOFF)
        assert seconds_to_stop(link) < 0.5


def test_a_host_that_never_answers_is_given_up_and_never_holds_a_stop_up() -> None:
    port = free_port(socket.SOCK_STREAM)
    with socket.socket() as full:
        # A queue of one that is full: the kernel then ignores whoever else calls.
        full.bind(("127.0.0.1", port))
        full.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        with real_link(f"tcp:127.0.0.1:{port}") as link:
            assert seconds_to_stop(link) < 0.5
            assert link.status().state is LinkState.OPENING
            poll_until_state(link, LinkState.BACKOFF)
            assert link.status().detail == "no answer within 1.5 s"
        for caller in callers:
            caller.close()
