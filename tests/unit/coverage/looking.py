"""A drone, its camera and its ground, made for tests of coverage."""

from __future__ import annotations

import math

import cv2
import numpy as np
from shapely.geometry import box

from droneops.camera_file import CameraFile, LensSection, SigmaSection
from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.geo.rotation import from_rpy
from droneops.geo.wgs84 import LocalPlane
from droneops.times import from_text
from droneops.types import FloatArray, Pose, Sigma, read_only
from geofences import Kind, Zone

NOON_US = from_text("2026-11-20T05:00:00Z")  # 12:00 at Mukdahan
MIDNIGHT_US = from_text("2026-11-20T17:00:00Z")
LAT, LON = 16.44, 104.75
PLANE = LocalPlane.at(LAT, LON)
GROUND = Ground(200.0, Sigma(0.0, "test"))
EXACT = SigmaSection(
    heading_deg=0, boresight_deg=0, gimbal_deg=0, time_offset_s=0, pixel_px=0, focal_percent=0
)


def camera(sigma: SigmaSection = EXACT, **lens: object) -> Camera:
    """720p with 62 degrees of view."""
    given = {"name": "t", "width_px": 1280, "height_px": 720, "hfov_deg": 62.0} | lens
    return CameraFile(camera=LensSection(**given), sigma=sigma).build(None)


def pose(
    *,
    pitch_deg: float = -90.0,
    yaw_deg: float = 0.0,
    height_m: float = 50.0,
    east_m: float = 0.0,
    north_m: float = 0.0,
    time_us: int = NOON_US,
) -> Pose:
    """A drone above the plane's origin, that knows everything exactly."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, north_m)
    none = Sigma(0.0, "test")
    level = read_only((1.0, 0.0, 0.0, 0.0))
    return Pose(
        drone_id="d",
        time_us=time_us,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=200.0 + height_m,
        alt_above_home_m=height_m,
        ned_from_body=level,
        ned_from_gimbal=quaternion(math.radians(pitch_deg), math.radians(yaw_deg)),
        velocity_ned_mps=read_only((0.0, 0.0, 0.0)),
        hfov_rad=None,
        position_sigma_m=none,
        altitude_sigma_m=none,
        attitude_sigma_rad=none,
        gimbal_sigma_rad=none,
        age_s=0.0,
    )


def quaternion(pitch_rad: float, yaw_rad: float) -> FloatArray:
    """ned_from_gimbal, by OpenCV's rotation vector."""
    vector = cv2.Rodrigues(from_rpy(0.0, pitch_rad, yaw_rad))[0].ravel()
    angle = float(np.linalg.norm(vector))
    axis = vector / angle if angle else vector
    return read_only((math.cos(angle / 2), *(axis * math.sin(angle / 2))))


def zone(west_m: float, south_m: float, east_m: float, north_m: float, **changed: object) -> Zone:
    """A park between metres of the plane."""
    south_deg, west_deg = PLANE.lat_lon_deg(west_m, south_m)
    north_deg, east_deg = PLANE.lat_lon_deg(east_m, north_m)
    fields: dict[str, object] = {
        "id": "park",
        "kind": Kind.PARK,
        "name_th": "อุทยาน",
        "name_en": "park",
        "accuracy_m": 0.0,
        "source": "t",
        "licence": "t",
        "version": "1",
        "placeholder": False,
        "valid_from": None,
        "valid_to": None,
        "side_left": None,
        "side_right": None,
        "within_m": None,
        "covers": None,
        "geometry": box(west_deg, south_deg, east_deg, north_deg),
        "sha256": "0" * 64,
    }
    return Zone(**(fields | changed))
