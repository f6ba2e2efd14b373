"""Rays over hills: the first meeting, against a walk in small steps, and what happens where nobody knows."""

from __future__ import annotations

import math

import numpy as np
import pymap3d
import pytest
from made_hills import LAT, LON, SIDE, grid_of, ground_of, hills, lattice, walked
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo.camera import CameraSigma
from droneops.geo.dem import unknown_grid
from droneops.geo.ground import Ground
from droneops.geo.locate import locate, view_of
from droneops.types import GroundPoint, NoGroundPoint, Pose, Reason, Sigma

HEIGHTS = hills()


def looking(depression_deg: float, yaw_deg: float = 0.0, height_m: float = 120.0) -> Pose:
    aim = Rotation.from_euler("ZYX", [math.radians(yaw_deg), -math.radians(depression_deg), 0.0])
    return made_pose(height_m, gimbal=aim)


def middle(pose: Pose, ground: Ground) -> GroundPoint | NoGroundPoint:
    return locate(np.array([[639.5, 359.5]]), pose, made_camera(), ground, None)[0]


def apart_m(point: GroundPoint, lat: float, lon: float) -> float:
    east, north, _ = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 200, lat, lon, 200)
    return math.hypot(east, north)


@pytest.mark.parametrize("seed", range(4))
def test_the_first_ground_met_is_that_of_a_walk_in_small_steps(seed: int) -> None:
    heights, random = hills(seed), np.random.default_rng(seed)
    ground, met = ground_of(heights), 0
    for _ in range(30):
        pose = looking(random.uniform(-3, 85), random.uniform(0, 360), random.uniform(60, 250))
        pixels = random.uniform((0, 0), (1279, 719), (5, 2))
        points = locate(pixels, pose, made_camera(), ground, None)
        view = view_of(pose, made_camera())
        for pixel, point in zip(pixels, points, strict=True):
            ray = view.ned_from_camera @ [(pixel[0] - 639.5) / 1065, (pixel[1] - 359.5) / 1065, 1.0]
            want = walked(heights, ray / np.linalg.norm(ray), pose.alt_msl_m)
            if isinstance(point, GroundPoint):
                assert want is not None
                assert apart_m(point, *want[:2]) < 0.05
                assert point.alt_msl_m == pytest.approx(want[2], abs=0.05)
                met += 1
    assert met > 60


def test_a_hill_in_front_hides_what_is_behind_it() -> None:
    heights = np.full((SIDE, SIDE), 200.0, np.float32)
    lat, _ = lattice()
    ridge = np.argmin(np.abs(lat - (LAT + 500 / 110_600)))
    heights[ridge - 2 : ridge + 3] = 290.0
    point = middle(looking(8), ground_of(heights))
    assert isinstance(point, GroundPoint)
    north_m = (point.lat_deg - LAT) * 110_600
    assert 400 < north_m < 500
    assert point.alt_msl_m > 240


def test_a_level_look_meets_a_hillside_and_one_over_it_meets_nothing() -> None:
    heights = np.full((SIDE, SIDE), 200.0, np.float32)
    lat, _ = lattice()
    heights[lat > LAT + 600 / 110_600] = 400.0
    assert isinstance(middle(looking(-2), ground_of(heights)), GroundPoint)
    assert middle(looking(-30), ground_of(heights)) == NoGroundPoint(Reason.ABOVE_HORIZON)
    assert middle(looking(-2, yaw_deg=180), ground_of(heights)) == NoGroundPoint(Reason.ABOVE_HORIZON)


def test_a_level_relief_gives_what_flat_ground_gives() -> None:
    flat = np.full((SIDE, SIDE), 200.0, np.float32)
    for depression_deg in (7, 12, 30, 60, 90):
        pose = looking(depression_deg)
        over = middle(pose, ground_of(flat))
        level = middle(pose, Ground(200.0, Sigma(0.0, "made")))
        assert isinstance(over, GroundPoint)
        assert isinstance(level, GroundPoint)
        assert apart_m(over, level.lat_deg, level.lon_deg) < 1e-3


def test_ground_behind_a_hole_is_unknown_and_never_sea_level() -> None:
    heights = np.full((SIDE, SIDE), 200.0, np.float32)
    lat, _ = lattice()
    heights[np.abs(lat - (LAT + 300 / 110_600)) < 60 / 110_600] = np.nan
    assert middle(looking(12), ground_of(heights)) == NoGroundPoint(Reason.BEYOND_RANGE)
    assert isinstance(middle(looking(40), ground_of(heights)), GroundPoint)
    assert isinstance(middle(looking(12, yaw_deg=180), ground_of(heights)), GroundPoint)


