"""A recorded flight seen through a gimbal that moves, with a heading error and a late video added.

Body poses and their errors are the recorded ones, truth and telemetry; the gimbal's angles are made, and the
picture follows them with a first-order lag, as in the recorded patrols; targets are made too, and projected
by OpenCV. So the errors that a calibration must live with are an autopilot's, not drawn from our own model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from droneops.calibration.looks import Look
from droneops.calibration.model import Problem
from droneops.calibration.targets import Target
from droneops.geo.camera import Camera
from droneops.geo.rotation import heading_rad
from droneops.geo.wgs84 import LocalPlane
from droneops.telemetry.gimbal_lag import Poses
from droneops.types import FloatArray, NoPose, Pose, read_only

Motion = Literal["still", "sweeping", "stepping"]

RATE_HZ = 50.0
GIMBAL_LAG_S = 0.12
LAG_LIMIT_RADPS = math.radians(60)
STEP_RADPS = math.radians(15)
STEP_EVERY_S = 6.0
PITCH_DEG = -60.0
PIXEL_PX = 0.12
"""Of a marker's centre as OpenCV finds it, an axis: what the recorded patrols show."""
FOUND = 0.97
SPACING_M = 60.0
FARTHEST_M = 220.0
MARGIN_PX = 15.0
LOOKS_PER_SECOND = 2.0
CAMERA_AXES = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Told:
    """The recorded telemetry with the made heading error and gimbal angles (radians against time in s)."""

    poses: Poses
    heading_rad: float
    time_s: FloatArray
    pitch_rad: FloatArray
    yaw_rad: FloatArray

    def at(self, time_us: int) -> Pose | NoPose:
        pose = self.poses.at(time_us)
        if isinstance(pose, NoPose):
            return pose
        pitch, yaw = (np.interp(time_us / 1e6, self.time_s, x) for x in (self.pitch_rad, self.yaw_rad))
        heading = heading_rad(pose.ned_from_body) + self.heading_rad
        recorded = Rotation.from_quat(pose.ned_from_body, scalar_first=True)
        body = Rotation.from_euler("Z", self.heading_rad) * recorded
        gimbal = Rotation.from_euler("ZYX", [heading + yaw, pitch, 0.0])
        return replace(
            pose,
            ned_from_body=read_only(body.as_quat(scalar_first=True)),
            ned_from_gimbal=read_only(gimbal.as_quat(scalar_first=True)),
        )


@dataclass(frozen=True)
class Recorded:
    """A patrol's folder, read: ``truth`` is its table; ``ground_m`` the height of its ground."""

    poses: Poses
    truth: Any
    camera: Camera
    ground_m: float


def truth_of(folder: Path) -> Any:
    """truth.csv as a table with named columns."""
    return np.genfromtxt(folder / "truth.csv", delimiter=",", names=True)


def moved(
    flight: Recorded,
    first_s: float,
    last_s: float,
    motion: Motion,
    heading_deg: float,
    late_s: float,
    seed: int,
) -> Problem:
    """The looks from ``first_s`` to ``last_s`` of the truth's time, and what the telemetry says then."""
    random = np.random.default_rng(seed)
    start_s = float(flight.truth["t_utc"][0]) + first_s
    time_s = np.arange(start_s - 8, start_s + last_s - first_s + 8, 1 / RATE_HZ)
    pitch, yaw = _angles(motion, time_s - time_s[0], random)
    told = Told(flight.poses, math.radians(heading_deg), time_s, pitch, yaw)
    seen = replace(told, pitch_rad=_late(pitch), yaw_rad=_late(yaw))
    plane = LocalPlane.at(float(flight.truth["lat"][0]), float(flight.truth["lon"][0]))
    targets = _targets(flight, plane, time_s, random)
    frames_s = np.arange(start_s, start_s + last_s - first_s, 1 / LOOKS_PER_SECOND)
    looks = [
        look for frame_s in frames_s for look in _looks(flight, seen, plane, targets, frame_s, late_s, random)
    ]
    return Problem(looks, targets, told, flight.camera, 0.0)


