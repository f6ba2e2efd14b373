"""Many detections over a fine grid are located in bounded memory, and the bound changes no answer."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from made_hills import ground_of, hills
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo import meet
from droneops.geo.dem import TERMS, DemGrid, GridMap
from droneops.geo.locate import Ground, locate
from droneops.types import Sigma

DETECTIONS = 300


def looking_far() -> object:
    return made_pose(gimbal=Rotation.from_euler("y", -12.0, degrees=True))


def pixels(count: int) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.column_stack((random.uniform(0, 1279, count), random.uniform(0, 719, count)))


def fine_ground(pose) -> Ground:
    """A metre between heights, 4 km square, with a hole, so that each ray is followed all the way."""
    heights = np.full((4001, 4001), pose.alt_msl_m - 400.0, dtype=np.float32)
    heights[0, 0] = np.nan
    coefficients = np.zeros((TERMS, 2))
    coefficients[0] = 500.0, 2000.0
    coefficients[2, 0], coefficients[1, 1] = 106_700.0, -110_600.0
    grid = DemGrid(heights, GridMap(pose.lat_deg, pose.lon_deg, coefficients), 1.0, "made")
    return Ground(None, Sigma(1.0, "made"), grid)


def test_three_hundred_detections_over_a_metre_grid_stay_below_sixty_megabytes() -> None:
    pose = looking_far()
    ground = fine_ground(pose)
    tracemalloc.start()
    try:
        locate(pixels(DETECTIONS), pose, made_camera(), ground, None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60e6


@pytest.mark.parametrize("at_once", [1, 777, 10**9])
def test_how_many_rays_are_followed_at_once_changes_no_bit(monkeypatch, at_once) -> None:
    pose, ground = looking_far(), ground_of(hills())
    expected = repr(locate(pixels(40), pose, made_camera(), ground, None))
    monkeypatch.setattr(meet, "POINTS_AT_ONCE", at_once)
    assert repr(locate(pixels(40), pose, made_camera(), ground, None)) == expected


def test_no_detection_is_no_point() -> None:
    assert locate(np.empty((0, 2)), looking_far(), made_camera(), ground_of(hills()), None) == ()