def test_where_nothing_is_known_there_is_no_point() -> None:
    ground = Ground(None, Sigma(6.0, "made"), unknown_grid("none"))
    assert middle(looking(60), ground) == NoGroundPoint(Reason.BEYOND_RANGE)
    assert math.isnan(ground.height_below_m(looking(60)))


def test_a_drone_below_the_ground_sees_nothing() -> None:
    heights = np.full((SIDE, SIDE), 400.0, np.float32)
    assert middle(looking(60), ground_of(heights)) == NoGroundPoint(Reason.BEYOND_RANGE)


def test_a_look_along_a_slope_is_too_flat() -> None:
    lat, _ = lattice()
    falling = (600 - (lat - LAT) * 110_600 * math.tan(math.radians(12)))[:, None]
    ground = ground_of(np.repeat(falling, SIDE, axis=1).astype(np.float32))
    pose = looking(15, height_m=600)
    assert middle(pose, ground) == NoGroundPoint(Reason.BEYOND_RANGE)
    assert isinstance(middle(looking(40, height_m=600), ground), GroundPoint)


def test_a_slope_that_faces_the_drone_makes_height_errors_matter_less() -> None:
    lat, _ = lattice()
    north_m = (lat - LAT) * 110_600
    shapes = {
        name: (200 + rise * north_m)[:, None] for name, rise in (("up", 0.3), ("level", 0.0), ("down", -0.2))
    }
    radius = {}
    for name, column in shapes.items():
        heights = np.repeat(column, SIDE, axis=1).astype(np.float32)
        point = middle(looking(40), ground_of(heights, sigma_m=6.0))
        assert isinstance(point, GroundPoint)
        radius[name] = point.ce90_m
    assert radius["up"] < radius["level"] < radius["down"]
    # Over a slope g, a metre of height moves the point by cos / (sin + g cos).
    steep, flat = (
        math.cos(math.radians(40)) / (math.sin(math.radians(40)) + g * math.cos(math.radians(40)))
        for g in (0.3, 0.0)
    )
    assert radius["up"] / radius["level"] == pytest.approx(steep / flat, rel=0.01)


def test_the_error_over_a_slope_is_that_of_points_with_all_errors_drawn() -> None:
    lat, lon = lattice()
    north, east = np.meshgrid((lat - LAT) * 110_600, (lon - LON) * 106_700, indexing="ij")
    heights = (200 + 0.25 * north - 0.15 * east).astype(np.float32)
    sigma = CameraSigma(math.radians(2), math.radians(0.7), math.radians(0.4), 0.0, 1.5, 0.0)
    pose = looking(35, yaw_deg=20)
    (said,) = locate(
        np.array([[639.5, 359.5]]), pose, made_camera(sigma=sigma), ground_of(heights, 4.0), None
    )
    assert isinstance(said, GroundPoint)
    random, rows = np.random.default_rng(5), []
    for _ in range(1500):
        turn = Rotation.from_euler("Z", random.normal(0, sigma.heading_rad))
        shake = Rotation.from_rotvec(
            random.normal(0, 1, 3) * math.hypot(sigma.boresight_rad, sigma.gimbal_rad)
        )
        aim = Rotation.from_euler("ZYX", [math.radians(20), -math.radians(35), 0.0])
        off = made_pose(120 - random.normal(0, 4.0), gimbal=turn * aim * shake)
        pixel = np.array([[639.5, 359.5]]) + random.normal(0, 1.5, (1, 2))
        (point,) = locate(pixel, off, made_camera(), ground_of(heights), None)
        rows.append(
            pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 200, said.lat_deg, said.lon_deg, 200)[:2]
        )
    drawn = np.array(rows)
    measured = np.cov(drawn.T)
    assert np.abs(said.cov_m2 - measured).max() / np.trace(measured) < 0.05
    assert 0.87 <= np.mean(np.hypot(*drawn.T) <= said.ce90_m) <= 0.93


def test_heights_between_grid_points_are_bilinear_and_unknown_beyond_the_edge() -> None:
    grid = grid_of(HEIGHTS)
    lat, lon = lattice()
    at = grid.height_msl_m(
        np.array([lat[3], (lat[3] + lat[4]) / 2, 20.0]), np.array([lon[5], lon[5], lon[5]])
    )
    assert at[0] == pytest.approx(HEIGHTS[3, 5], abs=1e-3)
    assert at[1] == pytest.approx((HEIGHTS[3, 5] + HEIGHTS[4, 5]) / 2, abs=1e-3)
    assert math.isnan(at[2])
