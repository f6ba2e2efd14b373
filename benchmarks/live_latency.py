"""From a picture's capture to the alert at a subscriber, on the live path: `droneops run`, a broker, RTSP.

    python benchmarks/live_latency.py [--events 20] [--cache FOLDER] [--json]

Both sizes take some five minutes; films that a folder keeps need not be drawn again, which saves one.

Each event is a marker that stands for a person in a park (see live_events.py). For each alert, in
milliseconds: ``arrive`` capture of the deciding frame until the drone's process has it decoded (encoder,
RTSP, decoder), ``detect`` the detector, ``place`` pose, ground, track and picture, ``deliver`` recording,
report, rules, words, fdatasync, broker, subscriber. ``overhead`` is all but ``detect``. ``wait`` is how long
the rule's condition had held before a frame was looked at: it follows from looks a second, and stands apart.

The detector is aruco, so that each event is certain to be found; another only makes ``detect`` longer, but
for the cores that it takes from the rest. Sender, broker and service share this machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from live_events import QUICK_EVENT_S, draw_film, scenario_in

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}
LOOKS_PER_SECOND = 5
DWELL_S = 2.0
"""R0's."""

SITE = """[site]
id = "bench"
status = "exercise"
allow_placeholder = true
[broker]
url = "mqtt://127.0.0.1:{broker}"
[metrics]
bind = ""
[[agency]]
id = "police"
[routing]
default = "police"
[[zone_layer]]
path = "park.geojson"
[terrain]
source = "value"
alt_msl_m = 200.0
sigma_m = 0.5
[[drone]]
id = "patrol-1"
system_id = 1
telemetry = "udpin:127.0.0.1:{telemetry}"
detector = "aruco"
looks_per_second = {looks}
[[drone.camera]]
id = "eo"
file = "camera.toml"
video = "rtsp://127.0.0.1:{rtsp}/patrol-1"
[detector.aruco]
labels = {{ {labels} }}
"""

PARK = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {
                "id": "bench-park",
                "kind": "park",
                "name_th": "อุทยานทดสอบ",
                "name_en": "Bench park",
                "accuracy_m": 1.0,
                "source": "made for this benchmark",
                "licence": "Apache-2.0",
                "version": "1",
                "placeholder": False,
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[104.6, 16.3], [104.9, 16.3], [104.9, 16.7], [104.6, 16.7], [104.6, 16.3]]],
            },
        }
    ],
}


