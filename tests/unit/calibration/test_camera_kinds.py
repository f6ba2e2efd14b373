"""Cameras other than a gimbal's with a known lens: fixed to the body, or zooming by the telemetry's word."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, replace

import numpy as np
import pytest
from made_targets import GIVEN, GIVEN_LENS, MadePatrol, Truth, made_problem
from scipy.spatial.transform import Rotation

from droneops.calibration.calibrate import Calibration, CannotCalibrateError, calibrate
from droneops.calibration.camera_text import camera_text
from droneops.calibration.looks import Seen
from droneops.calibration.model import Problem
from droneops.calibration.parameters import FOCAL, HEADING, LAG, NAMES
from droneops.calibration.report import warnings
from droneops.camera_file import CameraFile
from droneops.geo.camera import Camera, Mount
from droneops.types import NoPose, Pose, Sigma

SURVEY = Sigma(0.5, "made")
STILL = Truth(gimbal_moves=False, gimbal_lag_s=0.0)
DOWN_DEG = -60.0
FIXED = replace(GIVEN, mount=Mount("fixed", (0.0, math.radians(DOWN_DEG), 0.0), (0.0, 0.0, 0.0)))
ZOOMING = replace(GIVEN, fov_source="telemetry", lens=replace(GIVEN_LENS, fx_px=None, fy_px=None))
HFOV_RAD = 2 * math.atan(640 / 1065 / (1 + STILL.focal_percent / 100))


@dataclass(frozen=True)
class Told:
    """A patrol whose telemetry says nothing of a gimbal, but perhaps of the field of view."""

    patrol: MadePatrol
    gimbal: bool
    hfov_rad: float | None

    def at(self, time_us: int) -> Pose | NoPose:
        pose = self.patrol.at(time_us)
        if isinstance(pose, NoPose):
            return pose
        gimbal = pose.ned_from_gimbal if self.gimbal else None
        return replace(pose, hfov_rad=self.hfov_rad, ned_from_gimbal=gimbal)


def _problem(camera: Camera, *, gimbal: bool, hfov_rad: float | None) -> tuple[Problem, Seen]:
    problem, seen = made_problem(STILL, camera)
    patrol = problem.poses
    assert isinstance(patrol, MadePatrol)
    return replace(problem, poses=Told(patrol, gimbal, hfov_rad)), seen


@pytest.fixture(scope="module")
def fixed() -> Calibration:
    return calibrate(*_problem(FIXED, gimbal=False, hfov_rad=None), 0.1, SURVEY)


@pytest.fixture(scope="module")
def zooming() -> Calibration:
    return calibrate(*_problem(ZOOMING, gimbal=True, hfov_rad=HFOV_RAD), 0.1, SURVEY)


def _estimated(found: Calibration, name: str) -> bool:
    return bool(found.found.estimated[NAMES.index(name)])


def test_a_fixed_camera_is_calibrated_without_any_gimbal_telemetry(fixed):
    assert fixed.after.median_m < 0.3 * fixed.before.median_m
    assert fixed.after.inside > 0.85 and fixed.left_out.inside > 0.85
    assert not _estimated(fixed, LAG)


def test_a_fixed_cameras_heading_and_mount_add_up_to_the_true_direction(fixed):
    # A level body cannot tell its heading from the mount's yaw: their product is what the picture shows.
    roll, pitch, yaw = fixed.camera.mount.boresight_rpy_rad
    heading = fixed.camera.bias.heading_rad
    found = Rotation.from_euler("Z", heading) * Rotation.from_euler("ZYX", [yaw, pitch, roll])
    hung = Rotation.from_euler("Y", DOWN_DEG, degrees=True)
    turned = Rotation.from_euler("ZYX", STILL.boresight_deg[::-1], degrees=True)
    true = Rotation.from_euler("Z", STILL.heading_deg, degrees=True) * hung * turned
    assert math.degrees((found.inv() * true).magnitude()) < 0.6


def test_with_the_telemetrys_field_of_view_the_focal_length_stays_the_telemetrys(zooming, tmp_path):
    assert zooming.after.median_m < 0.3 * zooming.before.median_m
    assert zooming.after.inside > 0.85
    assert not _estimated(zooming, FOCAL) and _estimated(zooming, HEADING)
    assert zooming.camera.lens.fx_px is None
    lens = {"name": "x", "width_px": 1280, "height_px": 720, "fov": "telemetry"}
    text = camera_text(CameraFile.model_validate({"camera": lens}), zooming, ())
    written = tomllib.loads(text)["camera"]
    assert written["fov"] == "telemetry"
    assert "fx_px" not in written and "hfov_deg" not in written
    assert math.degrees(zooming.camera.sigma.heading_rad) < 1.0


def test_a_field_of_view_that_the_telemetry_never_tells_is_named():
    with pytest.raises(CannotCalibrateError, match="field of view"):
        calibrate(*_problem(ZOOMING, gimbal=True, hfov_rad=None), 0.1, SURVEY)


def test_what_is_said_of_other_cameras_is_finite(fixed, zooming):
    for found in (fixed, zooming):
        sigma = found.camera.sigma
        values = [sigma.heading_rad, sigma.boresight_rad, sigma.gimbal_rad, sigma.focal_fraction]
        assert np.isfinite(values).all()
        assert all(isinstance(text, str) for text in warnings(found))
