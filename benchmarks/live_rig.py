"""What the live benchmarks start, kill and read: `droneops run`, a broker, a store, senders, /proc, looks."""

from __future__ import annotations

import getpass
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery_faults import OUR_SETTINGS
from live_latency import PARK
from live_sender import Course

HERE = Path(__file__).resolve().parent
SITE_ID, AGENCY = "bench", "police"
MARKERS = 49
"""Of the dictionary 4x4_50, without number 0."""

SITE = """[site]
id = "{site}"
status = "exercise"
allow_placeholder = true
[broker]
url = "mqtt://127.0.0.1:{broker}"
{redis}
[metrics]
bind = "{metrics}"
[[agency]]
id = "{agency}"
[routing]
default = "{agency}"
[[zone_layer]]
path = "park.geojson"
[terrain]
source = "value"
alt_msl_m = 200.0
sigma_m = 0.5
[detector.aruco]
labels = {{ {labels} }}
"""

DRONE = """[[drone]]
id = "{drone}"
system_id = {number}
telemetry = "udpin:127.0.0.1:{telemetry}"
detector = "aruco"
looks_per_second = {looks}
[[drone.camera]]
id = "eo"
file = "camera.toml"
video = "rtsp://127.0.0.1:{rtsp}/{drone}"
"""

LOOK_BYTES = 1 << 19
"""A look with a few pictures is less than that."""

METRIC = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def end_tidily() -> None:
    """Let SIGTERM end a benchmark as Ctrl-C does: what it has started is killed on the way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@dataclass
class Process:
    """A program that is started, killed, held and let go; what it says goes to ``log``."""

    command: list[str]
    log: Path
    cpus: frozenset[int] = frozenset()
    running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self.running is not None  # noqa: S101 - asked while it runs
        return self.running.pid

    def start(self) -> None:
        """Start it, on its own cores where it has some."""
        ours = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self.cpus or ours)
        try:
            with self.log.open("ab") as log:
                self.running = subprocess.Popen(self.command, stdout=log, stderr=log)
        finally:
            os.sched_setaffinity(0, ours)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.running is not None:
            self.running.send_signal(number)

    def kill(self) -> None:
        """kill -9, also while it is held."""
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None

    def stop(self) -> float:
        """Ask it to end, and kill it when it does not within ten seconds; how long it took."""
        began_s = time.monotonic()
        if self.running is not None:
            self.running.terminate()
            try:
                self.running.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.running = None
        return time.monotonic() - began_s


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process holds: processor seconds since its start, resident bytes, threads, open files."""

    cpu_s: float
    rss_bytes: int
    threads: int
    files: int


def sample(pid: int) -> Sample | None:
    """A process now, by /proc; None when it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    cpu_s = (int(words[11]) + int(words[12])) / ticks
    return Sample(cpu_s, int(words[21]) * os.sysconf("SC_PAGE_SIZE"), int(words[17]), files)


def drone_pids(service_pid: int) -> dict[str, int]:
    """The process of each drone that a service has started."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == service_pid and b"droneops.fleet.drone_process" in command:
            found[command[-3].decode()] = int(path.parent.name)
    return found


def wait_until(is_so: Callable[[], Any], timeout_s: float) -> float | None:
    """How long it took to become so; None where it did not in time."""
    began_s = time.monotonic()
    while not is_so():
        if time.monotonic() - began_s > timeout_s:
            return None
        time.sleep(0.02)
    return time.monotonic() - began_s


def write_site(course: Course, broker: int, *, looks: float, metrics: int | None, store: int | None) -> Path:
    """The site file, with its zones, beside the camera file."""
    folder = Path(course.folder)
    labels = ", ".join(f'{marker} = "person"' for marker in range(1, MARKERS + 1))
    text = SITE.format(
        site=SITE_ID,
        agency=AGENCY,
        broker=broker,
        redis="" if store is None else f'[redis]\nurl = "redis://127.0.0.1:{store}"',
        metrics="" if metrics is None else f"127.0.0.1:{metrics}",
        labels=labels,
    )
    for number, (drone, port) in enumerate(zip(course.drone_ids, course.telemetry_ports, strict=True), 1):
        text += DRONE.format(drone=drone, number=number, telemetry=port, looks=looks, rtsp=course.rtsp_port)
    (folder / "site.toml").write_text(text)
    park = json.loads(json.dumps(PARK))
    west, east, south, north = 104.6, 104.9, 16.3, 18.0
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    park["features"][0]["geometry"]["coordinates"] = [corners]
    (folder / "park.geojson").write_text(json.dumps(park, ensure_ascii=False), encoding="utf-8")
    return folder / "site.toml"


def service(course: Course, cpus: frozenset[int] = frozenset()) -> Process:
    """`droneops run`."""
    folder = Path(course.folder)
    command = [sys.executable, "-m", "droneops", "run", str(folder / "site.toml")]
    return Process(command, folder / "run.log", cpus)


def sender(course: Course, part: str, cpus: frozenset[int] = frozenset()) -> Process:
    """One part of the drones in the air: "video" or "telemetry"."""
    command = [sys.executable, str(HERE / "live_sender.py"), part, str(Path(course.folder) / "course.json")]
    return Process(command, Path(course.folder) / f"{part}.log", cpus)


def broker(folder: Path, port: int) -> Process:
    """A mosquitto that keeps what it holds, as in docs/delivery.md."""
    state = folder / "mosquitto"
    state.mkdir()
    config = folder / "mosquitto.conf"
    listener = (
        f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
    )
    config.write_text(listener + OUR_SETTINGS.format(folder=state))
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return Process(["env", f"PATH={path}", "mosquitto", "-c", str(config)], folder / "mosquitto.log")


def metrics(port: int) -> dict[tuple[str, str], float]:
    """Each number of the service by its name and its labels as they stand; empty where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            text = answer.read(1 << 20).decode()
    except OSError:
        return {}
    return {(name, labels or ""): float(value) for name, labels, value in METRIC.findall(text)}


def looks(folder: Path, drone_id: str = "patrol-1") -> Iterator[dict[str, Any]]:
    """Every look that was written down, in order; a line that was cut off is left out."""
    for path in sorted((folder / "var" / "recordings" / drone_id / "looks").glob("looks-*.jsonl")):
        for line in path.read_bytes().split(b"\n")[1:]:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if "seq" in row:
                yield row


def newest_look(folder: Path, drone_id: str = "patrol-1") -> dict[str, Any]:
    """The last look that was written down whole; empty where there is none."""
    paths = sorted((folder / "var" / "recordings" / drone_id / "looks").glob("looks-*.jsonl"))
    for path in reversed(paths):
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - LOOK_BYTES, 0))
            lines = file.read().split(b"\n")
        for line in reversed(lines[1:-1]):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {}


def quantile(values: Iterable[float], share: float) -> float | None:
    """By rank; None of nothing."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
