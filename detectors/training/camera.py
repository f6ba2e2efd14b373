"""A pinhole camera over flat ground, and where it sees what.

World frame: X and Y along the ground, Z up, metres, the ground at z = 0. Camera frame: X right, Y down, Z
forward. Pixels: x right, y down, (0, 0) at the outer corner of the first pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin, tan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera is and looks. ``yaw_rad`` turns the view from X towards Y, ``depression_rad`` lowers
    it below the horizon, ``roll_rad`` turns it about its own axis, clockwise as seen."""

    width_px: int
    height_px: int
    hfov_rad: float
    position_m: tuple[float, float, float]
    yaw_rad: float
    depression_rad: float
    roll_rad: float = 0.0


def focal_px(camera: Camera) -> float:
    """The focal length in pixels."""
    return camera.width_px / 2.0 / tan(camera.hfov_rad / 2.0)


def camera_from_world(camera: Camera) -> Floats:
    """The rotation (3, 3) from world to camera axes."""
    yaw, down, roll = camera.yaw_rad, camera.depression_rad, camera.roll_rad
    forward = np.array([cos(yaw) * cos(down), sin(yaw) * cos(down), -sin(down)])
    right = np.array([sin(yaw), -cos(yaw), 0.0])
    below = np.cross(forward, right)
    rolled_right = cos(roll) * right + sin(roll) * below
    return np.stack([rolled_right, np.cross(forward, rolled_right), forward])


def project(camera: Camera, points_m: Floats) -> tuple[Floats, Floats]:
    """Pixels (n, 2) and depth along the axis in metres (n,) of world points (n, 3); behind: depth < 0."""
    seen = (np.asarray(points_m) - np.array(camera.position_m)) @ camera_from_world(camera).T
    depth = seen[:, 2]
    safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    middle = np.array([camera.width_px, camera.height_px]) / 2.0
    return seen[:, :2] / safe[:, None] * focal_px(camera) + middle, depth


def ground_points(camera: Camera, pixels: Floats) -> Floats:
    """The ground points (n, 2) behind pixels (n, 2); NaN at and above the horizon."""
    middle = np.array([camera.width_px, camera.height_px]) / 2.0
    rays = np.column_stack([(np.asarray(pixels) - middle) / focal_px(camera), np.ones(len(pixels))])
    rays = rays @ camera_from_world(camera)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays[:, 2] < -1e-6, -camera.position_m[2] / rays[:, 2], np.nan)
    return np.asarray(np.array(camera.position_m)[:2] + reach[:, None] * rays[:, :2])


def clip_from_world(camera: Camera, near_m: float, far_m: float) -> Floats:
    """The OpenGL projection (4, 4), with row 0 of the picture at the bottom of the frame buffer, so that it
    is read without being flipped."""
    focal = focal_px(camera)
    projection = np.zeros((4, 4))
    projection[0, 0] = 2.0 * focal / camera.width_px
    projection[1, 1] = 2.0 * focal / camera.height_px
    projection[2, 2] = (far_m + near_m) / (far_m - near_m)
    projection[2, 3] = -2.0 * far_m * near_m / (far_m - near_m)
    projection[3, 2] = 1.0
    view = np.eye(4)
    view[:3, :3] = camera_from_world(camera)
    view[:3, 3] = -view[:3, :3] @ np.array(camera.position_m)
    return projection @ view
