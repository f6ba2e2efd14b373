"""The live service on the recorded patrol: alerts reach the police, whatever is killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from courier_peers import Broker, Terminal, outbox_of, site_at, wait_until

HERE = Path(__file__).parent
VIDEO_START_US = 1_795_169_250_400_000
FLIGHT_S = 120.0
LEAVES_WITHIN_S = 3.0
"""The interpreter's own end on a machine that does other work comes on top of the promised two seconds."""


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass
class Flight:
    """A drone in the air, a police terminal, and the site folder that is to see the one for the other."""

    site: Path
    police: Terminal
    broker: Broker

    @property
    def data(self) -> Path:
        return self.site.parent / "var"

    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.police.alerts]

    def looks(self) -> int:
        files = (self.data / "recordings" / "patrol-1" / "looks").glob("*.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)


@pytest.fixture
def flight(tmp_path: Path, example: Path) -> Iterator[Flight]:
    """The example's patrol, played over MPEG-TS and MAVLink."""
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(tmp_path))
        video, mavlink = free_udp_port(), free_udp_port()
        command = [sys.executable, HERE / "shifted_flight.py", example / "capture.tlog", mavlink]
        command += [example / "video.mp4", video, VIDEO_START_US]
        stack.enter_context(killed_at_the_end(command))
        site = site_of(tmp_path, example, broker.port, video, mavlink)
        terminal = Terminal(broker.port, "mukdahan", "mukdahan-police")
        yield Flight(site, stack.enter_context(terminal), broker)


def site_of(folder: Path, example: Path, broker: int, video: int, mavlink: int) -> Path:
    text = (example / "site.toml").read_text()
    text = text.replace("mqtt://127.0.0.1:1883", f"mqtt://127.0.0.1:{broker}")
    # One model twice: what the second says is known.
    text = text.replace('detector = "aruco"', 'detector = "aruco"\nsecond_look = "aruco"')
    text = text.replace("system_id = 1", f'system_id = 1\ntelemetry = "udpin:127.0.0.1:{mavlink}"')
    text = text.replace('id = "eo"', f'id = "eo"\nvideo = "udp://127.0.0.1:{video}"')
    shutil.copy(example / "camera.toml", folder)
    path = folder / "site.toml"
    path.write_text(text + '\n[metrics]\nbind = ""\n')
    return path


