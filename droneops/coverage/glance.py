"""One look: where the camera stood, which way it looked, and what part of the picture to trust."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from droneops.geo.camera import Camera, Lens, normalised
from droneops.geo.footprint import outline_px
from droneops.geo.locate import MAX_SLANT_M, MIN_DEPRESSION_RAD, MIN_HEIGHT_M, Ground, View, view_of
from droneops.types import FloatArray, NoGroundPoint, Pose

TRUST_SIGMAS = 1.2816
"""The picture's rim that counts for nothing: 90 % of a normal error stays below this on one side.

So ground counts as seen only where the chance that it was in the picture is at least 90 %, even at the rim.
"""

Window = tuple[float, float, float, float]
"""Left, top, right, bottom in ideal normalised image coordinates."""


@dataclass(slots=True)
class Glances:
    """The looks of a flight, a row of `COLUMNS` numbers for each; 168 bytes, so that hours of them fit.

    Looks without a pose, above the horizon or with an unknown lens leave no row: nothing was seen by them.
    """

    rows: array[float] = field(default_factory=lambda: array("d"))

    def add(self, pose: Pose, camera: Camera, ground: Ground) -> None:
        """Take in one look."""
        row = glance_row(pose, camera, ground)
        if row is not None:
            self.rows.extend(row)

    def table(self) -> FloatArray:
        """All looks (n, `COLUMNS`), in the order in which they were taken."""
        return np.array(self.rows, dtype=np.float64).reshape(-1, COLUMNS)


TIME, LAT, LON, EAST, NORTH, DROP = range(6)
ROTATION, WINDOW, FOCAL = slice(6, 15), slice(15, 19), 19
ALT = 20
COLUMNS = 21
"""UTC microseconds; the pose's place in degrees; the camera's metres east and north of it; how far the ground
lies below the camera; ned_from_camera row by row; the trusted window; the focal length in pixels; the
camera's height above mean sea level."""


def glance_row(pose: Pose, camera: Camera, ground: Ground) -> tuple[float, ...] | None:
    """The row of one look, or None where it is not known what it saw, or it saw no ground."""
    view = view_of(pose, camera)
    if isinstance(view, NoGroundPoint):
        return None
    offset_ned_m = view.offset_ned_m
    drop_m = ground.height_below_m(pose) - float(offset_ned_m[2])
    if not drop_m >= MIN_HEIGHT_M:
        return None
    window = trusted_window(view, camera, ground, drop_m)
    if not (window[0] < window[2] and window[1] < window[3]):
        return None
    fx_px, fy_px = view.lens.fx_px or math.nan, view.lens.fy_px or math.nan
    place = (pose.time_us, pose.lat_deg, pose.lon_deg, float(offset_ned_m[1]), float(offset_ned_m[0]), drop_m)
    alt_msl_m = pose.alt_msl_m - float(offset_ned_m[2])
    row = (*place, *view.ned_from_camera.ravel().tolist(), *window, math.sqrt(fx_px * fy_px), alt_msl_m)
    return row if all(map(math.isfinite, row)) else None


def trusted_window(view: View, camera: Camera, ground: Ground, drop_m: float) -> Window:
    """The part of the picture that holds what it seems to hold although the camera may look elsewhere."""
    left, top, right, bottom = inner_window(view.lens)
    aside, upward = _doubt(view, camera, ground, drop_m, ((right - left) / 2, (bottom - top) / 2))
    x, y = TRUST_SIGMAS * aside, TRUST_SIGMAS * upward
    return left + x, top + y, right - x, bottom - y


@lru_cache(maxsize=256)  # a zoom changes the lens with every pose, a fixed lens never
def inner_window(lens: Lens) -> Window:
    """The largest upright window in ideal coordinates all of which the lens shows.

    A lens bends the picture's sides; what lies between a bent side and its inmost point is given up.
    """
    points = normalised(outline_px(lens), lens)
    sides = np.split(points, 4)
    ends = [side[:1] for side in sides[1:] + sides[:1]]
    top, right, bottom, left = (np.vstack(side) for side in zip(sides, ends, strict=True))
    return (
        float(left[:, 0].max()),
        float(top[:, 1].max()),
        float(right[:, 0].min()),
        float(bottom[:, 1].min()),
    )


def _doubt(
    view: View, camera: Camera, ground: Ground, drop_m: float, half: tuple[float, float]
) -> tuple[float, float]:
    """One sigma of how far the ground may lie from its place in the picture, aside and upward, in radians.

    All errors are turned into angles at the picture's centre, for a camera without roll. What a turn during
    the error of time does is not in it: it takes two poses to know.
    """
    pose, sigma = view.pose, camera.sigma
    down = min(max(float(view.ned_from_camera[2, 2]), math.sin(MIN_DEPRESSION_RAD)), 1.0)
    level = math.sqrt(1 - down * down)
    slant_m = min(drop_m / down, MAX_SLANT_M)
    speed_mps = math.hypot(*pose.velocity_ned_mps.tolist())
    place_m = math.hypot(pose.position_sigma_m.value, speed_mps * sigma.time_offset_s)
    height_m = math.hypot(pose.altitude_sigma_m.value, ground.sigma_m.value)
    both = math.hypot(sigma.boresight_rad, _pointing_rad(pose, camera), place_m / slant_m)
    swing, twist = sigma.heading_rad * level, sigma.heading_rad * down
    half_x, half_y = half
    aside = math.hypot(both, swing, twist * half_y, sigma.focal_fraction * half_x)
    upward = math.hypot(both, twist * half_x, height_m * level / slant_m, sigma.focal_fraction * half_y)
    return aside, upward


def _pointing_rad(pose: Pose, camera: Camera) -> float:
    if camera.mount.kind == "fixed":
        return pose.attitude_sigma_rad.value
    return math.hypot(camera.sigma.gimbal_rad, pose.gimbal_sigma_rad.value)
