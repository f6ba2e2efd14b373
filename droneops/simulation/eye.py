"""The camera of a simulated drone: from metres on the ground to pixels, by the product's own lens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import Camera, Lens, distort, normalised
from droneops.simulation.flight import DroneState
from droneops.types import FloatArray

# Nearer than this a thing is inside the drone.
NEAR_M = 0.5
# Beyond this many times the picture's own half widths a lens model says nothing, and may fold back.
_WIDEST = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """Where the camera is, metres east, north, up of the place's ground point, and how it is turned."""

    enu_m: FloatArray
    ned_from_camera: FloatArray
    lens: Lens


def eye_of(state: DroneState, camera: Camera) -> Eye:
    """The true view at a state: the camera file's boresight and lever arm are taken as true."""
    ned_from_mount = state.ned_from_gimbal if camera.mount.kind == "stabilised" else state.ned_from_body
    arm_ned_m = state.ned_from_body @ np.array(camera.mount.lever_arm_m)
    arm_enu_m = np.array([arm_ned_m[1], arm_ned_m[0], -arm_ned_m[2]])
    return Eye(state.enu_m + arm_enu_m, ned_from_mount @ camera.mount_from_camera(), camera.lens)


def camera_points_m(eye: Eye, points_enu_m: FloatArray) -> FloatArray:
    """Points (n, 3) in the camera's axes: right, down, forward."""
    offset = points_enu_m - eye.enu_m
    ned = np.column_stack((offset[:, 1], offset[:, 0], -offset[:, 2]))
    seen: FloatArray = ned @ eye.ned_from_camera
    return seen


def project(eye: Eye, points_enu_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pixels (n, 2), integer pixel centres, and depths (n,) in metres; NaN where the lens shows nothing."""
    seen = camera_points_m(eye, np.asarray(points_enu_m, dtype=np.float64))
    depth = seen[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        ideal = seen[:, :2] / depth[:, None]
    ideal[(depth < NEAR_M) | (np.abs(ideal) > _WIDEST * _half_widths(eye.lens)).any(axis=1)] = np.nan
    lens = eye.lens
    pixels = distort(ideal, lens.distortion) * _focal(lens) + np.array([lens.cx_px, lens.cy_px])
    return pixels, depth


def ideal_grid(lens: Lens) -> npt.NDArray[np.float32]:
    """(height, width, 2) ideal normalised coordinates of every pixel's centre."""
    columns, rows = np.meshgrid(np.arange(lens.width_px), np.arange(lens.height_px))
    pixels = np.column_stack((columns.ravel(), rows.ravel())).astype(np.float64)
    return normalised(pixels, lens).reshape(lens.height_px, lens.width_px, 2).astype(np.float32)


def ground_from_ideal(eye: Eye) -> FloatArray:
    """The homography (3, 3) from ideal image coordinates to metres east and north on the level ground.

    Its third row gives how steeply a ray goes down: at and below zero there is sky.
    """
    rays = eye.ned_from_camera
    height_m = float(eye.enu_m[2])
    east = height_m * rays[1] + eye.enu_m[0] * rays[2]
    north = height_m * rays[0] + eye.enu_m[1] * rays[2]
    return np.array([east, north, rays[2]])


def _focal(lens: Lens) -> FloatArray:
    return np.array([lens.fx_px or np.nan, lens.fy_px or np.nan])


def _half_widths(lens: Lens) -> FloatArray:
    return np.array([lens.width_px, lens.height_px]) / 2.0 / _focal(lens)
