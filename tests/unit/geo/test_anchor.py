"""The foot of a standing person against a person projected by OpenCV."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo.anchor import foot_px
from droneops.geo.locate import View, view_of
from droneops.types import NoGroundPoint, Reason

MATRIX = np.array([[1065.0, 0, 639.5], [0, 1065.0, 359.5], [0, 0, 1.0]])


def seen(depression_deg: float, roll_deg: float, aside_m: float) -> tuple[np.ndarray, np.ndarray, View]:
    """The box (4,) of a cylinder 1.7 m by 0.5 m and its true foot (2,), 60 m below the camera."""
    turn = Rotation.from_euler("ZYX", [0.4, -math.radians(depression_deg), math.radians(roll_deg)])
    view = view_of(made_pose(60.0, gimbal=turn), made_camera())
    assert isinstance(view, View)
    ahead = turn.apply([1, 0, 0])
    foot = ahead * (60.0 / ahead[2]) + turn.apply([0, 1, 0]) * aside_m
    foot[2] = 60.0
    angle = np.linspace(0, 2 * math.pi, 60)
    ring = 0.25 * np.column_stack((np.cos(angle), np.sin(angle), 0 * angle))
    body = np.concatenate([foot + ring, foot + ring - (0, 0, 1.7)])
    rotation, _ = cv2.Rodrigues(view.ned_from_camera.T)
    pixels = cv2.projectPoints(np.vstack([foot, body]), rotation, np.zeros(3), MATRIX, None)[0].reshape(-1, 2)
    low, high = pixels[1:].min(axis=0) + 0.5, pixels[1:].max(axis=0) + 0.5
    return np.array([*low, *high], np.float32), pixels[0], view


def bottom_centre(box: np.ndarray) -> np.ndarray:
    return np.array([(box[0] + box[2]) / 2 - 0.5, box[3] - 0.5], np.float32)


@pytest.mark.parametrize("depression_deg", [15, 30, 45, 60, 75, 90])
@pytest.mark.parametrize(("roll_deg", "aside_m"), [(0, 0), (0, 12), (20, -8)])
def test_a_standing_persons_foot_is_found_from_any_angle(depression_deg, roll_deg, aside_m) -> None:
    box, foot, view = seen(depression_deg, roll_deg, aside_m)
    (found,) = foot_px(bottom_centre(box)[None], box[None], ("person",), view)
    px_per_m = 1065 / (60 / math.sin(math.radians(depression_deg)))
    assert np.hypot(*(found - foot)) / px_per_m < 0.12


def test_from_straight_above_the_bottom_of_the_box_would_miss_the_foot() -> None:
    box, foot, view = seen(90, 0, 0)
    (found,) = foot_px(bottom_centre(box)[None], box[None], ("person",), view)
    assert np.hypot(*(found - foot)) < 0.1 * np.hypot(*(bottom_centre(box) - foot))


@pytest.mark.parametrize("label", ["log_pile", "marker-3", "boat", "vehicle"])
def test_what_does_not_stand_keeps_its_detectors_anchor(label) -> None:
    box, _, view = seen(60, 0, 0)
    anchor = bottom_centre(box)[None]
    assert np.array_equal(foot_px(anchor, box[None], (label,), view), anchor)


def test_an_anchor_that_its_detector_put_elsewhere_stays() -> None:
    box, foot, view = seen(80, 0, 0)
    anchor = foot[None].astype(np.float32) - np.float32(1.5)
    assert np.array_equal(foot_px(anchor, box[None], ("person",), view), anchor)


def test_without_a_view_anchors_stay() -> None:
    box, _, _ = seen(60, 0, 0)
    anchor = bottom_centre(box)[None]
    nothing = NoGroundPoint(Reason.GIMBAL_UNKNOWN)
    assert np.array_equal(foot_px(anchor, box[None], ("person",), nothing), anchor)
