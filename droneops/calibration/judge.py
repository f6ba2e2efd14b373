"""How far from the targets a camera puts them on the ground, and how often its own circle says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.calibration.looks import Look
from droneops.calibration.targets import Target
from droneops.geo.camera import Camera
from droneops.geo.locate import TIME_STEP_S, Ground, locate
from droneops.geo.wgs84 import LocalPlane
from droneops.telemetry.gimbal_lag import Poses, with_gimbal_lag
from droneops.types import FloatArray, GroundPoint, NoPose, Sigma


@dataclass(frozen=True, slots=True, eq=False)
class Misses:
    """By look, columns (n,): how far off in metres, and the radius said to hold 90 %; NaN without a point."""

    off_m: FloatArray
    ce90_m: FloatArray

    def only(self, rows: npt.NDArray[np.bool_]) -> Misses:
        """Some of the rows."""
        return Misses(self.off_m[rows], self.ce90_m[rows])


@dataclass(frozen=True, slots=True)
class Score:
    """Looks with a point on the ground, their errors, and the share inside their circles."""

    points: int
    median_m: float
    p95_m: float
    median_ce90_m: float
    inside: float


def misses(
    looks: Sequence[Look],
    poses: Poses,
    targets: Mapping[int, Target],
    camera: Camera,
    offset_s: float,
    ground_sigma_m: Sigma,
) -> Misses:
    """Locate every look as the product does, on ground at its target's height."""
    poses = with_gimbal_lag(poses, camera.bias.gimbal_lag_s)
    rows = [_miss(look, poses, targets[look.marker], camera, offset_s, ground_sigma_m) for look in looks]
    table = np.array(rows).reshape(-1, 2)
    return Misses(table[:, 0], table[:, 1])


def _miss(
    look: Look, poses: Poses, target: Target, camera: Camera, offset_s: float, ground_sigma_m: Sigma
) -> tuple[float, float]:
    time_us = look.frame_us + round(offset_s * 1e6)
    pose, later = poses.at(time_us), poses.at(time_us + round(TIME_STEP_S * 1e6))
    if isinstance(pose, NoPose):
        return np.nan, np.nan
    ground = Ground(target.alt_msl_m, ground_sigma_m)
    pixel = np.array([[look.u_px, look.v_px]])
    (point,) = locate(pixel, pose, camera, ground, None if isinstance(later, NoPose) else later)
    if not isinstance(point, GroundPoint):
        return np.nan, np.nan
    plane = LocalPlane.at(target.lat_deg, target.lon_deg)
    return float(np.hypot(*plane.east_north_m(point.lat_deg, point.lon_deg))), point.ce90_m


def score(of: Misses) -> Score:
    """The figures of looks; all NaN where none has a point."""
    seen = np.isfinite(of.off_m)
    off_m, ce90_m = of.off_m[seen], of.ce90_m[seen]
    if not len(off_m):
        return Score(0, np.nan, np.nan, np.nan, np.nan)
    return Score(
        points=len(off_m),
        median_m=float(np.median(off_m)),
        p95_m=float(np.percentile(off_m, 95)),
        median_ce90_m=float(np.median(ce90_m)),
        inside=float(np.mean(off_m <= ce90_m)),
    )
