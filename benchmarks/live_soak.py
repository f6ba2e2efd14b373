"""Eight hours of a service's life in minutes: does what it holds stay flat?

    python benchmarks/live_soak.py [--minutes 30] [--json]

`droneops run` with every frame looked at (25 a second: 40 minutes hold as many looks as 8 hours at two a
second), a new incident every 8 s, and all through it, evenly: the video server killed and started again, the
telemetry away, the drone's process killed, the broker killed, the store killed, the site file read anew - as
often as it would befall eight hours. The memory, threads and open files of each process are sampled
every second.

Per process: the medians of the first and the last third of the time after ``WARM_S``, and for the last third
the slope of a straight line, in MiB an hour. ``is_flat``: over the last third the line rises by less than
twice the scatter about it, or by less than 1 MiB; and the last third has no more threads and files at its
median than the first had at its most. A drone's process that is killed begins anew: its samples count from
the last start on. A first loss of the video comes before the samples begin.

--short is for machines that test: half a minute, with few troubles; too short for a slope.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import live_rig as rig
from delivery_faults import answers, free_port
from live_events import EVENT_S, FPS, HOP_M, draw_film, scenario_in
from live_sender import Course, write_camera
from live_soak_held import Watcher, judged
from police_terminal import PoliceTerminal

SIZE_PX = (320, 180)
HOURS = 8
TROUBLES = (
    ("video", 16),
    ("telemetry", 8),
    ("reload", 8),
    ("broker", 4),
    ("store", 4),
    ("drone", 2),
)
"""What a day of eight hours brings at worst: a video that is lost twice an hour, and less of all else."""

SHORT_MINUTES, SHORT_TROUBLES = 0.42, (("store", 1), ("reload", 2))

AWAY_S = 4.0
"""Longer than it takes to be noticed: the video's limit is 3 s."""

AGAIN_S = 5.0
"""The time in which a stream is back after its server's return."""


@dataclass
class Stage:
    """All that runs. ``film_events``: markers of the film, after which it begins anew."""

    course: Course
    film_events: int
    service: rig.Process
    video: rig.Process
    telemetry: rig.Process
    broker: rig.Process
    broker_port: int
    store: rig.Process

    @property
    def processes(self) -> tuple[rig.Process, ...]:
        """The service first: it ends before what it talks to."""
        return self.service, self.video, self.telemetry, self.broker, self.store


def build(folder: Path, minutes: float) -> Stage:
    """Everything but the processes, which are not started yet."""
    events = int(minutes * 60 / EVENT_S) + 8
    film_events = min(events, rig.MARKERS)
    draw_film(scenario_in(folder, SIZE_PX, film_events), SIZE_PX, film_events, folder / "film")
    telemetry, rtsp, broker, store = (free_port() for _ in range(4))
    film, start_us = str(folder / "film" / "video.mp4"), time.time_ns() // 1000 + 1_000_000
    course = Course(str(folder), film, SIZE_PX, FPS, start_us, EVENT_S, HOP_M, events, rtsp, (telemetry,))
    course.write()
    write_camera(course)
    rig.write_site(course, broker, looks=FPS, metrics=None, store=store)
    redis = ["redis-server", "--port", str(store), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    return Stage(
        course,
        film_events,
        rig.service(course),
        rig.sender(course, "video"),
        rig.sender(course, "telemetry"),
        rig.broker(folder, broker),
        broker,
        rig.Process(redis, folder / "redis.log"),
    )


def trouble(stage: Stage, what: str) -> None:
    """One trouble, until its cause is gone."""
    if what == "reload":
        stage.service.signal(signal.SIGHUP)
    elif what == "drone":
        for pid in rig.drone_pids(stage.service.pid).values():
            os.kill(pid, signal.SIGKILL)
    else:
        process: rig.Process = getattr(stage, what)
        process.kill()
        time.sleep(AWAY_S)
        process.start()


def plan(minutes: float, troubles: Sequence[tuple[str, int]]) -> list[tuple[float, str]]:
    """When, in seconds, which trouble comes: each kind evenly, none in the last tenth."""
    whole_s = minutes * 60 * 0.9
    due = [((k + 1) / (count + 1) * whole_s, what) for what, count in troubles for k in range(count)]
    return sorted(due)


def live(stage: Stage, minutes: float, troubles: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The whole life; what was held, what was looked at, and what the police were told."""
    stage.broker.start()
    stage.store.start()
    rig.wait_until(lambda: answers(stage.broker_port), 10.0)
    with PoliceTerminal(stage.broker_port, rig.SITE_ID, rig.AGENCY, "police-soak") as police:
        for process in (stage.telemetry, stage.video, stage.service):
            process.start()
        if rig.wait_until(lambda: rig.newest_look(Path(stage.course.folder)).get("spent"), 60.0) is None:
            raise SystemExit((Path(stage.course.folder) / "run.log").read_text()[-4000:])
        # The first loss brings threads for which the allocator keeps memory from then on: it is no growth.
        trouble(stage, "video")
        time.sleep(AGAIN_S)
        began_s = time.monotonic()
        with Watcher(stage.service) as watcher:
            for due_s, what in plan(minutes, troubles):
                time.sleep(max(began_s + due_s - time.monotonic(), 0.0))
                trouble(stage, what)
            time.sleep(max(began_s + minutes * 60 - time.monotonic(), 0.0))
        stop_s = stage.service.stop()
    return _told(stage, watcher, police, stop_s, troubles)


def _told(
    stage: Stage, watcher: Watcher, police: PoliceTerminal, stop_s: float, troubles: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    alerts = [json.loads(raw) for raw in police.first_bytes.values()]
    lives = {name: judged(name, life) for (name, _), life in watcher.lives.items()}
    places = Counter((alert["incident_id"], alert["sequence"]) for alert in alerts)
    return {
        "looks": sum(1 for _ in rig.looks(Path(stage.course.folder))),
        "alerts": len(alerts),
        "incidents": len({alert["incident_id"] for alert in alerts}),
        "doubled": sum(count - 1 for count in places.values()) + police.changed,
        "troubles": dict(troubles),
        "drone_processes": sum(name != "site" for name, _ in watcher.lives),
        "processes": [asdict(held) for held in lives.values()],
        "is_flat": all(held.is_flat is not False for held in lives.values()),
        "stop_s": round(stop_s, 2),
    }


def soak(minutes: float, troubles: Sequence[tuple[str, int]] = TROUBLES) -> dict[str, Any]:
    """Live and be judged."""
    with tempfile.TemporaryDirectory(prefix="live-soak-") as name:
        stage = build(Path(name), minutes)
        try:
            return live(stage, minutes, troubles)
        finally:
            for process in stage.processes:
                process.kill()


def main() -> int:
    """The table; exit status 1 if something grows or was told twice."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--short", action="store_true", help="half a minute with few troubles")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rig.end_tidily()
    found = soak(SHORT_MINUTES, SHORT_TROUBLES) if given.short else soak(given.minutes)
    if given.json:
        print(json.dumps(found))
    else:
        for held in found.pop("processes"):
            print(held)
        print(found)
    return 0 if found["is_flat"] and not found["doubled"] else 1


if __name__ == "__main__":
    sys.exit(main())
