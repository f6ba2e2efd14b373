"""Where the targets should be in the picture, and how that changes with everything that may be wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from droneops.calibration.looks import Look, Stand, stand_at
from droneops.calibration.parameters import LAG, NAMES, SCALE, TIME, Applied, applied
from droneops.calibration.project import pixels_px
from droneops.calibration.targets import Target
from droneops.geo.camera import Camera
from droneops.geo.rotation import about_z
from droneops.telemetry.gimbal_lag import Poses
from droneops.types import FloatArray

TIME_STEP_S = 0.02
"""Poses are straight lines between samples some 0.1 s apart: a shorter step sees one line, a longer more."""

_METRE_STEP_M = 0.01
_OTHERS = np.array([name not in (TIME, LAG) for name in NAMES])


@dataclass(frozen=True, slots=True)
class Problem:
    """The looks, and what they are held against. ``offset_s`` is added to the video's nominal start."""

    looks: Sequence[Look]
    targets: Mapping[int, Target]
    poses: Poses
    camera: Camera
    offset_s: float

    @property
    def measured_px(self) -> FloatArray:
        """(n, 2)"""
        return np.array([(look.u_px, look.v_px) for look in self.looks]).reshape(-1, 2)

    @property
    def fixed(self) -> bool:
        """Whether the camera hangs on the body, with no gimbal."""
        return self.camera.mount.kind == "fixed"

    def only(self, kept: npt.NDArray[np.bool_]) -> Problem:
        """The problem with some of its looks."""
        return replace(self, looks=[look for look, keep in zip(self.looks, kept, strict=True) if keep])

    def stand(self, offset_s: float, lag_s: float) -> Stand:
        """The drone at the looks."""
        return stand_at(
            self.looks, self.poses, self.targets, offset_s=offset_s, gimbal_lag_s=lag_s, fixed=self.fixed
        )


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """The residuals (n, 2) measured less predicted, and the predictions' derivatives (n, 2, k).

    ``by_step`` follows NAMES, ``by_place`` north, east, down of the drone in metres; the derivative by its
    heading is ``by_step``'s first. ``down_in_mount`` (n, 3) is the vertical in the mount's axes.
    """

    residual_px: FloatArray
    by_step: FloatArray
    by_place: FloatArray
    stand: Stand
    down_in_mount: FloatArray


def predict(
    stand: Stand, now: Applied, shift_ned_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> FloatArray:
    """Pixels (n, 2) of the targets, the drone ``shift_ned_m`` from where its telemetry has it."""
    camera = now.camera
    turn = about_z(camera.bias.heading_rad)
    arm = np.einsum("ab,nbc,c->na", turn, stand.ned_from_body, np.array(camera.mount.lever_arm_m))
    axes = np.einsum("ab,nbc,cd->nad", turn, stand.ned_from_mount, camera.mount_from_camera())
    away = stand.target_ned_m - arm - np.array(shift_ned_m)
    lens = camera.lens
    return pixels_px(away, axes, _focal_px(stand, now), (lens.cx_px, lens.cy_px), lens.distortion)


def _focal_px(stand: Stand, now: Applied) -> FloatArray:
    lens = now.camera.lens
    if now.camera.fov_source == "telemetry":
        focal = lens.width_px / 2 / np.tan(stand.hfov_rad / 2)
        return np.column_stack((focal, focal))
    return np.tile((lens.fx_px or math.nan, lens.fy_px or math.nan), (len(stand.heading_rad), 1))


def residuals_px(problem: Problem, step: FloatArray) -> FloatArray:
    """(n, 2) measured less predicted, a ``step`` from the given camera; NaN where there is no pose."""
    now = applied(problem.camera, problem.offset_s, step)
    return problem.measured_px - predict(problem.stand(now.offset_s, now.camera.bias.gimbal_lag_s), now)


def linearise(problem: Problem, step: FloatArray) -> Linear:
    """The problem near ``step``."""
    now = applied(problem.camera, problem.offset_s, step)
    stand = problem.stand(now.offset_s, now.camera.bias.gimbal_lag_s)
    here = predict(stand, now)
    by_step = np.zeros((*here.shape, len(NAMES)))
    for k in np.flatnonzero(_OTHERS):
        by_step[:, :, k] = _slope(problem, stand, step, int(k))
    by_step[:, :, NAMES.index(TIME)] = _time_slope(problem, now, TIME_STEP_S, 0.0)
    if not problem.fixed:
        by_step[:, :, NAMES.index(LAG)] = _time_slope(problem, now, 0.0, TIME_STEP_S)
    moved = [predict(stand, now, _unit(axis)) - here for axis in range(3)]
    return Linear(
        residual_px=problem.measured_px - here,
        by_step=by_step,
        by_place=np.stack(moved, axis=2) / _METRE_STEP_M,
        stand=stand,
        down_in_mount=stand.ned_from_mount[:, 2, :],
    )


def _unit(axis: int) -> tuple[float, float, float]:
    x, y, z = (_METRE_STEP_M if axis == k else 0.0 for k in range(3))
    return x, y, z


def _slope(problem: Problem, stand: Stand, step: FloatArray, k: int) -> FloatArray:
    width = SCALE[k] / 100
    after, before = step.copy(), step.copy()
    after[k] += width
    before[k] -= width
    ends = [predict(stand, applied(problem.camera, problem.offset_s, end)) for end in (after, before)]
    slope: FloatArray = (ends[0] - ends[1]) / (2 * width)
    return slope


def _time_slope(problem: Problem, now: Applied, offset_s: float, lag_s: float) -> FloatArray:
    """By the offset or by the lag; none beside a missing pose."""
    ends = []
    for sign in (1, -1):
        stand = problem.stand(now.offset_s + sign * offset_s, now.camera.bias.gimbal_lag_s + sign * lag_s)
        ends.append(predict(stand, now))
    slope = (ends[0] - ends[1]) / (2 * (offset_s + lag_s))
    known: FloatArray = np.where(np.isfinite(slope), slope, 0.0)
    return known
