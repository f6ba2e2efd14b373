"""One drone's process.

python -m droneops.fleet.drone_process SITE.toml LOG DRONE_ID SOCKET

LOG is the form of its lines (json, console), SOCKET the number of an inherited socket.

It is started by the site's process, and ends with it. Nothing secret is among its arguments.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from droneops.config import DroneSection, Site, load_site
from droneops.errors import ConfigError, DroneopsError
from droneops.fleet.drone_parts import Tell, drone_folder, parts_of
from droneops.fleet.drone_run import Drone, run_drone
from droneops.fleet.logs import site_log, tell_of
from droneops.fleet.tied import end_with_parent
from droneops.fleet.tracker_file import TrackerFile
from droneops.telemetry.live.now import system_clock

BEHIND_THE_SITE = 5
"""Steps of priority, a third of the processor time each way: where looks take all cores, the site's process
still makes and delivers alerts at once (setpriority(2), sched(7))."""


def main(arguments: list[str]) -> int:
    """Run until asked to stop, or until the site is gone; the exit status."""
    parent = os.getppid()
    path, form, drone_id, number = arguments
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # Ctrl-C reaches all processes of the terminal; the site's says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not end_with_parent(parent):
        return 0
    with suppress(OSError):
        os.nice(BEHIND_THE_SITE)

    log = site_log(sys.stdout, "json" if form == "json" else "console", system_clock())
    tell = tell_of(log, f"drone {drone_id}")
    try:
        with socket.socket(fileno=int(number)) as connected:
            _run(Path(path), drone_id, connected, stop, tell)
    except DroneopsError as error:
        tell(error.one_line())
        return error.exit_status
    return 0


def _run(path: Path, drone_id: str, connected: socket.socket, stop: threading.Event, tell: Tell) -> None:
    site = load_site(path)
    drone = _section(site, drone_id)
    _share_cores(len(site.file.drone))
    clock = system_clock()
    folder = drone_folder(site, drone_id)
    file = TrackerFile(folder / "tracker.json")
    parts = parts_of(site, drone, clock, random.random, tell)
    run_drone(Drone(site, drone, parts, file, folder / "looks", clock, tell), connected, stop)


def _section(site: Site, drone_id: str) -> DroneSection:
    for drone in site.file.drone:
        if drone.id == drone_id:
            return drone
    raise ConfigError(f"there is no [[drone]] {drone_id!r} any more")


def _share_cores(drones: int) -> None:
    """OpenCV takes every core for each picture; with several drones they would only wait for each other."""
    import cv2

    cv2.setNumThreads(max((os.cpu_count() or 1) // max(drones, 1), 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
