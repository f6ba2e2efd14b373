"""udpin and udpout over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_frames import attitude, data_of, free_port, heartbeat
from live_real import poll_until, poll_until_state, real_link, seconds_to_stop

from droneops.telemetry.live.link_state import LinkState


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    """A bound socket: what a vehicle is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(5.0)
        yield made


def test_a_vehicle_that_calls_is_heard_and_answered(sender: socket.socket) -> None:
    port = free_port()
    with real_link(f"udpin:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.LISTENING)
        sender.sendto(heartbeat(1) + attitude(2), ("127.0.0.1", port))
        frames = poll_until(link, lambda frames: len(frames) == 2)
        assert data_of(frames) == [heartbeat(1), attitude(2)]
        host, own_port = sender.getsockname()
        assert {frame.peer for frame in frames} == {f"{host}:{own_port}"}
        assert link.send(heartbeat(9), frames[0].peer)
        assert sender.recv(1000) == heartbeat(9)
        assert link.status().state is LinkState.CONNECTED


def test_an_answer_goes_to_the_vehicle_it_is_meant_for(sender: socket.socket) -> None:
    port = free_port()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        real_link(f"udpin:127.0.0.1:{port}") as link,
    ):
        other.bind(("127.0.0.1", 0))
        other.settimeout(5.0)
        poll_until_state(link, LinkState.LISTENING)
        sender.sendto(heartbeat(1, system_id=1), ("127.0.0.1", port))
        other.sendto(heartbeat(1, system_id=2), ("127.0.0.1", port))
        frames = poll_until(link, lambda frames: len(frames) == 2)
        (peer,) = (frame.peer for frame in frames if frame.system_id == 2)
        assert link.send(heartbeat(8), peer)
        assert link.send(heartbeat(9), None)
        assert sender.recv(1000) == heartbeat(9)
        assert [other.recv(1000), other.recv(1000)] == [heartbeat(8), heartbeat(9)]


def test_an_ipv6_vehicle_is_heard_and_answered() -> None:
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        try:
            sender.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        sender.settimeout(5.0)
        port = free_port()
        with real_link(f"udpin:[::1]:{port}") as link:
            poll_until_state(link, LinkState.LISTENING)
            sender.sendto(heartbeat(1), ("::1", port))
            (frame,) = poll_until(link, lambda frames: len(frames) == 1)
            assert frame.peer == f"[::1]:{sender.getsockname()[1]}"
            assert link.send(heartbeat(9), frame.peer)
            assert sender.recv(1000) == heartbeat(9)


@pytest.mark.parametrize("version", [1, 2])
def test_pymavlink_is_heard_and_hears_the_answer(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if version == 2:
        monkeypatch.setenv("MAVLINK20", "1")
    from pymavlink import mavutil

    port = free_port()
    vehicle: Any = mavutil.mavlink_connection(f"udpout:127.0.0.1:{port}", source_system=7)
    vehicle.mav.version, dialect = 2, mavutil.mavlink
    with real_link(f"udpin:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.LISTENING)
        vehicle.mav.heartbeat_send(dialect.MAV_TYPE_QUADROTOR, dialect.MAV_AUTOPILOT_ARDUPILOTMEGA, 0, 0, 4)
        (frame,) = poll_until(link, lambda frames: len(frames) == 1)
        assert (frame.message_id, frame.system_id, frame.is_known) == (0, 7, True)
        assert link.send(heartbeat(9, system_id=245), frame.peer)
        answer = vehicle.recv_match(type="HEARTBEAT", blocking=True, timeout=5)
        assert answer is not None
        assert answer.get_srcSystem() == 245
    vehicle.close()


def test_a_taken_port_is_said_and_taken_over_once_free(sender: socket.socket) -> None:
    port = sender.getsockname()[1]
    with real_link(f"udpin:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.BACKOFF)
        assert link.status().detail == "Address already in use"
        sender.close()
        poll_until_state(link, LinkState.LISTENING)


def test_calling_a_peer_that_is_not_there_yet_connects_once_it_is() -> None:
    port = free_port()
    with real_link(f"udpout:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.LISTENING)
        poll_until(
            link,
            lambda _: link.status().transport.refused_datagrams >= 2,
            each_time=lambda: link.send(heartbeat(1), None),
        )
        assert link.status().state is LinkState.LISTENING
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", port))
            server.settimeout(5.0)
            poll_until(link, lambda _: link.send(heartbeat(2), None))
            _, caller = server.recvfrom(1000)
            server.sendto(attitude(3), caller)
            frames = poll_until(link, lambda frames: len(frames) == 1)
        assert data_of(frames) == [attitude(3)]
        assert frames[0].peer == f"127.0.0.1:{port}"


def test_datagrams_that_the_kernel_drops_are_counted_to_the_last(sender: socket.socket) -> None:
    port = free_port()
    with real_link(f"udpin:127.0.0.1:{port}") as link:
        poll_until_state(link, LinkState.LISTENING)
        if link.status().transport.kernel_dropped_datagrams is None:
            pytest.skip("this system does not count dropped datagrams")
        sent = 30_000
        for _ in range(sent):
            sender.sendto(heartbeat(1), ("127.0.0.1", port))
        received = len(poll_until(link, lambda _: link.poll(0.0) == []))
        sender.sendto(heartbeat(2), ("127.0.0.1", port))
        poll_until(link, bool)
        counted = link.status()
        dropped = counted.transport.kernel_dropped_datagrams
        assert dropped is not None
        assert dropped > 0
        assert received <= counted.counts.frames
        assert counted.counts.frames + dropped == sent + 1


@pytest.mark.parametrize("kind", ["udpin", "udpout"])
def test_a_thread_that_waits_for_frames_stops_at_once(kind: str) -> None:
    with real_link(f"{kind}:127.0.0.1:{free_port()}") as link:
        poll_until_state(link, LinkState.LISTENING)
        assert seconds_to_stop(link) < 0.5


def test_a_name_server_that_does_not_answer_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    real, answers = socket.getaddrinfo, threading.Event()
    asked: list[str] = []

    def slow(host: str, *args: Any, **options: Any) -> Any:
        if options.get("flags"):
            return real(host, *args, **options)
        asked.append(host)
        answers.wait(30.0)
        return real("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with real_link(f"udpout:drone.example:{free_port()}") as link:
        assert seconds_to_stop(link) < 0.5
        poll_until_state(link, LinkState.BACKOFF)
        assert link.status().detail == "no answer within 1.5 s"
        poll_until_state(link, LinkState.OPENING)
        link.poll(0.0)
        assert asked == ["drone.example"]
        answers.set()
        poll_until_state(link, LinkState.LISTENING)


def test_a_host_that_does_not_exist_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with real_link("udpout:drone.example:14550") as link:
        poll_until_state(link, LinkState.BACKOFF)
        assert link.status().detail == "Name or service not known"


@pytest.mark.parametrize("host", ["x" * 300, "a..b", ".", "%"])
def test_a_host_that_cannot_be_one_is_a_failed_attempt(host: str) -> None:
    with real_link(f"udpout:{host}:14550") as link:
        poll_until_state(link, LinkState.BACKOFF)


def test_descriptors_are_given_back() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with real_link(f"udpin:127.0.0.1:{free_port()}") as link:
            poll_until_state(link, LinkState.LISTENING)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
