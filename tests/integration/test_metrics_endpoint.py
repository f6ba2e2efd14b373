"""The metrics as their readers get them: promtool, a slow client, too many clients."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from metrics_peers import snapshot
from store_peers import wait_until

from droneops.fleet.metrics.exporter import Exporter
from droneops.fleet.metrics.snapshot import Snapshot
from droneops.telemetry.live.now import system_clock


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    with Exporter(snapshot, "127.0.0.1:0", system_clock(), print) as running:
        yield running


def read(exporter: Exporter, path: str) -> tuple[int, str, str]:
    """Status, content type and body."""
    url = f"http://127.0.0.1:{exporter.port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_promtool_finds_nothing_to_blame(exporter: Exporter) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: run tests/install-servers.sh")
    status, _, text = read(exporter, "/metrics")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, text=True, capture_output=True, timeout=60
    )
    assert (status, checked.returncode, checked.stdout + checked.stderr) == (200, 0, "")


def test_prometheus_reads_what_an_operator_watches_with_its_unit(exporter: Exporter) -> None:
    _, content_type, text = read(exporter, "/metrics")
    assert content_type.startswith("text/plain; version=0.0.4")
    for line in (
        'droneops_frame_age_seconds{drone="d1"} 0.12',
        'droneops_poses_per_second{drone="d1"} 10.0',
        'droneops_detector_p95_seconds{drone="d1"} 0.097',
        "droneops_outbox_waiting 2.0",
        "droneops_outbox_oldest_age_seconds 3.5",
        "droneops_receipts_outstanding 1.0",
        'droneops_drone_restarts_total{drone="d1"} 2.0',
        'droneops_video_state{drone="d1",state="streaming"} 1.0',
        'droneops_drone_heard{drone="d3"} 0.0',
        'droneops_drone_blind{drone="odd \\"name\\"\\\\"} 1.0',
    ):
        assert line in text.splitlines()


def test_health_says_what_is_wrong_in_words(exporter: Exporter) -> None:
    status, content_type, text = read(exporter, "/health")
    answer = json.loads(text)
    assert (status, content_type, answer["status"]) == (200, "application/json", "degraded")
    assert {"what": "drone", "drone": 'odd "name"\\', "detail": "blind: covered"} in answer["problems"]
    assert {problem["what"] for problem in answer["problems"]} == {"drone"}


def test_other_paths_and_methods_are_refused(exporter: Exporter) -> None:
    assert read(exporter, "/")[0] == 404
    assert exporter.port is not None
    with socket.create_connection(("127.0.0.1", exporter.port), timeout=10) as connection:
        connection.sendall(b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 405")


def test_a_snapshot_that_fails_is_an_error_and_not_the_end() -> None:
    def broken() -> Snapshot:
        raise OSError("the outbox is gone")

    with Exporter(broken, "127.0.0.1:0", system_clock(), print) as running:
        assert read(running, "/metrics")[0] == 500
        assert read(running, "/health")[0] == 500


def test_clients_that_say_nothing_do_not_keep_others_out_for_good(exporter: Exporter) -> None:
    assert exporter.port is not None
    idle = [socket.create_connection(("127.0.0.1", exporter.port)) for _ in range(40)]
    try:
        wait_until(lambda: _is_answered(exporter))
    finally:
        for connection in idle:
            connection.close()


def _is_answered(exporter: Exporter) -> bool:
    try:
        return read(exporter, "/health")[0] == 200
    except OSError:
        return False


def test_a_request_without_end_is_cut_off(exporter: Exporter) -> None:
    assert exporter.port is not None
    with socket.create_connection(("127.0.0.1", exporter.port), timeout=10) as connection:
        connection.sendall(b"GET /" + b"x" * 9000)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_it_ends_within_two_seconds_while_somebody_reads() -> None:
    with Exporter(snapshot, "127.0.0.1:0", system_clock(), print) as running:
        assert running.port is not None
        reader = socket.create_connection(("127.0.0.1", running.port))
        begin_s = time.monotonic()
    assert time.monotonic() - begin_s < 2.0
    reader.close()


def test_an_address_in_use_is_said_and_all_else_goes_on(exporter: Exporter) -> None:
    lines: list[str] = []
    with Exporter(snapshot, f"127.0.0.1:{exporter.port}", system_clock(), lines.append) as second:
        assert second.port is None
    assert lines[0].startswith(f"metrics: cannot listen on 127.0.0.1:{exporter.port}: Address already in use")
