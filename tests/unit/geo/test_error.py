"""The covariance against simulated truth: all errors are drawn, points found anew, their spread measured."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from made_poses import made_camera, made_pose, quaternion
from scipy.spatial.transform import Rotation

from droneops.geo.camera import CameraSigma
from droneops.geo.ellipse import ce90_m
from droneops.geo.locate import TIME_STEP_S, Ground, locate
from droneops.types import Sigma

SIGMA = CameraSigma(math.radians(2), math.radians(0.7), math.radians(0.4), 0.1, 1.5, 0.01)
PIXEL = np.array([[900.0, 500.0]])
DRAWS = 3000


def drawn_points(depression_deg: float, turn_rate_radps: float, shared: bool) -> np.ndarray:
    """East and north of ``DRAWS`` points (n, 2), each with all errors drawn, or only a sighting's own."""
    random = np.random.default_rng(7)
    common = 1.0 if shared else 0.0
    rows = []
    for _ in range(DRAWS):
        late_s = common * random.normal(0, SIGMA.time_offset_s)
        heading = 0.7 + turn_rate_radps * late_s + common * random.normal(0, SIGMA.heading_rad)
        aim = Rotation.from_euler("ZYX", [heading, math.radians(-depression_deg), 0.0])
        shake = Rotation.from_rotvec(
            random.normal(0, SIGMA.gimbal_rad, 3) + common * random.normal(0, SIGMA.boresight_rad, 3)
        )
        east, north = common * random.normal(0, 1.2, 2) + late_s * np.array([3.0, 8.0])
        lens = replace(
            made_camera().lens,
            fx_px=1065 * (1 + (zoom := common * random.normal(0, 0.01))),
            fy_px=1065 * (1 + zoom),
        )
        pose = made_pose(100.0 + common * random.normal(0, math.hypot(1.2, 4.0)), gimbal=aim * shake)
        pixel = PIXEL + random.normal(0, SIGMA.pixel_px, (1, 2))
        (point,) = locate(pixel, pose, made_camera(lens), Ground(None, Sigma(0.0, "made")), None)
        e, n, _ = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 200, 16.44, 104.75, 200)
        rows.append((e + east, n + north))
    return np.array(rows)


def said(depression_deg: float, turn_rate_radps: float):
    """What `locate` says of the same situation."""
    aim = Rotation.from_euler("ZYX", [0.7, math.radians(-depression_deg), 0.0])
    later = Rotation.from_euler(
        "ZYX", [0.7 + turn_rate_radps * TIME_STEP_S, math.radians(-depression_deg), 0.0]
    )
    pose = made_pose(gimbal=aim, velocity=(8.0, 3.0, 0.0), sigma_m=1.2)
    after = replace(pose, time_us=round(TIME_STEP_S * 1e6), ned_from_gimbal=quaternion(later))
    (point,) = locate(PIXEL, pose, made_camera(sigma=SIGMA), Ground(None, Sigma(4.0, "made")), after)
    return point


@pytest.mark.parametrize(("depression_deg", "turn_rate_radps"), [(90, 0.0), (60, 0.0), (45, 0.3), (25, 0.1)])
def test_the_covariance_is_that_of_points_with_all_errors_drawn(depression_deg, turn_rate_radps) -> None:
    cov = said(depression_deg, turn_rate_radps).cov_m2
    measured = np.cov(drawn_points(depression_deg, turn_rate_radps, shared=True).T)
    assert_alike(cov, measured)


@pytest.mark.parametrize("depression_deg", [90, 45])
def test_the_part_a_sighting_has_for_itself_is_gimbal_and_pixel_alone(depression_deg) -> None:
    point = said(depression_deg, 0.0)
    measured = np.cov(drawn_points(depression_deg, 0.0, shared=False).T)
    assert_alike(point.cov_m2 - point.cov_common_m2, measured)


def assert_alike(cov: np.ndarray, measured: np.ndarray) -> None:
    """Equal up to the spread of a sample covariance of 3000 draws and the bend of the ground (10 %)."""
    scale = np.sqrt(np.outer(np.diag(measured), np.diag(measured)))
    assert np.abs(cov - measured).max() / scale.max() < 0.10
    assert np.diag(cov) == pytest.approx(np.diag(measured), rel=0.12)


def test_ce90_holds_ninety_percent_of_the_drawn_points() -> None:
    point = said(60, 0.0)
    draws = drawn_points(60, 0.0, shared=True)
    share = np.mean(np.hypot(*(draws - draws.mean(axis=0)).T) <= point.ce90_m)
    assert 0.88 <= share <= 0.92


@pytest.mark.parametrize("ratio", [0.0, 1e-6, 0.05, 0.3, 0.7, 1.0])
def test_the_ninety_percent_circle_is_exact_for_every_shape(ratio: float) -> None:
    turn = np.array([[math.cos(0.4), -math.sin(0.4)], [math.sin(0.4), math.cos(0.4)]])
    cov = turn @ np.diag([9.0, 9.0 * ratio**2]) @ turn.T
    angle = np.linspace(0, 2 * math.pi, 20_001)[:-1]
    variance = 9 * np.maximum(np.cos(angle) ** 2 + ratio**2 * np.sin(angle) ** 2, 1e-300)
    outside = np.mean(np.exp(-(ce90_m(cov)[0] ** 2) / (2 * variance)))
    assert outside == pytest.approx(0.1, abs=1e-7)
    draws = np.random.default_rng(3).normal(size=(100_000, 2)) * (3.0, 3.0 * ratio)
    assert np.mean(np.hypot(*draws.T) > ce90_m(cov)[0]) == pytest.approx(0.1, abs=0.004)


def test_no_error_has_no_circle() -> None:
    assert ce90_m(np.zeros((2, 2)))[0] == 0.0
