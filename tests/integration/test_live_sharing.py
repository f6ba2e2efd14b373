"""The live service hands out a link to what the drone sees of an incident, to who has the incident."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from courier_peers import Broker
from test_live_run import FLIGHT_S, HERE, VIDEO_START_US, free_udp_port, killed_at_the_end, site_of
from websockets.sync.client import connect

from droneops.sharing.watched import read_log

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto_sub") is None,
    reason="mosquitto_sub is not installed: run tests/install-servers.sh",
)


def test_a_link_to_what_the_drone_sees_reaches_the_agency_and_shows_it(tmp_path: Path, example: Path) -> None:
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(tmp_path))
        listening = stack.enter_context(reader(broker.port))
        video, mavlink = free_udp_port(), free_udp_port()
        command = [sys.executable, HERE / "shifted_flight.py", example / "capture.tlog", mavlink]
        command += [example / "video.mp4", video, VIDEO_START_US]
        stack.enter_context(killed_at_the_end(command))
        site = site_of(tmp_path, example, broker.port, video, mavlink)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        with site.open("a") as file:
            file.write(f'\n[sharing]\nurl = "http://127.0.0.1:{port}"\nbind = "127.0.0.1:{port}"\n')
        log = stack.enter_context((tmp_path / "run.log").open("wb"))
        run = stack.enter_context(
            killed_at_the_end([sys.executable, "-m", "droneops", "run", site], stdout=log, stderr=log)
        )
        told = message(listening)
        assert told["schema"] == "droneops.video/1"
        assert told["url"].startswith(f"http://127.0.0.1:{port}/v/")
        streams = seen(told["url"])
        with connect(f"{told['url'].replace('http', 'ws', 1)}/{streams[0]}/ws", max_size=1 << 22) as viewer:
            assert "mime" in json.loads(viewer.recv(timeout=20.0))
            assert len(viewer.recv(timeout=20.0)) > 100
        run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 0
    assert next(read_log(site.parent / "var"))["agency"] == "mukdahan-police"


def reader(port: int) -> Any:
    command = ["mosquitto_sub", "-p", port, "-q", "1", "-t", "droneops/v1/mukdahan/video/mukdahan-police/+"]
    return killed_at_the_end([*command, "-C", "1", "-W", round(FLIGHT_S)], stdout=subprocess.PIPE)


def message(listening: subprocess.Popen[bytes]) -> Any:
    assert listening.stdout is not None
    return json.loads(listening.stdout.readline())


def seen(url: str) -> list[str]:
    """The streams that see the place, as soon as one does."""
    end_s = time.monotonic() + FLIGHT_S
    while time.monotonic() < end_s:
        with urllib.request.urlopen(url + "/now", timeout=5.0) as answer:  # noqa: S310 - loopback
            streams: list[str] = json.load(answer)["streams"]
        if streams:
            return streams
        time.sleep(0.3)
    raise AssertionError("no stream saw the place")
