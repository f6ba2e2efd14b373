"""What drones cost: processor and memory of `droneops run` with 1, 2, 4 and 8 streams of 1080p30.

    python benchmarks/live_drones.py [--drones 1 2 4 8] [--looks 2 5] [--seconds 20] [--json]
                                     [--service-cpus 1] [--sender-cpus 0]

Each drone hovers over a marker and sends H.264 (a key frame a second) over RTSP and MAVLink over UDP. The
detector is aruco, the cheapest there is; its time is part of the drone's and also stands apart: the median
of its times, times the looks.
Processor seconds and resident memory are those of /proc, of each drone's process and of the site's.

``age``: from a picture's capture until all that it showed was written down and reported, which holds the
encoder's pace, RTSP, decoding, the detector and the wait for a core. A setting is carried while the 95th
percentile of it stays under 300 ms and at least 95 % of the looks asked for are made. ``drones_per_core`` is
the most drones that were carried, over the cores that the service was given; where even the most that were
tried are carried, it is a lower bound. Without --service-cpus, the senders share the service's cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import live_rig as rig
import numpy as np
import numpy.typing as npt
from delivery_faults import answers, free_port
from live_sender import Course, write_camera

from droneops.simulation.encoding import encode_mp4

SIZE_PX, FPS, KBIT_S = (1920, 1080), 30, 8000
FILM_S = 10
KEY_EVERY_S = 1.0
MARKER_PX = 90
AGE_LIMIT_MS = 300.0
MADE_AT_LEAST = 0.95
STARTED_WITHIN_S, WARM_S = 120.0, 10.0
"""All drones' processes load their libraries at once; then clocks and buffers settle."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. Processor in milliseconds a second, of one drone (the mean) or of the site's process."""

    drones: int
    looks_per_s: float
    made_per_s: float
    least_made_per_s: float
    most_made_per_s: float
    drone_cpu_ms_per_s: float
    detector_ms_per_s: float
    site_cpu_ms_per_s: float
    drone_rss_mib: float
    site_rss_mib: float
    age_p50_ms: float | None
    age_p95_ms: float | None
    is_carried: bool


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the service and the senders run; empty: anywhere."""

    service: frozenset[int]
    sender: frozenset[int]

    @property
    def count(self) -> int:
        """How many the service has."""
        return len(self.service or os.sched_getaffinity(0))


def draw(path: Path) -> None:
    """Ground that pans under noise, with a marker in the middle: ten seconds that can follow themselves."""
    encode_mp4(path, enumerate(_pictures()), SIZE_PX, FPS, KBIT_S)


def _pictures() -> Iterator[npt.NDArray[np.uint8]]:
    width, height = SIZE_PX
    chance = np.random.default_rng(1)
    ground = cv2.resize(chance.integers(60, 130, (300, 240, 3), np.uint8), (width, 2 * height))
    noises = [cv2.resize(chance.integers(0, 6, (270, 480, 3), np.uint8), SIZE_PX) for _ in range(7)]
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    marker = cv2.aruco.generateImageMarker(dictionary, 1, MARKER_PX)
    square = cv2.copyMakeBorder(marker, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)
    left, top = (width - len(square)) // 2, (height - len(square)) // 2
    for number in range(FILM_S * FPS):
        moved = round(number / (FILM_S * FPS) * 2 * height)
        image = cv2.add(np.roll(ground, -moved, axis=0)[:height], noises[number % len(noises)])
        image[top : top + len(square), left : left + len(square)] = square[:, :, None]
        yield np.asarray(image, np.uint8)


def measured(film: Path, drones: int, looks: float, seconds: float, cores: Cores) -> Row:
    """One setting."""
    with tempfile.TemporaryDirectory(prefix="live-drones-") as name:
        folder = Path(name)
        broker_port = free_port()
        ports = tuple(free_port() for _ in range(drones))
        start_us = time.time_ns() // 1000 + 1_000_000
        course = Course(name, str(film), SIZE_PX, FPS, start_us, 1e6, 0.0, 0, free_port(), ports, KEY_EVERY_S)
        course.write()
        write_camera(course)
        rig.write_site(course, broker_port, looks=looks, metrics=None, store=None)
        service = rig.service(course, cores.service)
        senders = [rig.sender(course, part, cores.sender) for part in ("video", "telemetry")]
        broker = replace(rig.broker(folder, broker_port), cpus=cores.sender)
        try:
            broker.start()
            rig.wait_until(lambda: answers(broker_port), 10.0)
            for process in (*senders, service):
                process.start()
            _wait_for_looks(folder, course)
            time.sleep(WARM_S)
            return _measure(course, service, looks, seconds)
        finally:
            service.stop()
            for process in (*senders, broker):
                process.kill()


def _wait_for_looks(folder: Path, course: Course) -> None:
    def all_look() -> bool:
        return all(rig.newest_look(folder, drone_id).get("spent") for drone_id in course.drone_ids)

    if rig.wait_until(all_look, STARTED_WITHIN_S) is None:
        raise SystemExit("not every drone looks:\n" + (folder / "run.log").read_text()[-4000:])


