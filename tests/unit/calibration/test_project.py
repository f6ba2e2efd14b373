"""The way from the ground to the picture, against `geo.locate` and OpenCV."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pymap3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_targets import GIVEN, GROUND_M, START_US, Truth, made_patrol

from droneops.calibration.looks import Look, stand_at
from droneops.calibration.model import predict
from droneops.calibration.parameters import NAMES, applied
from droneops.calibration.project import ned_m, pixels_px
from droneops.calibration.targets import Target
from droneops.geo.locate import Ground, locate
from droneops.types import GroundPoint, Sigma

NOTHING = np.zeros(len(NAMES))


@pytest.fixture(scope="module")
def patrol():
    return made_patrol(Truth(video_s=60.0))


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 60), st.floats(0, 1279), st.floats(0, 719))
def test_a_located_pixel_projects_back_onto_itself(patrol, t_s, u_px, v_px):
    time_us = START_US + round(t_s * 1e6)
    step = np.array([0.05, 0.014, -0.02, 0.01, 0.015, 2.0, -3.0, 0.01, 0.0, 0.0, 0.0])
    now = applied(GIVEN, 0.0, step)
    ground = Ground(GROUND_M, Sigma(0.5, "made"))
    (point,) = locate(np.array([[u_px, v_px]]), patrol.at(time_us), now.camera, ground, None)
    if not isinstance(point, GroundPoint):
        return
    # Flat ground is a plane that touches at the drone: the ellipsoid falls away from it by d^2 / 2R.
    stand = stand_at(
        [Look(time_us, 1, u_px, v_px)],
        patrol,
        {1: Target(1, point.lat_deg, point.lon_deg, point.alt_msl_m)},
        offset_s=0.0,
    )
    away_m = float(np.linalg.norm(stand.target_ned_m[0, :2]))
    assert predict(stand, now)[0] == pytest.approx((u_px, v_px), abs=0.01 + away_m**2 / 1.2e7 / 50 * 1100)


def test_points_project_as_in_opencv():
    random = np.random.default_rng(1)
    points = random.uniform((-40, -40, 60), (40, 40, 140), (200, 3))
    lens = GIVEN.lens
    matrix = np.array([[1065.0, 0, lens.cx_px], [0, 1070.0, lens.cy_px], [0, 0, 1]])
    distortion = (-0.1, 0.03, 0.001, -0.002, 0.004)
    theirs, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, np.array(distortion))
    ours = pixels_px(
        points,
        np.tile(np.eye(3), (200, 1, 1)),
        np.tile((1065.0, 1070.0), (200, 1)),
        (lens.cx_px, lens.cy_px),
        distortion,
    )
    assert np.abs(ours - theirs[:, 0]).max() < 1e-6


def test_what_lies_behind_the_camera_has_no_pixel():
    behind = pixels_px(
        np.array([[0.0, 0.0, -5.0]]), np.eye(3)[None], np.array([[1000.0, 1000.0]]), (0, 0), (0,) * 5
    )
    assert np.isnan(behind).all()


def test_north_east_down_agrees_with_pymap3d():
    random = np.random.default_rng(2)
    here = np.column_stack(
        (random.uniform(-60, 60, 50), random.uniform(-179, 179, 50), random.uniform(0, 900, 50))
    )
    there = here + random.uniform(-0.01, 0.01, (50, 3)) * (1, 1, 5000)
    ours = ned_m(here, there)
    theirs = np.column_stack(pymap3d.geodetic2ned(*there.T, *here.T))
    assert np.abs(ours - theirs).max() < 1e-6


def test_a_lagging_gimbal_follows_as_a_first_order_system_and_the_heading_is_of_now(patrol):
    time_us = START_US + 20_000_000
    target = {1: Target(1, 16.44, 104.75, GROUND_M)}
    looks = [Look(time_us, 1, 0.0, 0.0)]
    lagged = stand_at(looks, patrol, target, offset_s=0.0, gimbal_lag_s=0.5).ned_from_mount[0]
    t_s, ages_s = 20.0, np.arange(0.0, 6.0, 0.01)
    weights = np.exp(-ages_s / 0.5) / np.exp(-ages_s / 0.5).sum()
    yaw, pitch = (
        float(weights @ [patrol.value(name, t_s - age_s) for age_s in ages_s])
        for name in ("told_yaw", "told_pitch")
    )
    heading = patrol.value("told_heading", t_s) + yaw
    # Three moments stand for all of them: off by a twentieth of what the gimbal turns in a lag.
    assert abs(math.remainder(math.atan2(lagged[1, 0], lagged[0, 0]) - heading, math.tau)) < 0.01
    assert -math.asin(lagged[2, 0]) == pytest.approx(pitch, abs=0.01)
