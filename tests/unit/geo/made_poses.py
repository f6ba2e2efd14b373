"""Poses and cameras made for tests."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.transform import Rotation

from droneops.geo.camera import Bias, Camera, CameraSigma, Lens, Mount
from droneops.types import Pose, Sigma, read_only

NO_SIGMA = CameraSigma(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def quaternion(rotation: Rotation) -> np.ndarray:
    """Scalar first."""
    return read_only(rotation.as_quat(scalar_first=True))


def made_camera(
    lens: Lens | None = None,
    sigma: CameraSigma = NO_SIGMA,
    kind: str = "stabilised",
    boresight: tuple[float, float, float] = (0.0, 0.0, 0.0),
    lever_arm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    heading_bias_rad: float = 0.0,
) -> Camera:
    """A 1280 x 720 camera."""
    lens = lens or Lens(1280, 720, 1065.0, 1065.0, 639.5, 359.5, (0.0, 0.0, 0.0, 0.0, 0.0))
    return Camera(
        "made", lens, "file", Mount(kind, boresight, lever_arm), Bias(heading_bias_rad, 0.0), sigma, None
    )


def made_pose(
    height_m: float = 100.0,
    yaw_rad: float = 0.0,
    gimbal: Rotation | None = None,
    body: Rotation | None = None,
    time_us: int = 0,
    lat_deg: float = 16.44,
    lon_deg: float = 104.75,
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0),
    sigma_m: float = 0.0,
) -> Pose:
    """A pose above a home at 200 m; the gimbal looks 60 degrees down along the heading."""
    gimbal = gimbal or Rotation.from_euler("ZYX", [yaw_rad, math.radians(-60), 0.0])
    body = body or Rotation.from_euler("ZYX", [yaw_rad, 0.0, 0.0])
    return Pose(
        drone_id="d",
        time_us=time_us,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=200.0 + height_m,
        alt_above_home_m=height_m,
        ned_from_body=quaternion(body),
        ned_from_gimbal=quaternion(gimbal),
        velocity_ned_mps=read_only(velocity),
        hfov_rad=None,
        position_sigma_m=Sigma(sigma_m, "made"),
        altitude_sigma_m=Sigma(sigma_m, "made"),
        attitude_sigma_rad=Sigma(0.0, "made"),
        gimbal_sigma_rad=Sigma(0.0, "made"),
        age_s=0.0,
    )
