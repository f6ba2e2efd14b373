"""A made-up patrol over targets: what its telemetry says, and where its camera sees them.

The pictures are projected by OpenCV from the truth, with rotations by SciPy: not by the code under test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from droneops.calibration.looks import Look, Seen
from droneops.calibration.model import Problem
from droneops.calibration.targets import Target
from droneops.geo.camera import Bias, Camera, CameraSigma, Lens, Mount
from droneops.geo.wgs84 import LocalPlane
from droneops.types import NoPose, Pose, Reason, Sigma, read_only

START_US = 1_795_169_250_400_000
PLANE = LocalPlane.at(16.44, 104.75)
GROUND_M, HEIGHT_M = 212.0, 100.0
RATE_HZ = 50.0
SIGMA_M = Sigma(0.3, "made")
LOW = Sigma(0.0, "made")
GIVEN_LENS = Lens(1280, 720, 1065.0, 1065.0, 646.3, 355.2, (-0.08, 0.01, 0.0, 0.0, 0.0))
GIVEN = Camera(
    "given",
    GIVEN_LENS,
    "file",
    Mount("stabilised", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    Bias(0.0, 0.0),
    CameraSigma(math.radians(3), math.radians(1), math.radians(0.5), 0.1, 1.5, 0.01),
    None,
)
CAMERA_AXES = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Truth:
    """What the given camera file does not know, and how the telemetry errs."""

    heading_deg: float = 3.0
    boresight_deg: tuple[float, float, float] = (0.8, -1.2, 0.5)
    focal_percent: float = 1.5
    late_s: float = 0.35
    gimbal_lag_s: float = 0.12
    pixel_px: float = 0.3
    wander_deg: float = 0.2
    deviation_deg: float = 0.3
    place_m: float = 0.2
    lasting_m: float = 0.3
    gimbal_moves: bool = True
    video_s: float = 110.0
    speed_mps: float = 10.0
    lane_s: float = 30.0
    seed: int = 0


@dataclass(frozen=True)
class MadePatrol:
    """Columns (n,) at RATE_HZ from 5 s before the video; ``at`` is the telemetry."""

    truth: Truth
    columns: dict[str, np.ndarray]
    gap_s: tuple[float, float] = (math.inf, math.inf)
    targets: dict[int, Target] = field(default_factory=dict)

    def value(self, name: str, t_s: float) -> float:
        return float(np.interp(t_s, self.columns["t"], self.columns[name]))

    def at(self, time_us: int) -> Pose | NoPose:
        t = (time_us - START_US) / 1e6
        if not self.columns["t"][0] <= t <= self.columns["t"][-1]:
            return NoPose(time_us, Reason.NO_POSE)
        if self.gap_s[0] < t < self.gap_s[1]:
            return NoPose(time_us, Reason.POSE_TOO_OLD)
        told = self.value("told_heading", t)
        gimbal = _turn(told + self.value("told_yaw", t), self.value("told_pitch", t))
        lat_deg, lon_deg = PLANE.lat_lon_deg(self.value("told_east", t), self.value("told_north", t))
        return Pose(
            drone_id="d",
            time_us=time_us,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_msl_m=GROUND_M + HEIGHT_M,
            alt_above_home_m=HEIGHT_M,
            ned_from_body=read_only(_turn(told, 0.0).as_quat(scalar_first=True)),
            ned_from_gimbal=read_only(gimbal.as_quat(scalar_first=True)),
            velocity_ned_mps=read_only((0.0, 0.0, 0.0)),
            hfov_rad=None,
            position_sigma_m=SIGMA_M,
            altitude_sigma_m=SIGMA_M,
            attitude_sigma_rad=LOW,
            gimbal_sigma_rad=LOW,
            age_s=0.0,
        )


def _turn(heading_rad: float, pitch_rad: float) -> Rotation:
    return Rotation.from_euler("ZYX", [heading_rad, pitch_rad, 0.0])


def _wandering(random: np.random.Generator, n: int, sigma: float, memory_s: float) -> np.ndarray:
    keep = math.exp(-1 / (RATE_HZ * memory_s))
    values = np.empty(n)
    values[0] = random.normal(0, sigma)
    shocks = random.normal(0, sigma * math.sqrt(1 - keep**2), n)
    for i in range(1, n):
        values[i] = keep * values[i - 1] + shocks[i]
    return values


def _lagging(told: np.ndarray, lag_s: float) -> np.ndarray:
    """First order, at most 60 degrees a second: the recorded patrols' gimbal."""
    if not lag_s:
        return told
    seen = np.empty_like(told)
    seen[0] = told[0]
    most = math.radians(60) / RATE_HZ
    for i in range(1, len(told)):
        seen[i] = seen[i - 1] + np.clip((told[i] - seen[i - 1]) / (lag_s * RATE_HZ), -most, most)
    return seen


def _stepped(random: np.random.Generator, t: np.ndarray, low: float, high: float) -> np.ndarray:
    """What a pilot asks of a gimbal: a new angle every few seconds, reached at 15 degrees a second."""
    knots = np.arange(t[0] - 10, t[-1] + 10, 6.0)
    wanted = np.radians(random.uniform(low, high, len(knots)))[np.searchsorted(knots, t) - 1]
    told = np.empty_like(t)
    told[0] = wanted[0]
    most = math.radians(15) / RATE_HZ
    for i in range(1, len(t)):
        told[i] = told[i - 1] + np.clip(wanted[i] - told[i - 1], -most, most)
    return told


