"""Where a point of the world lies in the picture: the way of `geo.locate`, walked backwards."""

from __future__ import annotations

import numpy as np

from droneops.geo.camera import distort
from droneops.geo.wgs84 import ECCENTRICITY_2, SEMI_MAJOR_M
from droneops.types import FloatArray

MIN_DEPTH_M = 0.1
"""Nearer, or behind the camera, a point has no picture."""


def ecef_m(lat_deg: FloatArray, lon_deg: FloatArray, height_m: FloatArray) -> FloatArray:
    """Earth-centred coordinates (n, 3) of geodetic ones (NIMA TR8350.2)."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    prime_vertical_m = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * np.sin(lat) ** 2)
    outward = (prime_vertical_m + height_m) * np.cos(lat)
    z = (prime_vertical_m * (1 - ECCENTRICITY_2) + height_m) * np.sin(lat)
    return np.column_stack((outward * np.cos(lon), outward * np.sin(lon), z))


def ned_m(from_place: FloatArray, to_place: FloatArray) -> FloatArray:
    """North, east, down (n, 3) from places (n, 3) of latitude, longitude (degrees) and height to others.

    Heights above the sea may stand for heights above the ellipsoid: over a few kilometres the geoid is level.
    """
    apart = ecef_m(*to_place.T) - ecef_m(*from_place.T)
    lat, lon = np.radians(from_place[:, 0]), np.radians(from_place[:, 1])
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    zero = np.zeros_like(lat)
    axes = np.array(
        [
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [-sin_lon, cos_lon, zero],
            [-cos_lat * cos_lon, -cos_lat * sin_lon, -sin_lat],
        ]
    )
    ned: FloatArray = np.einsum("abn,nb->na", axes, apart)
    return ned


def pixels_px(
    from_camera_ned_m: FloatArray,
    ned_from_camera: FloatArray,
    focal_px: FloatArray,
    principal_px: tuple[float, float],
    distortion: tuple[float, ...],
) -> FloatArray:
    """Pixels (n, 2) of points (n, 3) north, east, down of cameras with axes (n, 3, 3) and focals (n, 2).

    NaN for what lies behind a camera.
    """
    seen = np.einsum("nba,nb->na", ned_from_camera, from_camera_ned_m)
    depth = np.where(seen[:, 2] > MIN_DEPTH_M, seen[:, 2], np.nan)
    pixels: FloatArray = distort(seen[:, :2] / depth[:, None], distortion) * focal_px + principal_px
    return pixels