@dataclass(slots=True)
class Subscriber:
    """Notes when each alert came. ``topic`` is the agency's alerts'."""

    port: int
    came: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def listen(self) -> None:
        """Begin."""
        import paho.mqtt.client as mqtt

        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="latency")
        ready = threading.Event()
        client.on_connect = lambda *_: client.subscribe("droneops/v1/bench/alerts/police/#", qos=1)
        client.on_subscribe = lambda *_: ready.set()
        client.on_message = lambda _, __, message: self.came.append(
            (time.time_ns() // 1000, json.loads(message.payload))
        )
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        if not ready.wait(10):
            raise SystemExit("the broker does not answer")


def main() -> None:
    """Measure both sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--cache", type=Path, help="a folder that keeps the films")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="live-latency-") as name:
        films = given.cache or Path(name)
        _draw_films(films, given.events)
        found = {
            name: _measure(size, given.events, _film(films, name, given.events))
            for name, size in SIZES.items()
        }
    worst = max(rows["overhead"]["p95_ms"] for rows in found.values())
    report = {"events": given.events, "overhead_p95_ms": worst, "sizes": found}
    if given.json:
        print(json.dumps(report))
        return
    for name, rows in found.items():
        print(f"{name}: {rows['events']} alerts of {given.events} events")
        for stage in ("arrive", "detect", "place", "deliver", "overhead", "total", "wait"):
            print(f"  {stage:9} p50 {rows[stage]['p50_ms']:7.1f} ms   p95 {rows[stage]['p95_ms']:7.1f} ms")
    print(f"beyond the detector at p95: {worst:.1f} ms (at most 150 asked)")


def _film(films: Path, name: str, events: int) -> Path:
    return films / f"live-events-{name}-{events}x{QUICK_EVENT_S:g}s"


def _draw_films(films: Path, events: int) -> None:
    """Those that are not there yet, each by a process of its own."""
    due = [(_film(films, name, events), size) for name, size in SIZES.items()]
    drawing = [
        multiprocessing.get_context("spawn").Process(target=_draw_one, args=(folder, size, events))
        for folder, size in due
        if not (folder / "video.mp4").exists()
    ]
    for one in drawing:
        one.start()
    for one in drawing:
        one.join()
    if any(one.exitcode for one in drawing):
        raise SystemExit("a film could not be drawn")


def _draw_one(folder: Path, size: tuple[int, int], events: int) -> None:
    """Under another name until it is whole: a cache holds no half a film."""
    begun = folder.with_name(f"{folder.name}.{os.getpid()}")
    draw_film(
        scenario_in(begun, size, events, event_s=QUICK_EVENT_S), size, events, begun, event_s=QUICK_EVENT_S
    )
    shutil.rmtree(folder, ignore_errors=True)
    begun.rename(folder)


def _measure(size: tuple[int, int], events: int, film: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker, telemetry, rtsp = _free_port(), _free_port(), _free_port()
        scenario_in(folder, size, events, event_s=QUICK_EVENT_S)
        (folder / "film").symlink_to(film.resolve(), target_is_directory=True)
        labels = ", ".join(f'{event} = "person"' for event in range(1, events + 1))
        site = SITE.format(
            broker=broker, telemetry=telemetry, rtsp=rtsp, looks=LOOKS_PER_SECOND, labels=labels
        )
        (folder / "site.toml").write_text(site)
        (folder / "park.geojson").write_text(json.dumps(PARK, ensure_ascii=False), encoding="utf-8")
        processes = [_mosquitto(folder, broker)]
        try:
            subscriber = Subscriber(broker)
            subscriber.listen()
            processes.append(_service(folder))
            processes.append(_drone(folder, size, events, telemetry, rtsp))
            behind_us = _behind_us(processes[-1])
            processes[-1].wait(QUICK_EVENT_S * (events + 1) + 60)
            time.sleep(2.0)
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                process.wait(10)
        return _judged(subscriber, folder, behind_us)


def _behind_us(drone: subprocess.Popen[bytes]) -> int:
    """How far the drone's clock is behind ours, as it says itself."""
    if drone.stdout is None:
        raise SystemExit("the drone says nothing")
    return int(drone.stdout.readline())


def _mosquitto(folder: Path, port: int) -> subprocess.Popen[bytes]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise SystemExit("mosquitto is not installed: run tests/install-servers.sh")
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    _wait_for(port)
    return process


def _service(folder: Path) -> subprocess.Popen[bytes]:
    log = (folder / "run.log").open("wb")
    command = [sys.executable, "-m", "droneops", "run", str(folder / "site.toml")]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    time.sleep(5.0)
    return process


def _drone(
    folder: Path, size: tuple[int, int], events: int, telemetry: int, rtsp: int
) -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("live_events.py")
    numbers = map(str, (*size, events, telemetry, rtsp, QUICK_EVENT_S))
    return subprocess.Popen([sys.executable, str(script), str(folder), *numbers], stdout=subprocess.PIPE)


def _judged(subscriber: Subscriber, folder: Path, behind_us: int) -> dict[str, Any]:
    looks = _looks(folder / "var" / "recordings" / "patrol-1" / "looks")
    stages: dict[str, list[float]] = {}
    for came_us, alert in subscriber.came:
        look = looks.get(_us(alert["last_seen"]))
        if alert["message_type"] != "alert" or look is None:
            continue
        taken_us, told_us, detector_us = look["spent"]
        captured_us = look["time_us"] + behind_us
        row = {
            "arrive": taken_us - captured_us,
            "detect": detector_us,
            "place": told_us - taken_us - detector_us,
            "deliver": came_us - told_us,
            "total": came_us - captured_us,
            "overhead": came_us - captured_us - detector_us,
            "wait": look["time_us"] - _us(alert["onset"]) - round(DWELL_S * 1e6),
        }
        for stage, value_us in row.items():
            stages.setdefault(stage, []).append(value_us / 1000)
    if not stages:
        print((folder / "run.log").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
        raise SystemExit(f"no alert could be judged: {len(subscriber.came)} came, {len(looks)} looks")
    quantiles = {
        stage: {f"p{q}_ms": round(float(np.percentile(values, q)), 2) for q in (50, 95)}
        for stage, values in stages.items()
    }
    return {"events": len(stages["total"]), **quantiles}


def _looks(folder: Path) -> dict[int, dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for path in sorted(folder.glob("looks-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            row = json.loads(line)
            if row.get("spent"):
                rows[row["time_us"]] = row
    return rows


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


if __name__ == "__main__":
    main()