def made_patrol(truth: Truth) -> MadePatrol:
    """Lanes there and back, a turn of 4 s at each end."""
    random = np.random.default_rng(truth.seed)
    t = np.arange(-5.0, truth.video_s + 5.0, 1 / RATE_HZ)
    n, period = len(t), truth.lane_s + 4.0
    done = np.floor((t + 5) / period)
    part = np.clip(((t + 5) - done * period - truth.lane_s) / 4.0, 0, 1)
    heading = 0.6 + math.pi * (done + part) * np.where(truth.speed_mps > 0, 1, 0)
    north, east = (np.cumsum(truth.speed_mps * f(heading)) / RATE_HZ for f in (np.cos, np.sin))
    pitch, yaw = np.full(n, math.radians(-60.0)), np.zeros(n)
    if truth.gimbal_moves:
        pitch, yaw = _stepped(random, t, -80, -30), _stepped(random, t, -40, 40)
    deviation = math.radians(truth.deviation_deg) * np.sin(heading + random.uniform(0, 2 * math.pi))
    wander = _wandering(random, n, math.radians(truth.wander_deg), 20.0)
    off = [_wandering(random, n, truth.place_m, 60.0) + random.normal(0, truth.lasting_m) for _ in range(2)]
    columns = {
        "t": t,
        "heading": heading,
        "north": north,
        "east": east,
        "pitch": _lagging(pitch, truth.gimbal_lag_s),
        "yaw": _lagging(yaw, truth.gimbal_lag_s),
        "told_heading": heading - math.radians(truth.heading_deg) + deviation + wander,
        "told_pitch": pitch,
        "told_yaw": yaw,
        "told_north": north + off[0],
        "told_east": east + off[1],
    }
    return MadePatrol(truth, columns, targets=_targets(columns, random))


def _targets(columns: dict[str, np.ndarray], random: np.random.Generator) -> dict[int, Target]:
    """One in each square of 80 m of what the drone flies over and before."""
    targets: dict[int, Target] = {}
    norths, easts = (
        np.arange(columns[k].min() - 130, columns[k].max() + 130, 80.0) for k in ("north", "east")
    )
    for north in norths:
        for east in easts:
            place = (east + random.uniform(0, 60), north + random.uniform(0, 60))
            lat_deg, lon_deg = PLANE.lat_lon_deg(*place)
            targets[len(targets)] = Target(len(targets), lat_deg, lon_deg, GROUND_M)
    return targets


def made_looks(patrol: MadePatrol, per_second: float = 2.5) -> tuple[Look, ...]:
    """Each target that is in a picture, at the frame's nominal time."""
    truth, lens = patrol.truth, GIVEN_LENS
    random = np.random.default_rng(truth.seed + 10_000)
    scale = 1 + truth.focal_percent / 100
    matrix = np.array([[lens.fx_px * scale, 0, lens.cx_px], [0, lens.fy_px * scale, lens.cy_px], [0, 0, 1]])
    roll, pitch, yaw = np.radians(truth.boresight_deg)
    gimbal_from_camera = Rotation.from_euler("ZYX", [yaw, pitch, roll]).as_matrix() @ CAMERA_AXES
    spots = np.array([PLANE.east_north_m(k.lat_deg, k.lon_deg) for k in patrol.targets.values()])
    looks = []
    for frame_s in np.arange(0, truth.video_s, 1 / per_second):
        t = frame_s - truth.late_s
        here = np.array([patrol.value("north", t), patrol.value("east", t)])
        turn = _turn(patrol.value("heading", t) + patrol.value("yaw", t), patrol.value("pitch", t))
        away = np.column_stack((spots[:, 1] - here[0], spots[:, 0] - here[1], np.full(len(spots), HEIGHT_M)))
        seen = away @ turn.as_matrix() @ gimbal_from_camera
        ahead = np.flatnonzero((seen[:, 2] > 1) & (np.abs(seen[:, :2]).max(axis=1) < seen[:, 2]))
        if not len(ahead):
            continue
        pixels, _ = cv2.projectPoints(
            seen[ahead], np.zeros(3), np.zeros(3), matrix, np.array(lens.distortion)
        )
        pixels = pixels[:, 0] + random.normal(0, truth.pixel_px, (len(ahead), 2))
        frame_us = START_US + round(frame_s * 1e6)
        looks += [
            Look(frame_us, int(row), float(u), float(v))
            for row, (u, v) in zip(ahead, pixels, strict=True)
            if 0 <= u < 1280 and 0 <= v < 720
        ]
    return tuple(looks)


def made_problem(truth: Truth, camera: Camera = GIVEN) -> tuple[Problem, Seen]:
    """The patrol's looks against its telemetry."""
    patrol = made_patrol(truth)
    looks = made_looks(patrol)
    return Problem(looks, patrol.targets, patrol, camera, 0.0), Seen(looks, len(looks), {})
