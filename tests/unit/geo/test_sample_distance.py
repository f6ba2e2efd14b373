"""How many metres of ground a pixel shows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_hills import ground_of, hills

from droneops.camera_file import CameraFile, LensSection
from droneops.geo.locate import Ground, locate
from droneops.geo.sample_distance import ground_sample_distances_m
from droneops.geo.wgs84 import LocalPlane
from droneops.types import GroundPoint, Pose, Sigma, read_only

NONE = Sigma(0.0, "test")
CAMERA = CameraFile(camera=LensSection(name="t", width_px=1280, height_px=720, hfov_deg=62.0)).build(None)
FOCAL_PX = 640 / math.tan(math.radians(31))
LEVEL = Ground(200.0, NONE)


def pose(depression_deg, alt_msl_m=260.0, gimbal=True):
    half = -math.radians(depression_deg) / 2
    down = read_only((math.cos(half), 0.0, math.sin(half), 0.0)) if gimbal else None
    level, rest = read_only((1.0, 0.0, 0.0, 0.0)), read_only((0.0, 0.0, 0.0))
    place = (16.44, 104.75, alt_msl_m, 60.0, level, down, rest)
    return Pose("d", 0, *place, None, NONE, NONE, NONE, NONE, 0.0)


def test_straight_down_it_is_height_over_focal_length_everywhere():
    gsd_m = ground_sample_distances_m(pose(90), CAMERA, LEVEL)
    assert gsd_m == pytest.approx(np.full(gsd_m.shape, 60 / FOCAL_PX), rel=1e-3)


@pytest.mark.parametrize("ground", [LEVEL, ground_of(hills())], ids=["level", "hills"])
@pytest.mark.parametrize("depression_deg", [25, 40, 70])
def test_two_pixels_beside_each_other_lie_as_far_apart_on_the_ground(ground, depression_deg):
    drone = pose(depression_deg, 320.0)
    gsd_m = ground_sample_distances_m(drone, CAMERA, ground)
    rows, columns = gsd_m.shape
    for row in (1, rows - 1):
        # Near the middle, where a level line in the picture is one on the ground.
        u, v = (columns // 2 + 0.5) * 1280 / columns - 0.5, (row + 0.5) * 720 / rows - 0.5
        points = locate(np.array([[u, v], [u + 1, v]]), drone, CAMERA, ground, None)
        assert all(isinstance(point, GroundPoint) for point in points)
        plane = LocalPlane.at(points[0].lat_deg, points[0].lon_deg)
        apart_m = math.hypot(*plane.east_north_m(points[1].lat_deg, points[1].lon_deg))
        # A slope aside makes the ground's metres more than those across the line of sight.
        least = 0.99 if ground is LEVEL else 0.75
        assert least * apart_m <= gsd_m[row, columns // 2] <= 1.05 * apart_m


def test_the_sky_and_ground_too_far_to_locate_have_none():
    gsd_m = ground_sample_distances_m(pose(10), CAMERA, LEVEL)
    assert np.isnan(gsd_m[:3]).all()
    assert np.isfinite(gsd_m[-3:]).all()
    assert (np.diff(gsd_m[-3:], axis=0) < 0).all()


def test_on_the_ground_there_is_none():
    assert np.isnan(ground_sample_distances_m(pose(45, 200.0), CAMERA, LEVEL)).all()


def test_where_the_camera_s_direction_is_not_known_nothing_is_said():
    assert ground_sample_distances_m(pose(45, gimbal=False), CAMERA, LEVEL) is None
