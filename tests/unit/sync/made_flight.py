"""A made-up flight over a textured plane: what its telemetry says, and what its camera sees.

The pictures are made from the truth by a projection of their own, not by the code under test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from droneops.camera_file import assumed_camera
from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.geo.rotation import GIMBAL_FROM_CAMERA_AXES, from_rpy
from droneops.geo.wgs84 import LocalPlane
from droneops.sync.motion import GreyFrame, MotionPair
from droneops.types import NoPose, Pose, Reason, Sigma, read_only

START_US = 1_795_169_250_400_000
WIDTH, HEIGHT = 320, 240
HFOV_RAD = math.radians(62.0)
FOCAL_PX = WIDTH / 2 / math.tan(HFOV_RAD / 2)
ABOVE_M = 60.0
SIGMA = Sigma(0.1, "made")
PLANE = LocalPlane.at(16.44, 104.75)
GROUND = Ground(None, Sigma(3.0, "made"))
TEXEL_M = 0.25


def camera() -> Camera:
    return assumed_camera(WIDTH, HEIGHT)


def even(t_s: float) -> float:
    """Nothing changes."""
    return 0.0


def weaving_rad(t_s: float) -> float:
    """A heading that swings, never twice alike."""
    return 0.5 * math.sin(0.7 * t_s) + 0.3 * math.sin(0.31 * t_s + 1)


@dataclass(frozen=True)
class MadeFlight:
    """North at a constant speed, with a heading and a gimbal pitch, both functions of seconds from the start.

    ``seen_pitch_rad`` is where the camera really looks, the telemetry's pitch when None.
    """

    heading_rad: Callable[[float], float] = weaving_rad
    pitch_rad: Callable[[float], float] = lambda t_s: math.radians(-60)
    seen_pitch_rad: Callable[[float], float] | None = None
    speed_mps: float = 8.0
    gap_s: tuple[float, float] = (math.inf, math.inf)

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose as the telemetry tells it; it begins 10 s before the video, and has no end."""
        t_s = (time_us - START_US) / 1e6
        if t_s < -10 or self.gap_s[0] < t_s < self.gap_s[1]:
            return NoPose(time_us, Reason.NO_POSE)
        lat_deg, lon_deg = PLANE.lat_lon_deg(0.0, self.speed_mps * t_s)
        heading = self.heading_rad(t_s)
        return Pose(
            drone_id="d",
            time_us=time_us,
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_msl_m=200 + ABOVE_M,
            alt_above_home_m=ABOVE_M,
            ned_from_body=read_only(_quaternion(0.0, heading)),
            ned_from_gimbal=read_only(_quaternion(self.pitch_rad(t_s), heading)),
            velocity_ned_mps=read_only((self.speed_mps, 0.0, 0.0)),
            hfov_rad=HFOV_RAD,
            position_sigma_m=SIGMA,
            altitude_sigma_m=SIGMA,
            attitude_sigma_rad=SIGMA,
            gimbal_sigma_rad=SIGMA,
            age_s=0.0,
        )

    def picture_from_ground(self, t_s: float) -> np.ndarray:
        """(3, 3): from ground metres (north, east, 1) to homogeneous pixels, at true seconds."""
        pitch = (self.seen_pitch_rad or self.pitch_rad)(t_s)
        camera_from_ned = (from_rpy(0.0, pitch, self.heading_rad(t_s)) @ GIMBAL_FROM_CAMERA_AXES).T
        centre = np.array((self.speed_mps * t_s, 0.0, -ABOVE_M))
        lens = np.array([[FOCAL_PX, 0, (WIDTH - 1) / 2], [0, FOCAL_PX, (HEIGHT - 1) / 2], [0, 0, 1]])
        columns = (camera_from_ned[:, 0], camera_from_ned[:, 1], -camera_from_ned @ centre)
        return lens @ np.column_stack(columns)

    def pairs(
        self, seconds: float, lag_s: float = 0.0, drift: float = 0.0, fps: int = 10
    ) -> list[MotionPair]:
        """Pairs of points; frame k shows the truth at k / fps (1 + drift) - lag_s."""
        rng = np.random.default_rng(1)
        return [self._pair(k, lag_s, drift, fps, rng) for k in range(round(seconds * fps) - 1)]

    def _pair(self, k: int, lag_s: float, drift: float, fps: int, rng: np.random.Generator) -> MotionPair:
        first, second = (self.picture_from_ground(frame / fps * (1 + drift) - lag_s) for frame in (k, k + 1))
        from_px = rng.uniform((0, 0), (WIDTH, HEIGHT), (40, 2))
        to_px = _through(second @ np.linalg.inv(first), from_px) + rng.normal(0, 0.05, (40, 2))
        times = (START_US + round(frame * 1e6 / fps) for frame in (k, k + 1))
        return MotionPair(*times, read_only(from_px), read_only(to_px))

    def frames(self, seconds: float, lag_s: float = 0.0, fps: int = 10) -> list[GreyFrame]:
        """Pictures of a random texture."""
        texture = _texture()
        frames = []
        for k in range(round(seconds * fps)):
            # Texture pixels lie TEXEL_M apart, the middle of their left edge at the start.
            ground_from_texel = np.array([[TEXEL_M, 0, -40], [0, TEXEL_M, -128], [0, 0, 1.0]])
            picture = self.picture_from_ground(k / fps - lag_s) @ ground_from_texel
            image = cv2.warpPerspective(texture, picture, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
            frames.append(GreyFrame(START_US + round(k * 1e6 / fps), image, 1.0))
        return frames


def _texture() -> np.ndarray:
    rng = np.random.default_rng(2)
    size = (1024, 2048)
    layers = [
        cv2.resize(rng.normal(0, 1, (size[0] // n, size[1] // n)), size[::-1], interpolation=cv2.INTER_CUBIC)
        for n in (4, 8, 32)
    ]
    return np.clip(128 + 35 * sum(layers), 0, 255).astype(np.uint8)


def _through(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    seen = np.column_stack((points, np.ones(len(points)))) @ homography.T
    return seen[:, :2] / seen[:, 2:]


def _quaternion(pitch_rad: float, yaw_rad: float) -> tuple[float, float, float, float]:
    p, y = pitch_rad / 2, yaw_rad / 2
    return (
        math.cos(p) * math.cos(y),
        -math.sin(p) * math.sin(y),
        math.sin(p) * math.cos(y),
        math.cos(p) * math.sin(y),
    )
