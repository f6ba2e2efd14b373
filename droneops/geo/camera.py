"""The camera: lens, mount, biases and their sigmas, and rays through its pixels.

Lens: pinhole with Brown's distortion in OpenCV's order (k1 k2 p1 p2 k3) and integer pixel centres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from droneops.geo.rotation import GIMBAL_FROM_CAMERA_AXES, from_rpy
from droneops.types import FloatArray, read_only

UNDISTORT_ITERATIONS = 20
"""Newton on a smooth 2-d function converges in 4 to 6 steps; the rest is for strong lenses."""

UNDISTORT_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Lens:
    """Focal lengths and principal point in pixels; None where only the telemetry knows the focal length."""

    width_px: int
    height_px: int
    fx_px: float | None
    fy_px: float | None
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float]

    def with_hfov(self, hfov_rad: float) -> Lens:
        """This lens with square pixels and the focal length that gives a horizontal field of view."""
        focal_px = self.width_px / 2 / math.tan(hfov_rad / 2)
        return replace(self, fx_px=focal_px, fy_px=focal_px)


@dataclass(frozen=True, slots=True)
class Mount:
    """How the camera hangs: ``boresight_rpy_rad`` turns its axes (forward, right, down) into the mount's."""

    kind: Literal["stabilised", "fixed"]
    boresight_rpy_rad: tuple[float, float, float]
    lever_arm_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Bias:
    """What a calibration found: added to the heading, and to the video's start.

    ``gimbal_lag_s`` is how much later than reported the gimbal's angles are in the picture.
    """

    heading_rad: float
    time_offset_s: float
    gimbal_lag_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CameraSigma:
    """One sigma of everything the telemetry does not tell."""

    heading_rad: float
    boresight_rad: float
    gimbal_rad: float
    time_offset_s: float
    pixel_px: float
    focal_fraction: float


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as its file describes it. ``sha256`` is the file's; None for an assumed camera."""

    name: str
    lens: Lens
    fov_source: Literal["file", "telemetry"]
    mount: Mount
    bias: Bias
    sigma: CameraSigma
    sha256: str | None

    def mount_from_camera(self) -> FloatArray:
        """(3, 3): OpenCV camera axes into the gimbal's (or, fixed, the body's) forward, right, down."""
        return read_only(from_rpy(*self.mount.boresight_rpy_rad) @ GIMBAL_FROM_CAMERA_AXES)


def distort(xy: FloatArray, distortion: tuple[float, ...]) -> FloatArray:
    """Distorted normalised coordinates (n, 2) of ideal ones, Brown's model."""
    k1, k2, p1, p2, k3 = distortion
    x, y = xy[:, 0], xy[:, 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return np.column_stack(
        (
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        )
    )


def undistort(xy: FloatArray, distortion: tuple[float, ...]) -> FloatArray:
    """Ideal normalised coordinates (n, 2) of distorted ones, by Newton's method.

    Rows of pixels outside what the lens model can show come back as NaN.
    """
    if not any(distortion):
        return xy.copy()
    ideal = xy.copy()
    for _ in range(UNDISTORT_ITERATIONS):
        residual = distort(ideal, distortion) - xy
        if not np.max(np.abs(residual), initial=0.0) > UNDISTORT_TOLERANCE:
            break
        ideal -= _newton_step(ideal, residual, distortion)
    return _without_false_roots(ideal, xy, distortion)


def _without_false_roots(ideal: FloatArray, xy: FloatArray, distortion: tuple[float, ...]) -> FloatArray:
    """NaN for rows that did not converge, or converged beyond the radius where the lens model folds back.

    Beyond it a second ray reaches the same pixel, often from the other side of the picture.
    """
    residual = np.max(np.abs(distort(ideal, distortion) - xy), axis=1)
    radius2 = (ideal**2).sum(axis=1)
    good = (residual < 1e-9) & (radius2 < _fold_radius2(distortion)) & ((ideal * xy).sum(axis=1) >= 0)
    ideal[~good] = np.nan
    return ideal


@cache
def _fold_radius2(distortion: tuple[float, ...]) -> float:
    """The least r^2 at which r (1 + k1 r^2 + k2 r^4 + k3 r^6) stops growing; infinite if it never does."""
    k1, k2, _, _, k3 = distortion
    roots = np.roots([7 * k3, 5 * k2, 3 * k1, 1.0])
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)]
    return float(real.min()) if real.size else math.inf


def _newton_step(xy: FloatArray, residual: FloatArray, distortion: tuple[float, ...]) -> FloatArray:
    k1, k2, p1, p2, k3 = distortion
    x, y = xy[:, 0], xy[:, 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    slope = 2 * (k1 + r2 * (2 * k2 + 3 * k3 * r2))
    xx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
    xy_ = x * y * slope + 2 * p1 * x + 2 * p2 * y
    yy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
    determinant = xx * yy - xy_ * xy_
    u, v = residual[:, 0], residual[:, 1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.column_stack(((yy * u - xy_ * v) / determinant, (xx * v - xy_ * u) / determinant))


def normalised(pixels_px: FloatArray, lens: Lens) -> FloatArray:
    """Ideal normalised coordinates (n, 2) of pixels (n, 2); the lens's focal length must be known.

    Raises:
        ValueError: the lens has no focal length.
    """
    if lens.fx_px is None or lens.fy_px is None:
        raise ValueError("the lens has no focal length")
    pixels = np.asarray(pixels_px, dtype=np.float64).reshape(-1, 2)
    distorted = (pixels - (lens.cx_px, lens.cy_px)) / (lens.fx_px, lens.fy_px)
    return undistort(distorted, lens.distortion)
