"""What a site is told of where its cameras look: a ring on the ground, or the reason why there is none."""

from __future__ import annotations

import math

import numpy as np
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation
from shapely.geometry import Point, Polygon

from droneops.fleet.footprints import footprints_of
from droneops.geo.locate import Ground, locate
from droneops.types import GroundPoint, Pose, Sigma

HOME = Ground(None, Sigma(1.0, "made"))
NOW_US = 1_795_000_000_000_000
UP = Rotation.from_euler("ZYX", [0.0, math.radians(40), 0.0])


def ring_of(pose: Pose | None) -> tuple[tuple[float, float], ...] | str:
    return footprints_of({"eo": made_camera()}, pose, HOME, NOW_US)["eo"]


def test_the_ring_holds_the_point_on_which_the_picture_is_centred_and_not_one_behind_the_drone() -> None:
    pose, camera = made_pose(time_us=NOW_US), made_camera()
    (point,) = locate(np.array([[639.5, 359.5]]), pose, camera, HOME, None)
    assert isinstance(point, GroundPoint)
    ring = ring_of(pose)
    assert not isinstance(ring, str)
    assert ring[0] == ring[-1]
    shown = Polygon(ring)
    assert shown.contains(Point(point.lon_deg, point.lat_deg))
    assert not shown.contains(Point(pose.lon_deg, pose.lat_deg - 0.001))


def test_each_camera_without_a_ring_says_why() -> None:
    pose = made_pose(time_us=NOW_US)
    assert footprints_of({"ir": None}, pose, HOME, NOW_US) == {"ir": "the camera has no file"}
    assert "not known" in ring_of(None)
    assert "not known" in ring_of(made_pose(time_us=NOW_US - 6_000_000))
    assert "no ground" in ring_of(made_pose(time_us=NOW_US, gimbal=UP))
    assert footprints_of({}, pose, HOME, NOW_US) == {}
