"""The circle that holds 90 % of a two-dimensional normal error."""

from __future__ import annotations

import math

import numpy as np

from droneops.types import FloatArray

_NODES = 64
"""The integrand is smooth and periodic: the trapezoid rule with 64 nodes agrees with 4096 to 1e-11."""


def ce90_m(cov_m2: FloatArray) -> FloatArray:
    """Radii (n,) of circles about the mean that hold 90 % of normals with covariances (n, 2, 2).

    With whitened polar coordinates the probability within r is the mean over an angle phi of
    1 - exp(-r^2 / (2 (a cos^2 phi + b sin^2 phi))), a and b the covariance's eigenvalues; Newton solves it.
    """
    major, minor = _eigenvalues(np.asarray(cov_m2, dtype=np.float64).reshape(-1, 2, 2))
    scale = np.sqrt(np.where(major > 0, major, 1.0))
    ratio = np.clip(minor / scale**2, 0.0, 1.0)
    phi = np.arange(_NODES) * (2 * math.pi / _NODES)
    variance = np.cos(phi) ** 2 + ratio[:, None] * np.sin(phi) ** 2
    half_inverse = 0.5 / np.maximum(variance, 1e-300)
    r2 = (1.6449 + 0.5011 * ratio) ** 2
    for _ in range(6):
        tail = np.exp(-r2[:, None] * half_inverse)
        excess = 0.1 - tail.mean(axis=1)
        r2 = r2 - excess / (tail * half_inverse).mean(axis=1)
    return np.where(major > 0, scale * np.sqrt(r2), 0.0)


def _eigenvalues(cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean = (cov[:, 0, 0] + cov[:, 1, 1]) / 2
    half = np.hypot((cov[:, 0, 0] - cov[:, 1, 1]) / 2, cov[:, 0, 1])
    return mean + half, np.maximum(mean - half, 0.0)