def _angles(motion: Motion, t: FloatArray, random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    pitch, yaw = np.full(len(t), math.radians(PITCH_DEG)), np.zeros(len(t))
    if motion == "sweeping":
        yaw = math.radians(30) * np.sin(2 * math.pi * t / 20)
        pitch = np.radians(PITCH_DEG + 5 + 10 * np.sin(2 * math.pi * t / 13))
    if motion == "stepping":
        pitch, yaw = _stepping(t, -75, -40, random), _stepping(t, -30, 30, random)
    return pitch, yaw


def _stepping(t: FloatArray, low_deg: float, high_deg: float, random: np.random.Generator) -> FloatArray:
    """A new angle every few seconds, as a pilot asks for it."""
    wanted = np.radians(random.uniform(low_deg, high_deg, int(t[-1] // STEP_EVERY_S) + 2))
    return _following(wanted[(t // STEP_EVERY_S).astype(int)], 1 / RATE_HZ, STEP_RADPS)


def _late(told: FloatArray) -> FloatArray:
    return _following(told, GIMBAL_LAG_S, LAG_LIMIT_RADPS)


def _following(wanted: FloatArray, lag_s: float, limit_radps: float) -> FloatArray:
    """First order, with a limited rate."""
    values, most = np.empty_like(wanted), limit_radps / RATE_HZ
    values[0] = wanted[0]
    for i in range(1, len(wanted)):
        step = (wanted[i] - values[i - 1]) / (lag_s * RATE_HZ)
        values[i] = values[i - 1] + min(max(step, -most), most)
    return values


def _targets(
    flight: Recorded, plane: LocalPlane, time_s: FloatArray, random: np.random.Generator
) -> dict[int, Target]:
    """One in each square about the way."""
    there = (flight.truth["t_utc"] > time_s[0]) & (flight.truth["t_utc"] < time_s[-1])
    rows = flight.truth[there][::25]
    way = np.array([plane.east_north_m(a, b) for a, b in zip(rows["lat"], rows["lon"], strict=True)])
    sides = [
        np.arange(low - 100, high + 100, SPACING_M) for low, high in zip(way.min(0), way.max(0), strict=True)
    ]
    corners = [np.array((east, north)) for east in sides[0] for north in sides[1]]
    places = [corner + random.uniform(0, 0.6 * SPACING_M, 2) for corner in corners]
    return {
        number: Target(number, *plane.lat_lon_deg(*place.tolist()), flight.ground_m)
        for number, place in enumerate(places)
    }


def _looks(
    flight: Recorded,
    seen: Told,
    plane: LocalPlane,
    targets: dict[int, Target],
    frame_s: float,
    late_s: float,
    random: np.random.Generator,
) -> Iterator[Look]:
    time_s, lens = frame_s - late_s, flight.camera.lens
    lat, lon, alt_m = (
        np.interp(time_s, flight.truth["t_utc"], flight.truth[k]) for k in ("lat", "lon", "alt_msl")
    )
    east_m, north_m = plane.east_north_m(float(lat), float(lon))
    spots = np.array([plane.east_north_m(t.lat_deg, t.lon_deg) for t in targets.values()])
    away = np.column_stack(
        (spots[:, 1] - north_m, spots[:, 0] - east_m, np.full(len(spots), alt_m - flight.ground_m))
    )
    pitch, yaw = (np.interp(time_s, seen.time_s, x) for x in (seen.pitch_rad, seen.yaw_rad))
    turn = Rotation.from_euler("ZYX", [true_heading_rad(flight.truth, time_s) + yaw, pitch, 0.0])
    rays = away @ turn.as_matrix() @ CAMERA_AXES
    ahead = (rays[:, 2] > 1) & (np.abs(rays[:, :2]).max(axis=1) < rays[:, 2])
    near = np.flatnonzero(ahead & (np.linalg.norm(rays, axis=1) < FARTHEST_M))
    if not len(near):
        return
    matrix = np.array([[lens.fx_px or 0, 0, lens.cx_px], [0, lens.fy_px or 0, lens.cy_px], [0, 0, 1]])
    pixels, _ = cv2.projectPoints(rays[near], np.zeros(3), np.zeros(3), matrix, np.array(lens.distortion))
    noisy = pixels[:, 0] + random.normal(0, PIXEL_PX, (len(near), 2))
    inside = (noisy > MARGIN_PX) & (noisy < np.array([lens.width_px, lens.height_px]) - MARGIN_PX)
    shown = inside.all(axis=1) & (random.random(len(near)) < FOUND)
    for marker, (u_px, v_px) in zip(near[shown], noisy[shown], strict=True):
        yield Look(round(frame_s * 1e6), int(marker), float(u_px), float(v_px))


def true_heading_rad(truth: Any, time_s: float) -> float:
    """The true heading at a UTC time in seconds."""
    return float(np.interp(time_s, truth["t_utc"], np.unwrap(np.radians(truth["yaw"]))))
