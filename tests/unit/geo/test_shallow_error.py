"""The error of points seen at a flat angle: against drawn truth, and without a jump at the seam."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_hills import ground_of, hills
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo.camera import CameraSigma
from droneops.geo.locate import Ground, Located, locate, locate_with_shares
from droneops.types import GroundPoint, Sigma

SIGMA = CameraSigma(math.radians(3), math.radians(1), math.radians(0.5), 0.1, 1.5, 0.01)
PIXEL = np.array([[639.5, 359.5]])
GROUND = Ground(None, Sigma(5.0, "made"))


def aim(depression_deg: float) -> Rotation:
    return Rotation.from_euler("ZYX", [0.7, -math.radians(depression_deg), 0.0])


def said(depression_deg: float, height_m: float) -> GroundPoint:
    pose = made_pose(height_m, gimbal=aim(depression_deg), velocity=(10.0, 0.0, 0.0), sigma_m=1.2)
    (point,) = locate(PIXEL, pose, made_camera(sigma=SIGMA), GROUND, None)
    assert isinstance(point, GroundPoint)
    return point


def drawn(depression_deg: float, height_m: float, draws: int = 20_000) -> np.ndarray:
    """North and east (n, 2) of the truth about the point, all errors drawn, on a plane."""
    random = np.random.default_rng(17)
    tilt = random.normal(0, 1, (draws, 3)) * math.hypot(SIGMA.boresight_rad, SIGMA.gimbal_rad)
    turn = Rotation.from_euler("Z", random.normal(0, SIGMA.heading_rad, (draws, 1)))
    zoom = 1 + random.normal(0, SIGMA.focal_fraction, (draws, 1))
    image = random.normal(0, SIGMA.pixel_px, (draws, 2)) / 1065 / zoom
    rays = (turn * aim(depression_deg) * Rotation.from_rotvec(tilt)).apply(
        np.column_stack((np.ones(draws), image))
    )
    above = height_m + random.normal(0, math.hypot(1.2, 5.0), draws)
    late = random.normal(0, SIGMA.time_offset_s, draws)
    feet = rays[:, :2] * (above / rays[:, 2])[:, None] + random.normal(0, 1.2, (draws, 2))
    feet[:, 0] += 10.0 * late
    middle = aim(depression_deg).apply([1, 0, 0])
    return feet - middle[:2] * height_m / middle[2]


@pytest.mark.parametrize("height_m", [40, 120, 400])
@pytest.mark.parametrize("depression_deg", [8, 10, 14, 16, 19, 21, 35, 60, 90])
def test_the_error_is_that_of_drawn_truth_from_low_to_high_and_flat_to_steep(
    depression_deg, height_m
) -> None:
    point, truth = said(depression_deg, height_m), drawn(depression_deg, height_m)
    moment = truth.T @ truth / len(truth)
    assert math.sqrt(np.trace(point.cov_m2) / np.trace(moment)) == pytest.approx(1, abs=0.03)
    assert np.mean(np.hypot(*truth.T) <= point.ce90_m) == pytest.approx(0.905, abs=0.02)


def test_the_error_grows_without_a_jump_as_the_look_gets_flatter() -> None:
    angles = np.arange(24, 7, -0.05)
    radii = np.array([said(angle, 120).ce90_m for angle in angles])
    steps = np.diff(np.log(radii))
    assert (steps > 0).all()
    assert np.abs(np.diff(steps)).max() < 0.002


def test_the_shared_part_stays_within_the_whole() -> None:
    for depression_deg in (8, 12, 17, 30):
        point = said(depression_deg, 120)
        own = np.linalg.eigvalsh(point.cov_m2 - point.cov_common_m2)
        assert own.min() > 0
        assert np.linalg.eigvalsh(point.cov_common_m2).min() > 0


def test_without_any_error_there_is_none_at_a_flat_angle_either() -> None:
    pose = made_pose(100.0, gimbal=aim(8))
    (point,) = locate(PIXEL, pose, made_camera(), Ground(None, Sigma(0.0, "made")), None)
    assert isinstance(point, GroundPoint)
    assert point.ce90_m < 1e-6


def test_a_turn_counts_with_the_time_at_a_flat_angle() -> None:
    from dataclasses import replace

    from made_poses import quaternion

    pose = made_pose(120.0, gimbal=aim(10))
    pitching = Rotation.from_euler("ZYX", [0.7, -math.radians(10.5), 0.0])
    later = replace(pose, time_us=50_000, ned_from_gimbal=quaternion(pitching))
    camera = made_camera(sigma=SIGMA)
    (still,) = locate(PIXEL, pose, camera, GROUND, None)
    (turning,) = locate(PIXEL, pose, camera, GROUND, later)
    assert turning.ce90_m > 1.2 * still.ce90_m


def test_the_budget_names_each_source_and_adds_up_to_the_first_order() -> None:
    pose = made_pose(100.0, gimbal=aim(40), velocity=(10.0, 0.0, 0.0), sigma_m=1.2)
    found = locate_with_shares(PIXEL[0], pose, made_camera(sigma=SIGMA), GROUND, None)
    assert isinstance(found, Located)
    names = {"heading", "mount", "gimbal", "lens", "pixel", "time", "position", "height", "terrain"}
    assert set(found.shares_m2) == names
    assert sum(found.shares_m2.values()) == pytest.approx(found.point.cov_m2, rel=1e-9)
    own = found.shares_m2["gimbal"] + found.shares_m2["pixel"]
    assert found.point.cov_m2 - found.point.cov_common_m2 == pytest.approx(own, abs=1e-9)


def test_over_hills_flat_looks_keep_an_error_that_can_be_used() -> None:
    ground = ground_of(hills(), 6.0)
    found = 0
    for yaw in np.linspace(0, 6, 30):
        turn = Rotation.from_euler("ZYX", [yaw, -math.radians(9), 0.0])
        (point,) = locate(
            PIXEL, made_pose(120, gimbal=turn, sigma_m=1.0), made_camera(sigma=SIGMA), ground, None
        )
        if isinstance(point, GroundPoint):
            found += 1
            assert math.isfinite(point.ce90_m)
            assert np.linalg.eigvalsh(point.cov_m2 - point.cov_common_m2).min() > -1e-6
    assert found > 10
