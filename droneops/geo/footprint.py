"""The ground a camera sees at one instant."""

from __future__ import annotations

import math

import numpy as np

from droneops.geo.camera import Camera, Lens, normalised
from droneops.geo.locate import MAX_SLANT_M, MIN_DEPRESSION_RAD, MIN_HEIGHT_M, Ground, View, view_of
from droneops.geo.meet import meet
from droneops.geo.wgs84 import LocalPlane
from droneops.types import FloatArray, NoGroundPoint, Pose

POINTS_PER_SIDE = 4
"""The outline of a picture on flat ground is straight but for the lens and the cut at the horizon. Over hills
each point is where its own ray meets them, and what lies between is drawn straight."""


def footprint(pose: Pose, camera: Camera, ground: Ground) -> tuple[tuple[float, float], ...] | None:
    """The outline as (lon_deg, lat_deg), closed, cut where the view is too flat or too far to locate.

    None where nothing of the ground is in view, or it is not known where the camera looks.
    """
    view = view_of(pose, camera)
    if isinstance(view, NoGroundPoint):
        return None
    height_m = ground.height_below_m(pose) - float(view.offset_ned_m[2])
    if not height_m >= MIN_HEIGHT_M:
        return None
    coordinates = normalised(outline_px(camera.lens), view.lens)
    rays = np.column_stack((coordinates, np.ones(len(coordinates)))) @ view.ned_from_camera.T
    depression_rad = np.arctan2(rays[:, 2], np.hypot(rays[:, 0], rays[:, 1]))
    if not (depression_rad > MIN_DEPRESSION_RAD).any():
        return None
    reach_m = np.minimum(height_m / np.tan(np.maximum(depression_rad, MIN_DEPRESSION_RAD)), MAX_SLANT_M)
    if ground.relief is not None and ground.relief.spacing_m is not None:
        reach_m = _over_hills(rays, view, ground, reach_m)
    azimuth_rad = np.arctan2(rays[:, 1], rays[:, 0])
    return _ring(pose, reach_m * np.sin(azimuth_rad), reach_m * np.cos(azimuth_rad))


def _over_hills(rays: FloatArray, view: View, ground: Ground, level_m: FloatArray) -> FloatArray:
    """How far out (n,) rays meet the relief; as over level ground (``level_m``) where they do not."""
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    meeting = meet(unit, view, ground)
    met = np.array([reason is None for reason in meeting.reasons], dtype=np.bool_)
    out_m: FloatArray = np.where(met, meeting.along_m * np.hypot(unit[:, 0], unit[:, 1]), level_m)
    return out_m


def outline_px(lens: Lens) -> FloatArray:
    """Pixels (n, 2) around the picture from its top left, clockwise, `POINTS_PER_SIDE` a side."""
    width, height = lens.width_px - 0.5, lens.height_px - 0.5
    corners = [(-0.5, -0.5), (width, -0.5), (width, height), (-0.5, height)]
    steps = np.arange(POINTS_PER_SIDE) / POINTS_PER_SIDE
    sides = [
        np.column_stack((x0 + steps * (x1 - x0), y0 + steps * (y1 - y0)))
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    return np.concatenate(sides)


def _ring(pose: Pose, east_m: FloatArray, north_m: FloatArray) -> tuple[tuple[float, float], ...] | None:
    plane = LocalPlane.at(pose.lat_deg, pose.lon_deg)
    points = [plane.lat_lon_deg(float(e), float(n)) for e, n in zip(east_m, north_m, strict=True)]
    if not all(math.isfinite(lat + lon) for lat, lon in points):
        return None
    ring = [(round(lon, 8), round(lat, 8)) for lat, lon in points]
    return (*ring, ring[0])
