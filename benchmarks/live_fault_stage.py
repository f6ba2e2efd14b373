"""All that runs while faults strike: a drone in the air, `droneops run`, mosquitto, Redis."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import live_rig as rig
from delivery_faults import free_port
from live_events import EVENT_S, FPS, HOP_M
from live_sender import Course, write_camera

SIZE_PX = (320, 180)
LOOKS_PER_SECOND = 5
MOST_EVENTS = 160
"""Each fault takes a few; the film begins anew after its last marker, and the flight goes on."""

DISK_BYTES = 64 << 20


@dataclass
class Stage:
    """All that runs."""

    course: Course
    service: rig.Process
    video: rig.Process
    telemetry: rig.Process
    broker: rig.Process
    broker_port: int
    store: rig.Process
    metrics_port: int
    has_own_disk: bool
    log_from: int = 0

    @property
    def folder(self) -> Path:
        return Path(self.course.folder)

    def says(self, text: str) -> bool:
        """Whether the service's log says it since the last strike."""
        return text.encode() in (self.folder / "run.log").read_bytes()[self.log_from :]

    def number(self, name: str, labels: str = "") -> float | None:
        """One of the service's metrics."""
        return rig.metrics(self.metrics_port).get((f"droneops_{name}", labels))

    def looks_at(self, since_us: int) -> bool:
        """Whether a picture taken since then was looked at and placed."""
        look = rig.newest_look(self.folder)
        pose = look.get("pose")
        return look.get("time_us", 0) > since_us and isinstance(pose, dict) and "lat_deg" in pose


def now_us() -> int:
    return time.time_ns() // 1000


def build(folder: Path, film: Path) -> Stage:
    """Everything but the processes, which are not started yet."""
    telemetry, rtsp, broker, store, metrics = (free_port() for _ in range(5))
    start_us = now_us() + 3_000_000
    events = MOST_EVENTS
    course = Course(
        str(folder), str(film), SIZE_PX, FPS, start_us, EVENT_S, HOP_M, events, rtsp, (telemetry,)
    )
    course.write()
    write_camera(course)
    rig.write_site(course, broker, looks=LOOKS_PER_SECOND, metrics=metrics, store=store)
    redis = ["redis-server", "--port", str(store), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    recordings = folder / "var" / "recordings"
    recordings.mkdir(parents=True, mode=0o700)
    return Stage(
        course,
        rig.service(course),
        rig.sender(course, "video"),
        rig.sender(course, "telemetry"),
        rig.broker(folder, broker),
        broker,
        rig.Process(redis, folder / "redis.log"),
        metrics,
        _has_own_disk(recordings),
    )


def _has_own_disk(path: Path) -> bool:
    """Whether a small disk could be put there, for which one has to be root."""
    options = f"size={DISK_BYTES},mode=700"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    if shutil.which("mount") is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
