"""Servers that refuse, hang, or hang up: named, tried again as often as is of use, and nothing is leaked."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_video_peers import Viewer

from droneops.video.live.health import VideoState

OPEN_S = 15.0
Answer = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Serves RTSP, as a function of a connection, and gives the address with a login."""
    servers: list[socket.socket] = []

    def start(answer: Answer) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=accept, args=(server, answer), daemon=True).start()
        return f"rtsp://ops:geheim@127.0.0.1:{server.getsockname()[1]}/main"

    yield start
    for server in servers:
        server.close()


def accept(server: socket.socket, answer: Answer) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=attend, args=(connection, answer), daemon=True).start()


def attend(connection: socket.socket, answer: Answer) -> None:
    with connection:
        connection.settimeout(20)
        try:
            answer(connection)
        except OSError:
            return


def refuse(connection: socket.socket) -> None:
    while request := connection.recv(4096):
        number = re.search(rb"CSeq: (\d+)", request)
        assert number is not None
        head = b"RTSP/1.0 401 Unauthorized\r\nCSeq: " + number[1] + b"\r\n"
        connection.sendall(head + b'WWW-Authenticate: Basic realm="camera"\r\n\r\n')


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def drip(connection: socket.socket) -> None:
    connection.recv(4096)
    for letter in b"RTSP/1.0 200 OK\r\n" + b"X" * 10_000:
        connection.sendall(bytes([letter]))
        time.sleep(0.05)


def test_a_refused_login_is_named_and_not_hammered(serve) -> None:
    viewer = Viewer(serve(refuse))
    viewer.until_state(VideoState.FAILED, timeout_s=OPEN_S)
    health = viewer.video.health()
    viewer.video.stop()
    assert "the login was refused" in health.error
    assert "check user and password" in health.error
    assert "geheim" not in health.error


@pytest.mark.parametrize("answer", [say_nothing, drip])
def test_a_server_that_never_answers_is_given_up_and_does_not_hold_up_a_stop(serve, answer) -> None:
    viewer = Viewer(serve(answer))
    viewer.until(lambda health: health.error is not None, OPEN_S)
    assert "no answer within 3 s" in viewer.video.health().error
    viewer.until_state(VideoState.CONNECTING, timeout_s=OPEN_S)
    begun_s = time.monotonic()
    viewer.video.stop()
    assert time.monotonic() - begun_s < 2.0


def test_many_losses_leave_no_thread_and_no_file_behind_and_are_told_once(serve) -> None:
    address = serve(hang_up)
    viewer = Viewer(address)
    viewer.until(lambda health: health.error is not None, OPEN_S)
    files = len(list(Path("/proc/self/fd").iterdir()))
    end_s = time.monotonic() + 6.0
    viewer.until(lambda _: time.monotonic() > end_s, 10.0)
    readers = [thread.name for thread in threading.enumerate() if thread.name.startswith("video rtsp")]
    viewer.video.stop()
    assert len(readers) <= 1
    # The connection of the moment, both its ends, may be open.
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 4
    assert len(viewer.lines) == 1
