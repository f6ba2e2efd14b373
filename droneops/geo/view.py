"""Where a camera stands and looks at one instant, and the rays of its pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.geo.camera import Camera, Lens
from droneops.geo.rotation import about_z, matrix_from_quaternion
from droneops.types import FloatArray, NoGroundPoint, Pose, Reason


@dataclass(frozen=True, slots=True)
class View:
    """Where a camera stands and looks: what is needed to turn its pixels into rays."""

    pose: Pose
    ned_from_camera: FloatArray
    offset_ned_m: FloatArray
    lens: Lens


def view_of(pose: Pose, camera: Camera) -> View | NoGroundPoint:
    """The camera's view at a pose, or why there is none (gimbal_unknown, fov_unknown, no_pose).

    no_pose: a rotation that is no number. The body's counts even where the gimbal tells where the camera
    looks: it carries the camera's lever arm, and an autopilot that lost its attitude has lost its place.
    """
    lens = _lens_at(pose, camera)
    if lens is None:
        return NoGroundPoint(Reason.FOV_UNKNOWN)
    heading = about_z(camera.bias.heading_rad)
    ned_from_body = heading @ matrix_from_quaternion(pose.ned_from_body)
    if camera.mount.kind == "fixed":
        ned_from_mount = ned_from_body
    elif pose.ned_from_gimbal is None:
        return NoGroundPoint(Reason.GIMBAL_UNKNOWN)
    else:
        ned_from_mount = heading @ matrix_from_quaternion(pose.ned_from_gimbal)
    offset_ned_m = ned_from_body @ np.array(camera.mount.lever_arm_m)
    ned_from_camera = ned_from_mount @ camera.mount_from_camera()
    if not (np.isfinite(ned_from_camera).all() and np.isfinite(offset_ned_m).all()):
        return NoGroundPoint(Reason.NO_POSE)
    return View(pose, ned_from_camera, offset_ned_m, lens)


def rays_ned(coordinates: FloatArray, view: View) -> FloatArray:
    """Unit vectors (n, 3), north-east-down, of ideal normalised image coordinates (n, 2)."""
    axes = view.ned_from_camera.T
    rays = coordinates @ axes[:2] + axes[2]
    unit: FloatArray = rays / np.sqrt((rays * rays).sum(axis=1, keepdims=True))
    return unit


def _lens_at(pose: Pose, camera: Camera) -> Lens | None:
    if camera.fov_source == "file":
        has_focal = bool(camera.lens.fx_px) and bool(camera.lens.fy_px)
        return camera.lens if has_focal else None
    return None if pose.hfov_rad is None else camera.lens.with_hfov(pose.hfov_rad)
