"""Pixels to ground against two independent oracles: pymap3d's geodesy and OpenCV's projection."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pymap3d
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from made_poses import made_camera, made_pose
from scipy.spatial.transform import Rotation

from droneops.geo.camera import Lens
from droneops.geo.locate import Ground, locate
from droneops.types import GroundPoint, NoGroundPoint, Reason, Sigma

HOME = Ground(None, Sigma(0.0, "made"))
LENS = Lens(1280, 720, 1065.1, 1070.3, 646.3, 355.2, (-0.08, 0.01, 0.0005, -0.0003, 0.0))
CAMERA_AXES = np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]])

angles = st.floats(-math.pi, math.pi)
small = st.floats(-0.2, 0.2)


def opencv_pixel(target_ned: np.ndarray, camera_ned: np.ndarray, ned_from_camera: np.ndarray) -> np.ndarray:
    """Where OpenCV sees a point."""
    matrix = np.array([[LENS.fx_px, 0, LENS.cx_px], [0, LENS.fy_px, LENS.cy_px], [0, 0, 1.0]])
    camera_from_ned = ned_from_camera.T
    rotation, _ = cv2.Rodrigues(camera_from_ned)
    pixel, _ = cv2.projectPoints(
        target_ned.reshape(1, 3), rotation, -camera_from_ned @ camera_ned, matrix, np.array(LENS.distortion)
    )
    return pixel.reshape(1, 2)


def on_the_ground(ray: np.ndarray, height: float, lat: float, lon: float) -> tuple[np.ndarray, float, float]:
    """Where pymap3d lets a ray meet the ellipsoid ``height`` below, and its latitude and longitude.

    The air bends the ray after the earth by 0.13 of its fall.
    """
    low, high = 0.0, 4000.0
    for _ in range(60):
        along = (low + high) / 2
        north, east, down = ray * along
        place = pymap3d.enu2geodetic(east, north, -down, lat, lon, 200.0 + height)
        fall = place[2] - (200.0 + height - down)
        low, high = (along, high) if place[2] - 0.13 * fall > 200.0 else (low, along)
    return ray * along, float(place[0]), float(place[1])


@settings(max_examples=300, deadline=None)
@given(
    yaw=angles,
    depression=st.floats(0.2, math.pi / 2),
    roll=small,
    boresight=st.tuples(small, small, small),
    offset=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.28, 0.28)),
    height=st.floats(20, 400),
    lat=st.floats(-75, 75),
    lon=st.floats(-179.9, 179.9),
    kind=st.sampled_from(["stabilised", "fixed"]),
)
def test_a_point_projected_by_opencv_is_found_again_within_a_millimetre(
    yaw, depression, roll, boresight, offset, height, lat, lon, kind
) -> None:
    turn = Rotation.from_euler("ZYX", [yaw, -depression, roll])
    mount = Rotation.from_euler("ZYX", [boresight[2], boresight[1], boresight[0]])
    ned_from_camera = (turn * mount).as_matrix() @ CAMERA_AXES
    ray = ned_from_camera @ np.array([offset[0], offset[1], 1.0])
    ray /= np.linalg.norm(ray)
    assume(ray[2] > max(math.sin(math.radians(6)), height / 2900))
    target_ned, want_lat, want_lon = on_the_ground(ray, height, lat, lon)
    pixel = opencv_pixel(target_ned, np.zeros(3), ned_from_camera)
    pose = made_pose(height, gimbal=turn, body=turn, lat_deg=lat, lon_deg=lon)
    camera = made_camera(LENS, kind=kind, boresight=boresight)

    (point,) = locate(pixel, pose, camera, HOME, None)

    assert isinstance(point, GroundPoint)
    off_east, off_north, _ = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 200, want_lat, want_lon, 200)
    assert math.hypot(off_east, off_north) < 1e-3


@settings(max_examples=200, deadline=None)
@given(yaw=angles, tilt=st.floats(0.0, 0.5), u=st.floats(0, 1279), v=st.floats(0, 719))
def test_a_pixel_above_the_horizon_never_lands_behind_the_drone(yaw, tilt, u, v) -> None:
    pose = made_pose(gimbal=Rotation.from_euler("ZYX", [yaw, tilt, 0.0]))
    (point,) = locate(np.array([[u, v]]), pose, made_camera(), HOME, None)
    if isinstance(point, GroundPoint):
        east, north, _ = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 0, pose.lat_deg, pose.lon_deg, 0)
        assert east * math.sin(yaw) + north * math.cos(yaw) > 0
        assert v > 359.5
    else:
        assert point.reason in (Reason.ABOVE_HORIZON, Reason.BEYOND_RANGE)


@pytest.mark.parametrize(
    ("pitch_deg", "height_m", "reason"),
    [
        (10.0, 100.0, Reason.ABOVE_HORIZON),
        (0.0, 100.0, Reason.ABOVE_HORIZON),
        (-4.0, 100.0, Reason.BEYOND_RANGE),
        (-60.0, 0.1, Reason.BEYOND_RANGE),
        (-60.0, -30.0, Reason.BEYOND_RANGE),
        (-10.0, 2000.0, Reason.BEYOND_RANGE),
    ],
)
def test_where_there_is_no_point_there_is_a_reason(pitch_deg, height_m, reason) -> None:
    pose = made_pose(height_m, gimbal=Rotation.from_euler("Y", math.radians(pitch_deg)))
    assert locate(np.array([[639.5, 359.5]]), pose, made_camera(), HOME, None) == (NoGroundPoint(reason),)


def test_each_pixel_of_a_frame_gets_its_own_answer_in_its_own_place() -> None:
    pose = made_pose(gimbal=Rotation.from_euler("Y", math.radians(-12)))
    pixels = np.array([[639.5, 0.0], [639.5, 359.5], [639.5, 719.0]])
    high, middle, low = locate(pixels, pose, made_camera(), HOME, None)
    assert high == NoGroundPoint(Reason.ABOVE_HORIZON)
    assert isinstance(middle, GroundPoint)
    assert isinstance(low, GroundPoint)
    assert low.ce90_m <= middle.ce90_m
    assert low.lat_deg < middle.lat_deg


def test_an_unknown_gimbal_or_field_of_view_is_a_reason_not_a_guess() -> None:
    from dataclasses import replace

    blind = replace(made_pose(), ned_from_gimbal=None)
    assert locate(np.zeros((1, 2)), blind, made_camera(), HOME, None)[0] == NoGroundPoint(
        Reason.GIMBAL_UNKNOWN
    )
    zoom = replace(made_camera(), fov_source="telemetry")
    assert locate(np.zeros((1, 2)), made_pose(), zoom, HOME, None)[0] == NoGroundPoint(Reason.FOV_UNKNOWN)


def test_a_pose_with_nan_gives_no_point() -> None:
    from dataclasses import replace

    bad = replace(made_pose(), ned_from_gimbal=np.full(4, np.nan))
    assert isinstance(locate(np.zeros((1, 2)), bad, made_camera(), HOME, None)[0], NoGroundPoint)
    bad = replace(made_pose(), alt_above_home_m=math.nan)
    assert isinstance(locate(np.zeros((1, 2)), bad, made_camera(), HOME, None)[0], NoGroundPoint)


def test_the_heading_bias_turns_the_point_about_the_drone() -> None:
    pose = made_pose()
    (plain,) = locate(np.array([[639.5, 359.5]]), pose, made_camera(), HOME, None)
    (turned,) = locate(
        np.array([[639.5, 359.5]]), pose, made_camera(heading_bias_rad=math.pi / 2), HOME, None
    )
    assert plain.lat_deg > pose.lat_deg
    assert plain.lon_deg == pytest.approx(pose.lon_deg, abs=1e-9)
    assert turned.lon_deg > pose.lon_deg
    assert turned.lat_deg == pytest.approx(pose.lat_deg, abs=1e-7)


def test_the_lever_arm_moves_the_camera_with_the_body() -> None:
    down = made_pose(yaw_rad=math.pi / 2, gimbal=Rotation.from_euler("ZYX", [math.pi / 2, -math.pi / 2, 0]))
    camera = made_camera(lever_arm=(2.0, 0.0, 0.5))
    (point,) = locate(np.array([[639.5, 359.5]]), down, camera, HOME, None)
    east, north, _ = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 300, 16.44, 104.75, 300)
    assert (east, north) == pytest.approx((2.0, 0.0), abs=1e-3)


def test_a_given_ground_height_replaces_homes() -> None:
    ground = Ground(250.0, Sigma(0.0, "made"))
    pose = made_pose(100.0)
    (point,) = locate(np.array([[639.5, 359.5]]), pose, made_camera(), ground, None)
    assert point.alt_msl_m == 250.0
    _, north, _ = pymap3d.geodetic2enu(point.lat_deg, point.lon_deg, 300, 16.44, 104.75, 300)
    assert north == pytest.approx(50 / math.tan(math.radians(60)), abs=1e-3)
