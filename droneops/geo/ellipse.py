"""The circle that holds 90 % of a two-dimensional normal error."""

from __future__ import annotations

import math

import numpy as np

from droneops.types import FloatArray, read_only

# One quarter of a period stands for all four. The integrand is smooth, so that the trapezoid rule with these
# nodes and two Newton steps from the polynomial are within 1e-8 of 4096 nodes and thirty steps, at any shape.
_QUARTER = 16
_PHI = np.arange(_QUARTER + 1) * (math.pi / 2 / _QUARTER)
_COS2 = read_only(np.cos(_PHI) ** 2)
_WEIGHTS = read_only(np.array([0.5, *[1.0] * (_QUARTER - 1), 0.5]) / _QUARTER)
_START = (0.12916, -0.49629, 0.63224, 0.23321, 1.64709)
_STEPS = 2


def ce90_m(cov_m2: FloatArray) -> FloatArray:
    """Radii (n,) of circles about the mean that hold 90 % of normals with covariances (n, 2, 2).

    With whitened polar coordinates the probability within r is the mean over an angle phi of
    1 - exp(-r^2 / (2 (a cos^2 phi + b sin^2 phi))), a and b the covariance's eigenvalues; Newton solves it.
    NaN for a covariance with NaN.
    """
    major, minor = _eigenvalues(np.asarray(cov_m2, dtype=np.float64).reshape(-1, 2, 2))
    unit = np.where(major > 0, major, 1.0)
    ratio = np.minimum(minor / unit, 1.0)[:, None]
    half_inverse = 0.5 / np.maximum(_COS2 + ratio * (1 - _COS2), 1e-300)
    r2 = np.polyval(_START, ratio[:, 0]) ** 2
    for _ in range(_STEPS):
        tail = np.exp(-r2[:, None] * half_inverse)
        r2 = r2 - (0.1 - tail @ _WEIGHTS) / ((tail * half_inverse) @ _WEIGHTS)
    radius: FloatArray = np.where(major > 0, np.sqrt(unit * r2), np.where(np.isnan(major), np.nan, 0.0))
    return radius


def _eigenvalues(cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean = (cov[:, 0, 0] + cov[:, 1, 1]) / 2
    with np.errstate(invalid="ignore"):  # infinite less infinite is no number, and so is the radius
        half = np.hypot((cov[:, 0, 0] - cov[:, 1, 1]) / 2, cov[:, 0, 1])
        return mean + half, np.maximum(mean - half, 0.0)
