"""What each camera of a drone sees of the ground now, so that a person is shown the stream that shows it."""

from __future__ import annotations

from collections.abc import Mapping

from droneops.fleet.wire import Footprint
from droneops.geo.camera import Camera
from droneops.geo.footprint import footprint
from droneops.geo.ground import Ground
from droneops.geo.locate import view_of
from droneops.types import NoGroundPoint, Pose

NOW_US = 5_000_000
"""At 20 m/s and a turn of the gimbal, what a pose shows is elsewhere after that."""


def footprints_of(
    cameras: Mapping[str, Camera | None], pose: Pose | None, ground: Ground, now_us: int
) -> Mapping[str, Footprint]:
    """By camera, of the latest pose; the ground as the aircraft has it below it."""
    return {name: _of_camera(camera, pose, ground, now_us) for name, camera in cameras.items()}


def _of_camera(camera: Camera | None, pose: Pose | None, ground: Ground, now_us: int) -> Footprint:
    if camera is None:
        return "the camera has no file"
    if pose is None or now_us - pose.time_us > NOW_US:
        return "where the drone is now is not known"
    view = view_of(pose, camera)
    if isinstance(view, NoGroundPoint):
        return str(view.reason)
    ring = footprint(pose, camera, ground)
    return "no ground is in view, or its height is not known" if ring is None else ring