def _measure(course: Course, service: rig.Process, looks: float, seconds: float) -> Row:
    pids = rig.drone_pids(service.pid)
    from_us, before = time.time_ns() // 1000, _samples(service.pid, pids)
    time.sleep(seconds)
    to_us, after = time.time_ns() // 1000, _samples(service.pid, pids)
    took_s = (to_us - from_us) / 1e6
    rows = [_between(course, drone_id, from_us, to_us) for drone_id in course.drone_ids]
    spent = [spent for drone in rows for spent in drone]
    ages_ms = [(told_us - time_us) / 1e3 for time_us, told_us, _ in spent]
    cpu_ms = {pid: 1e3 * (after[pid].cpu_s - before[pid].cpu_s) / took_s for pid in after}
    drones = len(course.drone_ids)
    made_per_s = len(spent) / took_s / drones
    each_per_s = [len(drone) / took_s for drone in rows]
    p95_ms = rig.quantile(ages_ms, 0.95)
    is_in_time = p95_ms is not None and p95_ms < AGE_LIMIT_MS
    detector_ms = median(detector_us for _, _, detector_us in spent) / 1e3 if spent else 0.0
    mib = 1 << 20
    return Row(
        drones=drones,
        looks_per_s=looks,
        made_per_s=round(made_per_s, 2),
        least_made_per_s=round(min(each_per_s), 2),
        most_made_per_s=round(max(each_per_s), 2),
        drone_cpu_ms_per_s=round(sum(cpu_ms[pid] for pid in pids.values()) / drones, 1),
        detector_ms_per_s=round(detector_ms * made_per_s, 1),
        site_cpu_ms_per_s=round(cpu_ms[service.pid], 1),
        drone_rss_mib=round(sum(after[pid].rss_bytes for pid in pids.values()) / drones / mib, 1),
        site_rss_mib=round(after[service.pid].rss_bytes / mib, 1),
        age_p50_ms=_rounded(rig.quantile(ages_ms, 0.5)),
        age_p95_ms=_rounded(p95_ms),
        is_carried=is_in_time and made_per_s >= MADE_AT_LEAST * looks,
    )


def _samples(site_pid: int, pids: dict[str, int]) -> dict[int, rig.Sample]:
    found = {pid: rig.sample(pid) for pid in (site_pid, *pids.values())}
    gone = [pid for pid, held in found.items() if held is None]
    if gone:
        raise SystemExit(f"processes ended while they were measured: {gone}")
    return {pid: held for pid, held in found.items() if held is not None}


def _between(course: Course, drone_id: str, from_us: int, to_us: int) -> list[tuple[int, int, int]]:
    """Capture, end and detector's time of the looks that ended in between."""
    rows = (look for look in rig.looks(Path(course.folder), drone_id) if look.get("spent"))
    told = [(row["time_us"], row["spent"][1], row["spent"][2]) for row in rows]
    return [row for row in told if from_us <= row[1] < to_us]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def report(rows: list[Row], cores: int) -> dict[str, Any]:
    """All rows, and how many drones a core carries."""
    carried = {
        looks: max((row.drones for row in rows if row.looks_per_s == looks and row.is_carried), default=0)
        for looks in sorted({row.looks_per_s for row in rows})
    }
    most = max(row.drones for row in rows)
    return {
        "cores": cores,
        "drones_per_core": {f"{looks:g}": count / cores for looks, count in carried.items()},
        "is_lower_bound": {f"{looks:g}": count == most for looks, count in carried.items()},
        "rows": [asdict(row) for row in rows],
    }


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--drones", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--looks", type=float, nargs="+", default=[2.0, 5.0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--service-cpus", type=int, nargs="+", default=[])
    parser.add_argument("--sender-cpus", type=int, nargs="+", default=[])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rig.end_tidily()
    cores = Cores(frozenset(given.service_cpus), frozenset(given.sender_cpus))
    with tempfile.TemporaryDirectory(prefix="live-drones-film-") as name:
        film = Path(name) / "video.mp4"
        draw(film)
        settings = [(drones, looks) for looks in given.looks for drones in given.drones]
        rows = []
        for drones, looks in settings:
            rows.append(measured(film, drones, looks, given.seconds, cores))
            print(rows[-1], file=sys.stderr)
    found = report(rows, cores.count)
    if given.json:
        print(json.dumps(found))
        return
    print(
        "drones looks/s  made/s | drone CPU its detector site CPU ms/s | drone  site MiB | age p50   p95 ms"
    )
    for row in rows:
        age = "".join(f"{'-' if ms is None else round(ms):>8}" for ms in (row.age_p50_ms, row.age_p95_ms))
        print(
            f"{row.drones:6}{row.looks_per_s:8g}{row.made_per_s:8.2f} |{row.drone_cpu_ms_per_s:10.0f}"
            f"{row.detector_ms_per_s:10.0f}{row.site_cpu_ms_per_s:11.0f}      |{row.drone_rss_mib:6.0f}"
            f"{row.site_rss_mib:6.0f}     |{age}{'' if row.is_carried else '  too much'}"
        )
    for looks, count in found["drones_per_core"].items():
        bound = " or more" if found["is_lower_bound"][looks] else ""
        print(f"{looks} looks a second: {count:g} drones a core{bound} ({found['cores']} cores given)")


if __name__ == "__main__":
    main()
