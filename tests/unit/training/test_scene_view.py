"""The camera of a scene sees what it should, and the ground that it sees is where it says."""

from __future__ import annotations

from dataclasses import replace
from math import pi, radians

import numpy as np
import pytest

from detectors.training.camera import Camera, camera_from_world, clip_from_world, ground_points, project
from detectors.training.view import gsd_m, random_view, visible_points

NADIR = Camera(800, 600, radians(60.0), (0.0, 0.0, 50.0), 0.0, radians(90.0))
FLAT = Camera(800, 600, radians(60.0), (0.0, 0.0, 50.0), 0.0, radians(5.0))


def test_the_axis_meets_the_ground_in_the_middle_of_the_picture() -> None:
    camera = replace(NADIR, depression_rad=radians(45.0), yaw_rad=0.3, roll_rad=0.1)
    assert ground_points(camera, np.array([[400.0, 300.0]]))[0] == pytest.approx(
        [50.0 * np.cos(0.3), 50.0 * np.sin(0.3)]
    )


def test_a_picture_straight_down_spans_the_field_of_view() -> None:
    ends = ground_points(NADIR, np.array([[0.0, 300.0], [800.0, 300.0]]))
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(2.0 * 50.0 * np.tan(radians(30.0)))


def test_what_stands_right_of_the_camera_is_right_in_the_picture_and_what_is_high_is_above() -> None:
    pixels, depth = project(FLAT, np.array([[100.0, -20.0, 0.0], [100.0, -20.0, 30.0]]))
    assert pixels[0, 0] > 400.0
    assert pixels[1, 1] < pixels[0, 1]
    assert (depth > 0.0).all()


def test_a_positive_roll_turns_the_camera_clockwise() -> None:
    turned = replace(FLAT, roll_rad=0.2)
    pixels, _ = project(turned, np.array([[100.0, -20.0, 45.0]]))
    level, _ = project(FLAT, np.array([[100.0, -20.0, 45.0]]))
    assert pixels[0, 1] < level[0, 1]


def test_above_the_horizon_there_is_no_ground() -> None:
    assert np.isnan(ground_points(FLAT, np.array([[400.0, 0.0]]))).all()


def test_projection_and_ground_points_undo_each_other() -> None:
    camera = replace(FLAT, depression_rad=radians(40.0), yaw_rad=1.0, roll_rad=0.05)
    pixels = np.array([[10.0, 590.0], [700.0, 200.0], [400.0, 300.0]])
    ground = ground_points(camera, pixels)
    assert project(camera, np.column_stack([ground, np.zeros(3)]))[0] == pytest.approx(pixels)


def test_opengl_sees_a_point_at_the_same_pixel() -> None:
    camera = replace(FLAT, yaw_rad=0.7, roll_rad=-0.1)
    point = np.array([80.0, 60.0, 3.0])
    clip = clip_from_world(camera, 0.5, 3000.0) @ np.append(point, 1.0)
    pixel = (clip[:2] / clip[3] + 1.0) / 2.0 * np.array([800.0, 600.0])
    assert pixel == pytest.approx(project(camera, point[None])[0][0])


def test_the_cameras_axes_are_a_rotation() -> None:
    turn = camera_from_world(replace(FLAT, yaw_rad=2.0, roll_rad=0.3))
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(20))
def test_a_random_view_looks_at_the_origin_from_a_drones_height(seed: int) -> None:
    view = random_view(np.random.default_rng(seed), (832, 832))
    assert ground_points(view.camera, np.array([[416.0, 416.0]]))[0] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert 8.0 <= view.camera.position_m[2] <= 130.0
    assert radians(15.0) <= view.camera.depression_rad <= pi / 2.0


def test_a_person_has_the_asked_size_where_the_height_allows_it() -> None:
    rng = np.random.default_rng(3)
    views = [random_view(rng, (832, 832), person_px=(20.0, 30.0), steep_share=1.0) for _ in range(30)]
    sizes = [1.7 / gsd_m(view) for view in views]
    assert min(sizes) > 19.9
    assert max(sizes) < 30.1


def test_visible_points_are_on_the_ground_in_the_picture() -> None:
    view = random_view(np.random.default_rng(5), (832, 832), steep_share=0.0)
    points = visible_points(view, np.random.default_rng(6), 300, margin_px=0.0)
    pixels, depth = project(view.camera, np.column_stack([points, np.zeros(len(points))]))
    assert len(points) > 50
    assert (depth > 0.0).all()
    assert ((pixels >= -1e-6) & (pixels <= 832.0 + 1e-6)).all()
