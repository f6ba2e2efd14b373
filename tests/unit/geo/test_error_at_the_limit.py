"""At the range limit, where points far off are dropped, the error of those that are given still holds."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from made_poses import NO_SIGMA, made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo.locate import MAX_SLANT_M, Ground, locate
from droneops.geo.wgs84 import LocalPlane
from droneops.types import GroundPoint, Sigma

HEIGHT_M, SIGMA_RAD, DRAWS = 400.0, math.radians(0.5), 4000
LEVEL = Ground(None, Sigma(0.0, "made"))
# (1 - refraction) / the earth's radius.
CURVE = 0.87 / 6.36e6


def said(level_m: float, random: np.random.Generator) -> tuple[float, float, float] | None:
    """Said slant range, miss and ce90 of a thing that far to the north, seen with a gimbal's error."""
    slant_m = math.hypot(level_m, HEIGHT_M)
    depression = math.asin((HEIGHT_M + CURVE * level_m**2 / 2) / slant_m)
    aside, down = random.normal(0, SIGMA_RAD, 2)
    gimbal = Rotation.from_euler("ZY", [aside / math.cos(depression), -(depression + down)])
    camera = made_camera(sigma=dataclasses.replace(NO_SIGMA, gimbal_rad=SIGMA_RAD))
    pose = made_pose(height_m=HEIGHT_M, gimbal=gimbal)
    point = locate(np.array([[639.5, 359.5]]), pose, camera, LEVEL, None)[0]
    if not isinstance(point, GroundPoint):
        return None
    east_m, north_m = LocalPlane.at(pose.lat_deg, pose.lon_deg).east_north_m(point.lat_deg, point.lon_deg)
    return math.hypot(east_m, north_m, HEIGHT_M), math.hypot(east_m, north_m - level_m), point.ce90_m


def test_points_said_to_lie_just_within_the_limit_are_inside_their_circle() -> None:
    random = np.random.default_rng(4)
    ranges_m = random.uniform(2000.0, 4000.0, DRAWS)
    found = np.array([answer for level_m in ranges_m if (answer := said(level_m, random)) is not None])
    near_limit = found[:, 0] > 0.9 * MAX_SLANT_M
    assert near_limit.sum() > 400
    inside = found[:, 1] <= found[:, 2]
    # Three sigma of a share of 0.9 among some 500 are 0.04.
    assert 0.86 < inside[near_limit].mean() < 0.94
    assert 0.88 < inside[~near_limit].mean() < 0.94
