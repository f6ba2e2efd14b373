"""Rotations as unit quaternions, scalar first, ``target_from_source``.

Axes are north, east, down for NED, and forward, right, down for bodies and gimbals.

Formulas: J. Diebel, "Representing Attitude" (2006), sections 5.6 and 6; slerp: K. Shoemake, SIGGRAPH 1985.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from droneops.types import FloatArray

BoolArray = npt.NDArray[np.bool_]
Quaternion = tuple[float, float, float, float]

# Single precision and rounding leave a unit quaternion within 1e-3 of unit length; what is further off is
# no rotation but damage or an absent value.
_NORM_TOLERANCE = 0.1
# Below this angle sin(angle) / angle is 1 to double precision and slerp would divide by nearly nothing.
_SMALL_ANGLE_RAD = 1e-6


def from_euler(roll_rad: npt.ArrayLike, pitch_rad: npt.ArrayLike, yaw_rad: npt.ArrayLike) -> FloatArray:
    """Rz(yaw) Ry(pitch) Rx(roll), each (n,), as (n, 4): NED from body for an aircraft's angles."""
    cr, sr = np.cos(np.divide(roll_rad, 2)), np.sin(np.divide(roll_rad, 2))
    cp, sp = np.cos(np.divide(pitch_rad, 2)), np.sin(np.divide(pitch_rad, 2))
    cy, sy = np.cos(np.divide(yaw_rad, 2)), np.sin(np.divide(yaw_rad, 2))
    parts = (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


def yaw_of(ned_from_body: FloatArray) -> FloatArray:
    """The yaw in radians, -pi to pi, of (n, 4) rotations: (n,)."""
    w, x, y, z = np.moveaxis(ned_from_body, -1, 0)
    yaw: FloatArray = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return yaw


def multiply(a_from_b: FloatArray, b_from_c: FloatArray) -> FloatArray:
    """``a_from_c`` of rotations (n, 4)."""
    aw, ax, ay, az = np.moveaxis(a_from_b, -1, 0)
    bw, bx, by, bz = np.moveaxis(b_from_c, -1, 0)
    parts = (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )
    return np.stack(parts, axis=-1)


def angle_between(a: FloatArray, b: FloatArray) -> FloatArray:
    """The angles in radians, 0 to pi, between rotations (n, 4): (n,)."""
    # From the chord, not arccos of the dot product, which loses half the digits at small angles.
    chord = np.minimum(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))
    angle: FloatArray = 4 * np.arcsin(np.clip(chord / 2, 0, 1))
    return angle


def usable(quaternions: FloatArray) -> BoolArray:
    """(n,) whether each of (n, 4) is finite and of about unit length."""
    norm = np.linalg.norm(quaternions, axis=-1)
    near_one: BoolArray = np.abs(norm - 1) < _NORM_TOLERANCE  # false for NaN and infinity as well
    return near_one


def normalised(quaternions: FloatArray) -> FloatArray:
    """Usable quaternions (n, 4) at unit length."""
    unit: FloatArray = quaternions / np.linalg.norm(quaternions, axis=-1, keepdims=True)
    return unit


def slerp(a: Quaternion, b: Quaternion, fraction: float) -> Quaternion:
    """The rotation at ``fraction`` of the shorter way from ``a`` to ``b``; beyond 0 to 1 it turns on."""
    dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    sign = -1.0 if dot < 0 else 1.0
    half_angle = math.acos(min(1.0, abs(dot)))
    if half_angle < _SMALL_ANGLE_RAD:
        wa, wb = 1 - fraction, fraction * sign
    else:
        scale = 1 / math.sin(half_angle)
        wa = math.sin((1 - fraction) * half_angle) * scale
        wb = math.sin(fraction * half_angle) * scale * sign
    w, x, y, z = (wa * a[0] + wb * b[0], wa * a[1] + wb * b[1], wa * a[2] + wb * b[2], wa * a[3] + wb * b[3])
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    return w / norm, x / norm, y / norm, z / norm
