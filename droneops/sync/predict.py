"""How the telemetry says the picture moved.

A point of the flat ground is seen by the first camera along the ray r = R1 (x, y, 1), at depth h / r_down.
The second camera, a step s further, sees it along R2^T (r - s r_down / h): the homography that the ground
induces (Hartley and Zisserman 2004, 13.1), with the ground's inverse depth, which goes to 0 at the horizon;
what lies above it moves as if endlessly far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Camera
from droneops.geo.locate import Ground, view_of
from droneops.geo.rotation import about_z, heading_rad
from droneops.geo.wgs84 import LocalPlane
from droneops.telemetry.gimbal_lag import Poses
from droneops.types import FloatArray, NoGroundPoint, NoPose, read_only

STEP_US = 25_000
"""Between samples this far apart, half a telemetry interval or less, everything goes straight."""

MIN_HEIGHT_M = 5.0
"""Nearer to the ground, a metre of height error changes how the picture moves by a fifth."""

Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unknowns:
    """What the telemetry does not know, besides the offset.

    ``gimbal_lag_s``: by how much the camera follows after the gimbal's reported angles (against heading
    and horizon; the heading itself does not lag). ``heading_rad`` is added to the heading.
    ``log_height``: natural logarithm of the true height above the ground over the assumed one.
    """

    gimbal_lag_s: float
    heading_rad: float
    log_height: float


@dataclass(frozen=True, slots=True, eq=False)
class CameraPath:
    """Where the camera was and looked, every STEP_US from ``first_us`` on.

    ``known`` (n,) is false where there is no pose, or where it stands on the ground; there the others mean
    nothing. ``centre_m`` (n, 3) is north, east of some origin, and down from the ground; ``heading_rad``
    (n,) the body's, unwound; ``level_from_camera`` (n, 3, 3) its rotation less the heading.
    ``lags`` is false for a camera without a gimbal.
    """

    first_us: int
    known: npt.NDArray[np.bool_]
    centre_m: FloatArray
    heading_rad: FloatArray
    level_from_camera: FloatArray
    lags: bool

    def known_throughout(self, begin_us: Times, end_us: Times) -> npt.NDArray[np.bool_]:
        """For each (n,) whether the path is known all the way from one time to the other."""
        unknown = np.concatenate(([0], np.cumsum(~self.known)))
        first = np.floor((begin_us - self.first_us) / STEP_US).astype(np.int64)
        last = np.ceil((end_us - self.first_us) / STEP_US).astype(np.int64)
        inside = (first >= 0) & (last < len(self.known))
        before, until = unknown[np.where(inside, first, 0)], unknown[np.where(inside, last + 1, 0)]
        throughout: npt.NDArray[np.bool_] = inside & (before == until)
        return throughout

    def views(self, time_us: Times, gimbal_lag_s: float) -> tuple[FloatArray, FloatArray]:
        """Centres (n, 3) in metres and rotations ned_from_camera (n, 3, 3) at times (n,) in microseconds."""
        index, part = self._place(time_us)
        centre = _between(self.centre_m, index, part)
        heading = _between(self.heading_rad, index, part)
        late = gimbal_lag_s * 1e6 if self.lags else 0.0
        level = _between(self.level_from_camera, *self._place(time_us - late))
        return centre, _about_z(heading) @ level

    def _place(self, time_us: Times) -> tuple[npt.NDArray[np.int64], FloatArray]:
        steps = (time_us - self.first_us) / STEP_US
        index = np.clip(np.floor(steps).astype(np.int64), 0, len(self.known) - 2)
        return index, steps - index


def _between(samples: FloatArray, index: npt.NDArray[np.int64], part: FloatArray) -> FloatArray:
    shaped = part.reshape(-1, *([1] * (samples.ndim - 1)))
    blend: FloatArray = samples[index] * (1 - shaped) + samples[index + 1] * shaped
    return blend


def _about_z(angle_rad: FloatArray) -> FloatArray:
    c, s, zero = np.cos(angle_rad), np.sin(angle_rad), np.zeros_like(angle_rad)
    rows = ((c, -s, zero), (s, c, zero), (zero, zero, zero + 1))
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def camera_path(poses: Poses, camera: Camera, ground: Ground, first_us: int, last_us: int) -> CameraPath:
    """The camera's path from ``first_us`` to ``last_us`` or a little beyond."""
    count = math.ceil((last_us - first_us) / STEP_US) + 2
    known = np.zeros(count, dtype=np.bool_)
    centre_m, heading = np.zeros((count, 3)), np.zeros(count)
    level = np.tile(np.eye(3), (count, 1, 1))
    plane: LocalPlane | None = None
    for row in range(count):
        pose = poses.at(first_us + row * STEP_US)
        view = None if isinstance(pose, NoPose) else view_of(pose, camera)
        if isinstance(pose, NoPose) or view is None or isinstance(view, NoGroundPoint):
            continue
        plane = plane or LocalPlane.at(pose.lat_deg, pose.lon_deg)
        east_m, north_m = plane.east_north_m(pose.lat_deg, pose.lon_deg)
        centre_m[row] = view.offset_ned_m + np.array((north_m, east_m, -ground.height_below_m(pose)))
        heading[row] = heading_rad(pose.ned_from_body)
        level[row] = about_z(-heading[row]) @ view.ned_from_camera
        known[row] = -centre_m[row, 2] >= MIN_HEIGHT_M
    return CameraPath(
        first_us,
        known,
        read_only(centre_m),
        read_only(np.unwrap(heading)),
        read_only(level),
        camera.mount.kind == "stabilised",
    )


def moved(
    path: CameraPath, coordinates: FloatArray, from_us: Times, to_us: Times, unknowns: Unknowns
) -> FloatArray:
    """Where ideal normalised coordinates (n, k, 2) of times ``from_us`` (n,) should be at ``to_us`` (n,).

    Points that would come to lie behind the camera are NaN.
    """
    centre, rotation = path.views(from_us, unknowns.gimbal_lag_s)
    later_centre, later_rotation = path.views(to_us, unknowns.gimbal_lag_s)
    # A heading error turns both views alike; seen from them, it turns the way flown the other way round.
    step = (later_centre - centre) @ about_z(unknowns.heading_rad)
    height_m = np.maximum(-centre[:, 2], MIN_HEIGHT_M) * math.exp(unknowns.log_height)
    axes = rotation.transpose(0, 2, 1)
    rays = coordinates @ axes[:, :2] + axes[:, 2:]
    inverse_depth = np.maximum(rays[:, :, 2:], 0.0) / height_m[:, None, None]
    seen = (rays - inverse_depth * step[:, None, :]) @ later_rotation
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = np.where(seen[:, :, 2:] > 0, seen[:, :, :2] / seen[:, :, 2:], np.nan)
    return found
