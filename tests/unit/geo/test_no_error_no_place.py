"""A place whose error is no number is no place: a circle of 0 m would be the surest of all."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo.ellipse import ce90_m
from droneops.geo.footprint import footprint
from droneops.geo.locate import Ground, locate, locate_with_shares, view_of
from droneops.types import NoGroundPoint, Reason, Sigma, read_only

HOME = Ground(None, Sigma(1.0, "made"))
NOT_KNOWN = Sigma(math.nan, "made")


@pytest.mark.parametrize(
    "wrong",
    [
        {"velocity_ned_mps": read_only((math.nan, 0.0, 0.0))},
        {"position_sigma_m": NOT_KNOWN},
        {"position_sigma_m": Sigma(math.inf, "made")},
        {"altitude_sigma_m": NOT_KNOWN},
        {"gimbal_sigma_rad": NOT_KNOWN},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_pose_whose_error_is_no_number_gives_no_point(wrong) -> None:
    sigma = dataclasses.replace(made_camera().sigma, time_offset_s=0.1)
    down = made_pose(gimbal=Rotation.from_euler("y", -90, degrees=True))
    pose, camera = dataclasses.replace(down, **wrong), made_camera(sigma=sigma)
    pixel = np.array([[640.0, 360.0]])
    assert locate(pixel, pose, camera, HOME, None) == (NoGroundPoint(Reason.NO_POSE),)
    assert locate_with_shares(pixel, pose, camera, HOME, None) == NoGroundPoint(Reason.NO_POSE)
    assert not isinstance(locate(pixel, down, camera, HOME, None)[0], NoGroundPoint)


@pytest.mark.parametrize("name", ["ned_from_body", "ned_from_gimbal"])
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_rotation_that_is_no_number_is_no_pose_and_not_out_of_range(name, part, number) -> None:
    down = made_pose(gimbal=Rotation.from_euler("y", -90, degrees=True))
    quaternion = np.array(getattr(down, name))
    quaternion[part] = number
    with np.errstate(invalid="ignore"):
        pose = dataclasses.replace(down, **{name: read_only(quaternion)})
        camera = made_camera()
        pixel = np.array([[640.0, 360.0]])
        assert view_of(pose, camera) == NoGroundPoint(Reason.NO_POSE)
        assert locate(pixel, pose, camera, HOME, None) == (NoGroundPoint(Reason.NO_POSE),)
        assert locate_with_shares(pixel, pose, camera, HOME, None) == NoGroundPoint(Reason.NO_POSE)
        assert footprint(pose, camera, HOME) is None


def test_the_circle_of_an_unknown_error_is_unknown() -> None:
    assert math.isnan(ce90_m(np.full((2, 2), math.nan))[0])
