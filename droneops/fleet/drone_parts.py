"""What one drone's process is made of, from its section of the site file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from droneops.config import DroneCameraSection, DroneSection, Site
from droneops.fleet.clip_writer import POST_ROLL_S, SLACK_S, ClipWriter, Reel
from droneops.fleet.sight import Sight, ground_now, sight_of
from droneops.fleet.telemetry_link import TelemetryLink, link_request
from droneops.geo.ground import Ground
from droneops.telemetry.live.now import Clock
from droneops.telemetry.pose_track import PoseTrack
from droneops.types import Frame, NoPose, Pose, Reason
from droneops.video.live.encoded import PacketSink
from droneops.video.live.pace import Pace
from droneops.video.live.source import VideoSource
from droneops.video.live.stream import LiveVideo
from droneops.video.out.clips import CLIPS
from droneops.video.out.packet_port import PacketPort, socket_path
from droneops.video.out.ring import PacketRing

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class NoTelemetry:
    """The poses of a drone without telemetry."""

    def at(self, time_us: int) -> Pose | NoPose:
        """None, whatever the time."""
        return NoPose(time_us, Reason.NO_POSE)


@dataclass(frozen=True, slots=True)
class StreamCamera:
    """A live stream as the loop wants it."""

    video: LiveVideo

    def take(self, timeout_s: float) -> Frame | None:
        """See `drone_loop.Camera`."""
        return self.video.take(timeout_s)

    @property
    def time_sigma_s(self) -> float | None:
        """See `drone_loop.Camera`."""
        return self.video.health().time_sigma_s


@dataclass(frozen=True, slots=True)
class NoCamera:
    """Of a drone without a stream: nothing ever comes, and waiting ends when the process is to stop."""

    stop: threading.Event

    def take(self, timeout_s: float) -> Frame | None:
        """None, after waiting."""
        self.stop.wait(timeout_s)
        return None

    @property
    def time_sigma_s(self) -> float | None:
        """Unknown."""
        return None


@dataclass(frozen=True, slots=True)
class DroneParts:
    """Started by `start`, ended by `stop`; ``link`` is None without telemetry."""

    sight: Sight
    link: TelemetryLink | None
    videos: Mapping[str, LiveVideo]
    site: Site
    pace: Pace
    ports: Mapping[str, PacketPort]
    clips: ClipWriter

    def start(self) -> None:
        """Begin to listen and to watch."""
        if self.link is not None:
            self.link.start()
        for port in self.ports.values():
            port.start()
        self.clips.start()
        for video in self.videos.values():
            video.start()

    def stop(self) -> None:
        """End all threads within two seconds."""
        ends = [self.clips.stop, *(video.stop for video in self.videos.values())]
        ends += [port.stop for port in self.ports.values()]
        ends += [self.link.stop] if self.link else []
        threads = [threading.Thread(target=end, daemon=True) for end in ends]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2.0)

    def track(self) -> PoseTrack | None:
        """The telemetry of the last minute and a half."""
        return None if self.link is None else self.link.track()

    def pose(self, time_us: int) -> Pose | None:
        """Where the drone is, where that is known."""
        pose = self.sight.eyes.poses.at(time_us)
        return pose if isinstance(pose, Pose) else None

    def failure(self) -> BaseException | None:
        """What a thread died of."""
        return None if self.link is None else self.link.failure


def drone_folder(site: Site, drone_id: str) -> Path:
    """Where a drone's process keeps what it recorded."""
    return site.beside(site.file.site.data_dir) / "recordings" / drone_id


def parts_of(
    site: Site, drone: DroneSection, clock: Clock, chance: Callable[[], float], tell: Tell
) -> DroneParts:
    """All parts of a drone's process, not yet started.

    Raises:
        ConfigError, UsageError: the site file asks for what cannot be.
        OutputError: the folder for recordings cannot be made.
    """
    request = link_request(drone, drone_folder(site, drone.id) / "telemetry")
    link = None if request is None else TelemetryLink(request, drone, clock, chance)
    sight = sight_of(site, drone, link or NoTelemetry())
    pace = Pace(clock.monotonic_s, chance)
    seen = [camera for camera in drone.camera if camera.video is not None]
    ports = {camera.id: _port(site, drone, camera, clock, tell) for camera in seen}
    make = partial(_video, site=site, drone=drone, clock=clock, chance=chance, tell=tell, pace=pace)
    videos = {camera.id: make(camera, ports[camera.id]) for camera in seen}
    reels = {name: Reel(port.ring, _offset_us(sight, name)) for name, port in ports.items()}
    clips = ClipWriter(site.beside(site.file.site.data_dir) / CLIPS, drone.id, reels, clock, tell)
    return DroneParts(sight, link, videos, site, pace, ports, clips)


def ground_of(parts: DroneParts, tell: Tell) -> Callable[[], Ground]:
    """Asks for the ground below the drone as it is known now."""
    log = parts.link.log if parts.link is not None else lambda: None
    return lambda: ground_now(parts.site, parts.track(), log(), tell)


def _port(
    site: Site, drone: DroneSection, camera: DroneCameraSection, clock: Clock, tell: Tell
) -> PacketPort:
    ring = PacketRing(site.file.sharing.pre_roll_s + POST_ROLL_S + SLACK_S)
    folder = site.beside(site.file.site.data_dir) / "run" / "video"
    return PacketPort(socket_path(folder, drone.id, camera.id), ring, clock, tell)


def _offset_us(sight: Sight, camera_id: str) -> int:
    camera = sight.cameras.get(camera_id)
    return 0 if camera is None else round(camera.bias.time_offset_s * 1e6)


def _video(
    camera: DroneCameraSection,
    sink: PacketSink,
    *,
    site: Site,
    drone: DroneSection,
    clock: Clock,
    chance: Callable[[], float],
    tell: Tell,
    pace: Pace,
) -> LiveVideo:
    source = VideoSource.parse(
        camera.video or "", where=f"drone {drone.id}, camera {camera.id}", folder=site.folder
    )
    return LiveVideo(
        source,
        drone_id=drone.id,
        camera_id=camera.id,
        looks_per_second=drone.looks_per_second,
        clock=clock,
        chance=chance,
        tell=tell,
        sink=sink,
        pace=pace,
    )
