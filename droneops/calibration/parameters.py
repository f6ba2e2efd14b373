"""What is estimated: steps away from the given camera, each with its 1 sigma beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from droneops.geo.camera import Bias, Camera
from droneops.types import FloatArray

HEADING = "heading"
ROLL, PITCH, YAW = "boresight roll", "boresight pitch", "boresight yaw"
FOCAL = "focal length"
CX, CY = "principal point u", "principal point v"
K1, K2 = "k1", "k2"
TIME = "time offset"
LAG = "gimbal lag"

BORESIGHT = (ROLL, PITCH, YAW)
LENS = (FOCAL, CX, CY, K1, K2)

NAMES = (HEADING, *BORESIGHT, *LENS, TIME, LAG)

UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        HEADING: ("deg", math.degrees(1)),
        ROLL: ("deg", math.degrees(1)),
        PITCH: ("deg", math.degrees(1)),
        YAW: ("deg", math.degrees(1)),
        FOCAL: ("%", 100.0),
        CX: ("px", 1.0),
        CY: ("px", 1.0),
        K1: ("", 1.0),
        K2: ("", 1.0),
        TIME: ("s", 1.0),
        LAG: ("s", 1.0),
    }
)
"""What a parameter is told in, and how many of that make one radian, fraction, pixel or second."""

SCALE: FloatArray = np.array([0.01, 0.01, 0.01, 0.01, 0.01, 5.0, 5.0, 0.01, 0.01, 0.05, 0.05])
"""Steps of NAMES that move the picture by pixels: those of finite differences are a hundredth of them."""

DISTORTION_SIGMA = 0.02
"""Of k1 and k2: some 7 and 3 px in the corner of a picture 62 degrees wide. An assumption."""

LAG_SIGMA_S = 0.15
"""Gimbals follow their command within about this; a recorded one has a time constant of 0.12 s."""


def prior_sigmas(camera: Camera, time_sigma_s: float) -> FloatArray:
    """One sigma of NAMES beforehand, from the camera file; 0 for what it does not have, or knows for certain.

    The principal point is taken to be as uncertain as the focal length.
    """
    sigma = camera.sigma
    of_lens = camera.fov_source == "file"
    focal = sigma.focal_fraction if of_lens else 0.0
    principal_px = sigma.focal_fraction * (camera.lens.fx_px or 0.0)
    distortion = DISTORTION_SIGMA if sigma.focal_fraction else 0.0
    lag_s = LAG_SIGMA_S if camera.mount.kind == "stabilised" else 0.0
    mount = [sigma.boresight_rad] * 3
    lens = [focal, principal_px, principal_px, distortion, distortion]
    return np.array([sigma.heading_rad, *mount, *lens, time_sigma_s, lag_s])


@dataclass(frozen=True, slots=True)
class Applied:
    """A camera a step away from the given one."""

    camera: Camera
    focal_scale: float
    offset_s: float


def applied(camera: Camera, offset_s: float, step: FloatArray) -> Applied:
    """The camera that lies ``step`` (in the order of NAMES) away from ``camera`` and the given offset."""
    value = dict(zip(NAMES, step.tolist(), strict=True))
    lens, mount = camera.lens, camera.mount
    scale = 1 + value[FOCAL]
    k1, k2, p1, p2, k3 = lens.distortion
    lens = replace(
        lens,
        fx_px=None if lens.fx_px is None else lens.fx_px * scale,
        fy_px=None if lens.fy_px is None else lens.fy_px * scale,
        cx_px=lens.cx_px + value[CX],
        cy_px=lens.cy_px + value[CY],
        distortion=(k1 + value[K1], k2 + value[K2], p1, p2, k3),
    )
    roll, pitch, yaw = mount.boresight_rpy_rad
    mount = replace(mount, boresight_rpy_rad=(roll + value[ROLL], pitch + value[PITCH], yaw + value[YAW]))
    offset_s += value[TIME]
    bias = Bias(camera.bias.heading_rad + value[HEADING], offset_s, camera.bias.gimbal_lag_s + value[LAG])
    return Applied(replace(camera, lens=lens, mount=mount, bias=bias), scale, offset_s)
