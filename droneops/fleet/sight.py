"""With what a drone sees while it flies: its detector, its cameras, the ground below it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from detectors import Detector
from droneops.camera_file import assumed_camera, load_camera
from droneops.config import DroneCameraSection, DroneSection, Site
from droneops.coverage.concern import concern_for
from droneops.errors import DroneopsError
from droneops.geo.camera import Camera
from droneops.geo.dem import unknown_grid
from droneops.geo.ground import Ground
from droneops.pipeline import Eyes
from droneops.replay.prepare import label_mapping, live_detector_of, rules_of
from droneops.telemetry.gimbal_lag import Poses, with_gimbal_lag
from droneops.telemetry.pose_track import PoseTrack
from droneops.telemetry.tlog import Tlog
from droneops.terrain.choose import choose_ground, level_ground
from droneops.tracking.tracker import Tracker
from droneops.types import NoPose, Reason
from droneops.zones.load import zones_of

# A stream that gets narrower with the link keeps its shape to within the even numbers codecs round to.
_SAME_SHAPE = 0.01

UNKNOWN_STREAM_S = 0.5
"""A stream that tells no times is as old as its encoder, its link and our buffer: an assumption, as with a
recorder's clock."""


@dataclass(frozen=True, slots=True)
class UnknownLens:
    """Poses for pictures of a lens that nobody described: none, so that nothing gets a wrong place."""

    def at(self, time_us: int) -> NoPose:
        """No pose, whatever the time."""
        return NoPose(time_us, Reason.FOV_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sight:
    """What all looks of a drone share. ``cameras`` by id; None for one without a file."""

    drone_id: str
    detector_name: str
    detector: Detector
    cameras: Mapping[str, Camera | None]
    eyes: Eyes

    def eyes_for(
        self, camera_id: str, size_px: tuple[int, int], time_sigma_s: float, tell: Callable[[str], None]
    ) -> Eyes:
        """The eyes for pictures of a size (width, height), whose times are off by ``time_sigma_s`` (1 sigma).

        A stream that comes smaller or larger in the same shape is the same view; in another shape it may be
        cut anywhere: then nothing is put on the map, and ``tell`` hears why.
        """
        camera = scaled(self.cameras.get(camera_id) or assumed_camera(*size_px), *size_px)
        if camera is None:
            tell(
                f"camera {camera_id}: its file is not for {size_px[0]} x {size_px[1]} px: no point on the map"
            )
            return replace(self.eyes, camera=assumed_camera(*size_px), poses=UnknownLens())
        poses = with_gimbal_lag(self.eyes.poses, camera.bias.gimbal_lag_s)
        return replace(self.eyes, camera=with_time_sigma(camera, time_sigma_s), poses=poses)


def sight_of(site: Site, drone: DroneSection, poses: Poses) -> Sight:
    """What the site file gives a drone to see with; its ground and tracker are the loop's to replace.

    Raises:
        ConfigError: a detector, camera file, rule or zone layer that cannot be used.
    """
    name, detector = live_detector_of(site, drone)
    cameras = {camera.id: _camera(site, camera) for camera in drone.camera}
    eyes = Eyes(
        poses=poses,
        camera=assumed_camera(1, 1),
        ground=level_ground(site.file.terrain).ground,
        detector=detector,
        label_of=label_mapping(name, site, detector),
        tracker=Tracker(drone.id),
        concern=concern_for(drone.infer, zones_of(site).zones, rules_of(site).reach_m),
    )
    return Sight(drone.id, name, detector, cameras, eyes)


def _camera(site: Site, section: DroneCameraSection) -> Camera | None:
    return None if section.file is None else load_camera(site.beside(section.file))


def scaled(camera: Camera, width_px: int, height_px: int) -> Camera | None:
    """The camera for pictures of another size but the same shape; None for another shape."""
    lens = camera.lens
    across, down = width_px / lens.width_px, height_px / lens.height_px
    if across == down == 1.0:
        return camera
    if abs(across / down - 1.0) > _SAME_SHAPE:
        return None
    # Integer pixel centres: the picture's edge lies half a pixel outside the first one.
    resized = replace(
        lens,
        width_px=width_px,
        height_px=height_px,
        fx_px=None if lens.fx_px is None else lens.fx_px * across,
        fy_px=None if lens.fy_px is None else lens.fy_px * down,
        cx_px=(lens.cx_px + 0.5) * across - 0.5,
        cy_px=(lens.cy_px + 0.5) * down - 0.5,
    )
    return replace(camera, lens=resized)


def with_time_sigma(camera: Camera, time_sigma_s: float) -> Camera:
    """The camera with the error (1 sigma) that its pictures' times have in all."""
    return replace(camera, sigma=replace(camera.sigma, time_offset_s=time_sigma_s))


def time_sigma_s(camera: Camera | None, stream_sigma_s: float | None, track: PoseTrack | None) -> float:
    """How far a picture's time may be off the vehicle's clock (1 sigma), in seconds.

    The camera's own error, that of the stream's clock (unknown: `UNKNOWN_STREAM_S`), and the spread of the
    vehicle's clock, of which 95 % lies within 1.96 sigma.
    """
    own_s = assumed_camera(1, 1).sigma.time_offset_s if camera is None else camera.sigma.time_offset_s
    stream_s = UNKNOWN_STREAM_S if stream_sigma_s is None else stream_sigma_s
    boots = () if track is None else track.boots[-1:]
    spread_s = max((boot.spread_us for boot in boots), default=0) / 1e6 / 1.96
    return math.hypot(own_s, stream_s, spread_s)


def ground_now(site: Site, track: PoseTrack | None, log: Tlog | None, tell: Callable[[str], None]) -> Ground:
    """The ground below the drone where it is now; nowhere known where the telemetry does not tell yet."""
    terrain = site.file.terrain
    if terrain.source in ("home", "value"):
        return level_ground(terrain).ground
    nowhere = replace(level_ground(terrain).ground, relief=unknown_grid("heights"))
    if track is None:
        return nowhere
    try:
        chosen = choose_ground(terrain, site.folder, None, log, track)
    except DroneopsError as error:
        tell(error.one_line())
        return nowhere
    for text in chosen.warnings:
        tell(text)
    return chosen.ground
