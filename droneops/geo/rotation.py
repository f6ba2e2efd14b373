"""Rotations. Quaternions are (4,), scalar first; matrices (3, 3); both are ``target_from_source``."""

from __future__ import annotations

import math

import numpy as np

from droneops.types import FloatArray, read_only

GIMBAL_FROM_CAMERA_AXES = read_only([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Forward-right-down from OpenCV's right-down-forward."""


def matrix_from_quaternion(quaternion: FloatArray) -> FloatArray:
    """The rotation matrix of a unit quaternion (w, x, y, z)."""
    w, x, y, z = (float(value) for value in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def about_z(angle_rad: float) -> FloatArray:
    """Rotation about the third axis (down: a heading)."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def about_y(angle_rad: float) -> FloatArray:
    """Rotation about the second axis (right: a pitch)."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def about_x(angle_rad: float) -> FloatArray:
    """Rotation about the first axis (forward: a roll)."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def from_rpy(roll_rad: float, pitch_rad: float, yaw_rad: float) -> FloatArray:
    """Rz(yaw) Ry(pitch) Rx(roll), the aerospace order."""
    return about_z(yaw_rad) @ about_y(pitch_rad) @ about_x(roll_rad)


def heading_rad(ned_from_body: FloatArray) -> float:
    """Heading of a quaternion, clockwise from north, in (-pi, pi]."""
    w, x, y, z = (float(value) for value in ned_from_body)
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
