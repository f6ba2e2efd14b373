"""A pixel and a pose give a point on flat ground, with its error, or the reason why not.

The frames and their sources are in README.md beside this file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.geo.camera import Camera, Lens, normalised
from droneops.geo.ellipse import ce90_m
from droneops.geo.error import Budget, covariances
from droneops.geo.rotation import about_z, matrix_from_quaternion
from droneops.geo.wgs84 import lat_lon_from_enu
from droneops.types import FloatArray, GroundPoint, NoGroundPoint, Pose, Reason, Sigma, read_only

MIN_DEPRESSION_RAD = math.radians(5.0)
"""Below 5 degrees the flat earth alone costs more than 1.7 m and a metre of height eleven metres of range."""

MAX_SLANT_M = 3000.0
"""Beyond this a person is less than a pixel for every camera in use, and flat ground is a fiction."""

MIN_HEIGHT_M = 1.0
"""Nearer to the ground than this, the height's own error is all there is."""

TIME_STEP_S = 0.05
"""How far apart the two poses lie from which the effect of a wrong time is taken."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Flat ground: at home's altitude (``alt_msl_m`` None), or at a given one, with its sigma."""

    alt_msl_m: float | None
    sigma_m: Sigma

    def height_below_m(self, pose: Pose) -> float:
        """How far the ground lies below the drone."""
        return pose.alt_above_home_m if self.alt_msl_m is None else pose.alt_msl_m - self.alt_msl_m


@dataclass(frozen=True, slots=True)
class View:
    """Where a camera stands and looks: what is needed to turn its pixels into rays."""

    pose: Pose
    ned_from_camera: FloatArray
    offset_ned_m: FloatArray
    lens: Lens


def view_of(pose: Pose, camera: Camera) -> View | NoGroundPoint:
    """The camera's view at a pose, or why there is none (gimbal_unknown, fov_unknown)."""
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
    return View(pose, ned_from_mount @ camera.mount_from_camera(), offset_ned_m, lens)


def _lens_at(pose: Pose, camera: Camera) -> Lens | None:
    if camera.fov_source == "file":
        return camera.lens
    return None if pose.hfov_rad is None else camera.lens.with_hfov(pose.hfov_rad)


def locate(
    pixels_px: FloatArray, pose: Pose, camera: Camera, ground: Ground, later: Pose | None
) -> tuple[GroundPoint | NoGroundPoint, ...]:
    """The ground points of a frame's pixels (n, 2), in their order.

    ``later`` is a pose shortly after; from the two comes the effect of a wrong frame time. Without it the
    drone's velocity stands in, and a turn goes unnoticed.
    """
    pixels = np.asarray(pixels_px, dtype=np.float64).reshape(-1, 2)
    view = view_of(pose, camera)
    if isinstance(view, NoGroundPoint):
        return (view,) * len(pixels)
    coordinates = normalised(pixels, view.lens)
    rays = _rays_ned(coordinates, view)
    height_m = ground.height_below_m(pose) - float(view.offset_ned_m[2])
    reasons = _reasons(coordinates, rays, height_m)
    kept = np.array([reason is None for reason in reasons])
    if not kept.any():
        return tuple(NoGroundPoint(reason) for reason in reasons if reason is not None)
    located = iter(_points(rays[kept], coordinates[kept], view, camera, ground, later))
    return tuple(next(located) if reason is None else NoGroundPoint(reason) for reason in reasons)


def _rays_ned(coordinates: FloatArray, view: View) -> FloatArray:
    """Unit vectors (n, 3) of normalised image coordinates (n, 2)."""
    axes = view.ned_from_camera.T
    rays = coordinates @ axes[:2] + axes[2]
    unit: FloatArray = rays / np.sqrt((rays * rays).sum(axis=1, keepdims=True))
    return unit


def _reasons(coordinates: FloatArray, rays: FloatArray, height_m: float) -> list[Reason | None]:
    shown = np.isfinite(coordinates[:, 0])
    return [
        _reason(float(rays[row, 2]), height_m) if shown[row] else Reason.FOV_UNKNOWN
        for row in range(len(rays))
    ]


def _reason(down: float, height_m: float) -> Reason | None:
    if math.isnan(down) or math.isnan(height_m):
        return Reason.NO_POSE
    if down <= 0:
        return Reason.ABOVE_HORIZON
    too_low = height_m < MIN_HEIGHT_M or down < math.sin(MIN_DEPRESSION_RAD)
    return Reason.BEYOND_RANGE if too_low or height_m > down * MAX_SLANT_M else None


def _points(
    rays: FloatArray,
    coordinates: FloatArray,
    view: View,
    camera: Camera,
    ground: Ground,
    later: Pose | None,
) -> list[GroundPoint]:
    pose = view.pose
    height_m = ground.height_below_m(pose) - float(view.offset_ned_m[2])
    shift_ned_m = view.offset_ned_m + rays * (height_m / rays[:, 2:3])
    drift_mps = _drift_mps(coordinates, shift_ned_m, view, camera, ground, later)
    budget = Budget.of(pose, camera, ground.sigma_m)
    cov, common = covariances(rays, coordinates, height_m, view.ned_from_camera, view.lens, drift_mps, budget)
    enu_m = shift_ned_m[:, [1, 0, 2]] * (1.0, 1.0, -1.0)
    lat_deg, lon_deg = lat_lon_from_enu(enu_m, pose.lat_deg, pose.lon_deg, pose.alt_msl_m)
    radius_m = ce90_m(cov)
    alt_msl_m = pose.alt_msl_m - ground.height_below_m(pose)
    return [
        GroundPoint(
            float(lat_deg[i]),
            float(lon_deg[i]),
            alt_msl_m,
            read_only(cov[i]),
            read_only(common[i]),
            float(radius_m[i]),
        )
        for i in range(len(rays))
    ]


def _drift_mps(
    coordinates: FloatArray,
    shift_ned_m: FloatArray,
    view: View,
    camera: Camera,
    ground: Ground,
    later: Pose | None,
) -> FloatArray:
    """How fast the pixels' ground points move (n, 2) east, north, were the frame's time wrong."""
    velocity = np.tile(view.pose.velocity_ned_mps[[1, 0]], (len(coordinates), 1))
    other = view_of(later, camera) if later is not None else None
    if later is None or other is None or isinstance(other, NoGroundPoint):
        return velocity
    dt_s = (later.time_us - view.pose.time_us) / 1e6
    rays = _rays_ned(coordinates, other)
    height_m = ground.height_below_m(later) - float(other.offset_ned_m[2])
    moved = other.offset_ned_m + rays * (height_m / np.maximum(rays[:, 2:3], math.sin(MIN_DEPRESSION_RAD)))
    swing: FloatArray = ((moved - shift_ned_m) / dt_s)[:, [1, 0]]
    return velocity + swing
