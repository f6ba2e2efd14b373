"""A drone's process from its welcome to its end."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from droneops import __version__
from droneops.config import DroneSection, Site
from droneops.errors import OutputError
from droneops.fleet.blind_watch import watch_of
from droneops.fleet.drone_loop import DroneLoop, Flight, Looked
from droneops.fleet.drone_parts import DroneParts, NoCamera, StreamCamera, ground_of
from droneops.fleet.drone_vitals import Rate, vitals_of
from droneops.fleet.footprints import footprints_of
from droneops.fleet.read_back import look_of
from droneops.fleet.recording.look_record import look_to_line, to_line
from droneops.fleet.recording.reader import LOOKS
from droneops.fleet.recording.session import Session, session_to_record
from droneops.fleet.recording.writer import LineWriter
from droneops.fleet.resume import resume
from droneops.fleet.second_sight import NoSecondSight, SecondThread, second_sight_of
from droneops.fleet.site_link import SiteLink
from droneops.fleet.tracker_file import TrackerFile
from droneops.fleet.wire import Bye, ClipWanted, Hello, Taken, Vitals, Wanted, Welcome
from droneops.telemetry.live.now import Clock
from droneops.zones.load import zones_of

STEP_S = 0.1
"""How long a look is waited for: a stop, and what the site says, are noticed within that."""

VITALS_EVERY_S = 1.0

WELCOME_WITHIN_S = 10.0
"""The site answers in milliseconds; one that restarts on a slow disk takes seconds."""

Tell = Callable[[str], None]


@dataclass(slots=True)
class Drone:
    """What runs; ``looks`` is the folder of what it saw."""

    site: Site
    section: DroneSection
    parts: DroneParts
    file: TrackerFile
    looks: Path
    clock: Clock
    tell: Tell


def run_drone(drone: Drone, connected: socket.socket, stop: threading.Event) -> None:
    """Look and report until ``stop`` is set or the site is gone.

    Raises:
        DroneopsError: what cannot be mended here; the process begins anew.
    """
    link = SiteLink(connected)
    detector = drone.parts.sight.detector
    name = f"{detector.name} {detector.version}"
    link.send(Hello(drone.section.id, name, detector.weights_sha256, detector.name == "aruco"))
    taken = _welcomed(link, connected, drone.clock, stop)
    if taken is None:
        return
    drone.parts.start()
    try:
        begin = resume(drone.file, drone.looks, drone.section.id, taken, drone.clock.utc_us(), drone.tell)
        for report in begin.unsent:
            link.send(report)
        writer = _writer(drone, name, resumed=not begin.is_new)
        second = second_sight_of(drone.site, drone.section, drone.tell)
        with closing(writer), closing(second):
            flight = _flight(drone, link, writer, stop, second)
            loop = DroneLoop(flight, begin.tracker, begin.seq)
            _fly(drone, loop, link, stop)
        link.send(Bye(drone.section.id))
    finally:
        drone.parts.stop()


def _welcomed(link: SiteLink, connected: socket.socket, clock: Clock, stop: threading.Event) -> int | None:
    """Up to which report the site has all; None where it is gone or we are to stop."""
    end_s = clock.monotonic_s() + WELCOME_WITHIN_S
    while not stop.is_set() and not link.is_closed:
        for message in link.receive():
            if isinstance(message, Welcome):
                return message.taken
        if clock.monotonic_s() > end_s:
            raise OutputError("the site does not answer", mend="the drone's process begins anew")
        select.select([connected], [], [], STEP_S)
    return None


def _flight(
    drone: Drone,
    link: SiteLink,
    writer: LineWriter,
    stop: threading.Event,
    second: SecondThread | NoSecondSight,
) -> Flight:
    cameras = [StreamCamera(video) for video in drone.parts.videos.values()]

    def keep(looked: Looked) -> None:
        writer.write(look_to_line(look_of(looked)), drone.clock.utc_us())

    return Flight(
        sight=drone.parts.sight,
        cameras=cameras or [NoCamera(stop)],
        watch=watch_of(drone.section.id, drone.parts, zones_of(drone.site), drone.clock),
        clock=drone.clock,
        track=drone.parts.track,
        ground=ground_of(drone.parts, drone.tell),
        keep=keep,
        tell_site=link.send,
        tell=drone.tell,
        looked=drone.parts.pace.looked,
        second=second,
    )


def _fly(drone: Drone, loop: DroneLoop, link: SiteLink, stop: threading.Event) -> None:
    looks, next_s = Rate(), drone.clock.monotonic_s()
    while not stop.is_set() and not link.is_closed:
        loop.step(STEP_S)
        now_s = drone.clock.monotonic_s()
        drone.file.note(loop.tracker, loop.seq, now_s)
        _listen(drone, loop, link)
        if now_s >= next_s:
            next_s = now_s + VITALS_EVERY_S
            link.send(_vitals(drone, loop, link, looks.of(loop.counts.looked, now_s)))
        if (failure := drone.parts.failure()) is not None:
            what = f"its telemetry stopped by an unexpected {type(failure).__name__}: {failure}"
            raise OutputError(what, mend="the drone's process begins anew")


def _listen(drone: Drone, loop: DroneLoop, link: SiteLink) -> None:
    link.flush()
    for message in link.receive():
        if isinstance(message, Taken):
            # A copy that cannot be written makes a restart longer, nothing else.
            with suppress(OSError):
                drone.file.confirmed(message.seq)
        elif isinstance(message, Wanted):
            loop.wanted = message.tracks
        elif isinstance(message, ClipWanted):
            drone.parts.clips.want(message, loop.shifts_us)
    for done in drone.parts.clips.done():
        link.send(done)


def _vitals(drone: Drone, loop: DroneLoop, link: SiteLink, looks_per_s: float | None) -> Vitals:
    parts = drone.parts
    told = None if parts.link is None else parts.link.told
    videos = [video.health() for video in parts.videos.values()]
    now_us = drone.clock.utc_us()
    pose = parts.pose(now_us) or loop.last_pose
    vitals = vitals_of(loop, videos, told, pose, drone.clock, looks_per_s, link.waiting_bytes)
    cameras = {name: parts.sight.cameras.get(name) for name in parts.videos}
    return replace(vitals, footprints=footprints_of(cameras, pose, loop.ground, now_us))


def _writer(drone: Drone, detector: str, *, resumed: bool) -> LineWriter:
    session = Session(
        drone_id=drone.section.id,
        began_us=drone.clock.utc_us(),
        resumed=resumed,
        software=f"droneops {__version__}",
        detector=detector,
        weights_sha256=drone.parts.sight.detector.weights_sha256,
        site_sha256=drone.site.sha256,
    )
    header = to_line(session_to_record(session))
    return LineWriter(drone.looks, LOOKS, lambda: header, drone.tell)