@contextmanager
def killed_at_the_end(command: list[Any], **pipes: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([str(part) for part in command], **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def service(flight: Flight) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "droneops", "run", str(flight.site), "--log", "json"]
    with (
        (flight.site.parent / "run.log").open("ab") as log,
        killed_at_the_end(command, stdout=log, stderr=log) as process,
    ):
        yield process


def drone_processes(parent: int) -> list[int]:
    """The processes of drones that ``parent`` has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(path.parent.name), path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(rest[1]) == parent and b"droneops.fleet.drone_process" in command:
            found.append(pid)
    return found


def test_what_a_drone_sees_reaches_the_police_as_an_exercise_and_the_service_ends_when_asked(
    flight: Flight,
) -> None:
    with service(flight) as run:
        wait_until(flight.alerts, FLIGHT_S)
        alert = flight.alerts()[0]
        assert alert["status"] == "exercise"
        assert alert["sequence"] == 1
        assert alert["snapshot"]["bytes"] > 0
        assert alert["provenance"]["detector"].startswith("aruco")
        (drone,) = drone_processes(run.pid)
        began_s = time.monotonic()
        run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 0
        assert time.monotonic() - began_s < LEAVES_WITHIN_S
        assert not Path(f"/proc/{drone}").exists()


def test_a_drones_process_that_is_killed_comes_back_and_the_incident_goes_on(flight: Flight) -> None:
    with service(flight) as run:
        wait_until(lambda: flight.looks() > 10, FLIGHT_S)
        for _ in range(2):
            (drone,) = drone_processes(run.pid)
            os.kill(drone, signal.SIGKILL)
            looks = flight.looks()
            wait_until(lambda looks=looks: flight.looks() > looks + 5, FLIGHT_S)  # type: ignore[misc]
        wait_until(flight.alerts, FLIGHT_S)
    assert len({alert["incident_id"] for alert in flight.alerts()}) == 1


def test_a_service_that_is_killed_takes_its_drones_with_it_and_goes_on_where_it_was(flight: Flight) -> None:
    with service(flight) as run:
        wait_until(lambda: flight.looks() > 5, FLIGHT_S)
        (drone,) = drone_processes(run.pid)
        run.kill()
        run.wait()
        wait_until(lambda: not Path(f"/proc/{drone}").exists(), 5.0)
        wait_until(lambda: not stores_in(flight.data / "run"), 5.0)
    with service(flight) as run:
        wait_until(flight.alerts, FLIGHT_S)
        run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 0
    sequences = [alert["sequence"] for alert in flight.alerts()]
    assert sorted(set(sequences)) == list(range(1, max(sequences) + 1))
    assert replayed(flight) == [without_ours(raw) for raw in stored_alerts(flight)]


def stores_in(folder: Path) -> list[int]:
    """The servers of the fleet's state that keep their socket in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder / "store.sock").encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


OURS = ("id", "incident_id", "references", "evidence", "journal_head", "signature")
"""What a replay's contract makes its own."""


def without_ours(raw: bytes) -> dict[str, Any]:
    return {key: value for key, value in json.loads(raw).items() if key not in OURS}


def replayed(flight: Flight) -> list[dict[str, Any]]:
    """The alerts that `droneops replay` makes of what the service recorded."""
    out = flight.site.parent / "again"
    recordings = flight.data / "recordings"
    command = [sys.executable, "-m", "droneops", "replay", "--telemetry", recordings, "--out", out]
    subprocess.run([*map(str, command), "--site", str(flight.site)], check=True, capture_output=True)
    return [without_ours(line) for line in (out / "alerts.jsonl").read_bytes().splitlines()]


def stored_alerts(flight: Flight) -> list[bytes]:
    with outbox_of(flight.site) as outbox:
        return [alert.raw for alert in outbox.alerts()]


def test_an_incident_of_a_service_that_was_stopped_is_sealed_by_the_next_and_the_seal_holds(
    flight: Flight,
) -> None:
    from droneops.evidence.check import Question, answer
    from droneops.evidence.keys import make_key_pair

    make_key_pair(flight.site.parent / "keys")
    flight.site.write_text(flight.site.read_text() + '[evidence]\nkey_file = "keys/site.key"\n')
    with service(flight) as run:
        wait_until(flight.alerts, FLIGHT_S)
        run.kill()
        run.wait()
    with service(flight):
        wait_until(lambda: list((flight.data / "evidence").glob("*.zip")), FLIGHT_S)
        bundle = next((flight.data / "evidence").glob("*.zip"))
        wait_until(lambda: b"evidence_made" in exported_journal(flight).read_bytes())
    found = answer(Question((bundle,), (flight.site.parent / "keys" / "site.pub",), exported_journal(flight)))
    assert found.good, found
    names = zipfile.ZipFile(bundle).namelist()
    assert {"alerts.jsonl", "sightings.jsonl", "snapshot.jpg", "telemetry.tlog", "zones.jsonl"} <= set(names)
    alerts = [json.loads(line) for line in zipfile.ZipFile(bundle).read("alerts.jsonl").splitlines()]
    assert alerts[0]["provenance"]["second_look"]["answer"] == "agreed"
    said = [json.loads(line) for line in (flight.site.parent / "run.log").read_bytes().splitlines()]
    assert {"site"} <= {line["part"] for line in said} <= {"site", "drone patrol-1"}
    assert b"track_id" in zipfile.ZipFile(bundle).read("sightings.jsonl")


def exported_journal(flight: Flight) -> Path:
    path = flight.site.parent / "journal.jsonl"
    with outbox_of(flight.site) as outbox:
        path.write_bytes(b"".join(outbox.journal()))
    return path


def test_a_broker_that_is_away_delays_alerts_and_loses_none(flight: Flight) -> None:
    with service(flight) as run:
        wait_until(lambda: flight.looks() > 5, FLIGHT_S)
        flight.broker.kill()
        wait_until(lambda: stored(flight) > 0, FLIGHT_S)
        flight.broker.start()
        wait_until(flight.alerts, FLIGHT_S)
        assert run.poll() is None
    assert flight.alerts()[0]["sequence"] == 1


def stored(flight: Flight) -> int:
    from droneops.clock import now_us
    from droneops.delivery.outbox.store import FILE_NAME, Outbox

    with Outbox.open(flight.data / FILE_NAME, now_us) as outbox:
        return outbox.depth().alerts


def test_a_new_site_file_is_taken_while_it_runs_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        path = site_at(tmp_path, broker.port)
        path.write_text(path.read_text() + '\n[metrics]\nbind = ""\n')
        log = tmp_path / "run.log"
        command = [sys.executable, "-m", "droneops", "run", str(path)]
        with log.open("wb") as lines, killed_at_the_end(command, stdout=lines, stderr=lines) as run:
            wait_until(lambda: b"connected" in log.read_bytes())
            good = path.read_text()
            path.write_text(good + '[[rule]]\nid = "R99"\n')
            run.send_signal(signal.SIGHUP)
            wait_until(lambda: b"the old one goes on" in log.read_bytes())
            path.write_text(good + '[[rule]]\nid = "R4"\nenabled = false\n')
            run.send_signal(signal.SIGHUP)
            wait_until(lambda: b"was read anew" in log.read_bytes())
            assert run.poll() is None
            run.send_signal(signal.SIGTERM)
            assert run.wait(10) == 0


def test_an_incident_leaves_a_clip_that_holds_its_deciding_picture_and_can_be_watched_meanwhile(
    flight: Flight,
) -> None:
    from droneops.video.out.packet_client import connect
    from droneops.video.out.packet_port import socket_path

    with service(flight) as run:
        wait_until(flight.alerts, FLIGHT_S)
        with connect(socket_path(flight.data / "run" / "video", "patrol-1", "eo")) as client:
            packets = [client.read(5.0) for _ in range(10)]
        assert packets[0] is not None and packets[0].is_key
        alert = flight.alerts()[0]
        folder = flight.data / "clips" / alert["incident_id"]
        wait_until(lambda: list(folder.glob("*.mp4")), FLIGHT_S)
        run.send_signal(signal.SIGTERM)
        assert run.wait(10) == 0
    clip = min(folder.glob("*.mp4"))
    begin_us, end_us = span_of(clip)
    # The clocks of the stream and of the telemetry are as far apart as the stream's delay.
    assert begin_us + 5_000_000 <= alert_time_us(alert) <= end_us - 5_000_000


def span_of(clip: Path) -> tuple[int, int]:
    """From when to when a clip's pictures were taken, as its first `prft` box and its length tell."""
    import av

    with av.open(str(clip)) as container:
        frames = list(container.decode(video=0))
        assert frames[0].key_frame
        length_us = round(1e6 * float(frames[-1].time - frames[0].time))
    raw = clip.read_bytes()
    # Version and flags, the track's number, then NTP's seconds since 1900 and their fraction.
    stamp = raw.index(b"prft") + 4 + 8
    ntp_s = int.from_bytes(raw[stamp : stamp + 8], "big") / 2**32
    begin_us = round((ntp_s - 2_208_988_800) * 1e6)
    return begin_us, begin_us + length_us


def alert_time_us(alert: dict[str, Any]) -> int:
    from datetime import datetime

    return round(datetime.fromisoformat(alert["sent"]).timestamp() * 1e6)
