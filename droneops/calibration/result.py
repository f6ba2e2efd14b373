"""The camera that a fit comes to, with sigmas that hold what it could not tell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from droneops.calibration.fit import Fit
from droneops.calibration.model import Problem
from droneops.calibration.noise import STAMP_SIGMA_S
from droneops.calibration.parameters import BORESIGHT, FOCAL, HEADING, LAG, NAMES, TIME, applied
from droneops.camera_file import MAX_GIMBAL_LAG_S
from droneops.geo.camera import Camera, CameraSigma


def calibrated(problem: Problem, found: Fit) -> Camera:
    """The given camera with everything the fit found."""
    camera = applied(problem.camera, problem.offset_s, found.step).camera
    bias = replace(camera.bias, gimbal_lag_s=possible_lag_s(camera.bias.gimbal_lag_s))
    return replace(camera, bias=bias, sigma=sigmas(problem.camera, found), sha256=None)


def sigmas(given: Camera, found: Fit) -> CameraSigma:
    """One sigma of each error that remains: of the estimate, and of what wanders or jitters about it.

    What was not estimated keeps the given camera's sigma.
    """
    own = dict(zip(NAMES, found.sigma.tolist(), strict=True))
    estimated = dict(zip(NAMES, found.estimated.tolist(), strict=True))
    noise = found.noise
    boresight_rad = math.sqrt(sum(own[name] ** 2 for name in BORESIGHT) / len(BORESIGHT))
    before = given.sigma
    return CameraSigma(
        heading_rad=math.hypot(own[HEADING], noise.wander_rad, noise.deviation_rad)
        if estimated[HEADING]
        else before.heading_rad,
        boresight_rad=boresight_rad if estimated[BORESIGHT[0]] else before.boresight_rad,
        gimbal_rad=math.hypot(noise.gimbal_rad, _lag_rad(given, found)),
        time_offset_s=math.hypot(own[TIME], STAMP_SIGMA_S) if estimated[TIME] else before.time_offset_s,
        pixel_px=noise.pixel_px,
        focal_fraction=own[FOCAL] if estimated[FOCAL] else before.focal_fraction,
    )


def possible_lag_s(lag_s: float) -> float:
    """The nearest lag to an estimated one that a camera file may hold: the picture is never ahead."""
    return min(max(lag_s, 0.0), MAX_GIMBAL_LAG_S)


def _lag_rad(given: Camera, found: Fit) -> float:
    """What the lag's remaining error does to the direction: RMS over the looks, by axis.

    That a gimbal is no pure delay is in the looks' residuals already.
    """
    row = NAMES.index(LAG)
    lag_s = given.bias.gimbal_lag_s + float(found.step[row])
    left_s = math.hypot(float(found.sigma[row]), lag_s - possible_lag_s(lag_s))
    slope_pxps = found.linear.by_step[:, :, row]
    focal_px = given.lens.fx_px or given.lens.width_px
    return left_s * float(np.sqrt(np.mean(slope_pxps**2))) / focal_px
