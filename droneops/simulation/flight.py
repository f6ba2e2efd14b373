"""The drone at an instant: where it truly is, how it stands, where its gimbal looks, and what it believes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from droneops.geo.rotation import about_x, about_y, about_z
from droneops.geo.wgs84 import LocalPlane
from droneops.simulation.motion import along, flown, flown_velocity_mps, last_course_rad, wander
from droneops.simulation.scenario import DroneSection, PlaceSection
from droneops.types import FloatArray

G_MPS2 = 9.81
# Tilt that a multicopter of some kilograms needs against the wind: 20 degrees at 15 m/s.
_TILT_RAD_PER_MPS = math.radians(20.0) / 15.0
_STEP_S = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class DroneState:
    """``enu_m`` east, north, up of the place's ground point; rotations (3, 3) are ``target_from_source``.

    ``believed_enu_m`` and ``believed_heading_rad`` are the autopilot's, with its errors. ``gimbal_yaw_rad``
    is the gimbal's yaw from the vehicle's nose, as its encoders measure it.
    """

    t_s: float
    enu_m: FloatArray
    velocity_enu_mps: FloatArray
    roll_rad: float
    pitch_rad: float
    heading_rad: float
    gimbal_pitch_rad: float
    gimbal_yaw_rad: float
    believed_enu_m: FloatArray
    believed_heading_rad: float

    @property
    def ned_from_gimbal(self) -> FloatArray:
        """The true one: the gimbal is stabilised, level in roll."""
        return about_z(self.heading_rad + self.gimbal_yaw_rad) @ about_y(self.gimbal_pitch_rad)

    @property
    def ned_from_body(self) -> FloatArray:
        """The true one."""
        return about_z(self.heading_rad) @ about_y(self.pitch_rad) @ about_x(self.roll_rad)


def state_at(drone: DroneSection, t_s: float, seed: int) -> DroneState:
    """The drone at second ``t_s`` of the scenario; another ``seed`` is another weather."""
    enu_m = flown(drone.path, t_s) + _sway_m(drone, t_s, seed)
    heading = _heading_rad(drone, t_s)
    roll, pitch = _tilt_rad(drone, t_s, heading)
    down, bearing = _gaze_rad(drone, t_s, enu_m)
    believed = enu_m + _gps_error_m(drone, t_s, seed)
    error = math.radians(drone.heading_error_deg) + wander(t_s, seed + 7, period_s=30.0, sigma=0.003)
    return DroneState(
        t_s,
        enu_m,
        flown_velocity_mps(drone.path, t_s),
        roll,
        pitch,
        heading,
        -down,
        _wrapped(bearing - heading),
        believed,
        _wrapped(heading + error),
    )


def _heading_rad(drone: DroneSection, t_s: float) -> float:
    """The nose follows the way; a drone that hovers all along looks where its camera does at the start."""
    course = last_course_rad(drone.path, t_s)
    if course is not None:
        return course
    aim = along(drone.gaze, 0.0) - along(drone.path, 0.0)
    return math.atan2(aim[0], aim[1]) if np.hypot(*aim) > 1.0 else 0.0


def _tilt_rad(drone: DroneSection, t_s: float, heading: float) -> tuple[float, float]:
    """Roll and pitch that hold it against the wind and bring about its change of speed."""
    change = flown_velocity_mps(drone.path, t_s + _STEP_S) - flown_velocity_mps(drone.path, t_s - _STEP_S)
    push = np.array(
        [math.sin(math.radians(drone.wind_from_deg)), math.cos(math.radians(drone.wind_from_deg))]
    )
    lean = change[:2] / (2 * _STEP_S) / G_MPS2 + _TILT_RAD_PER_MPS * drone.wind_mps * push
    forward = lean[0] * math.sin(heading) + lean[1] * math.cos(heading)
    right = lean[0] * math.cos(heading) - lean[1] * math.sin(heading)
    return math.atan(right), -math.atan(forward)


def _gaze_rad(drone: DroneSection, t_s: float, enu_m: FloatArray) -> tuple[float, float]:
    """Depression and bearing of the gaze point. Straight below, the bearing is north's."""
    aim = along(drone.gaze, t_s) - enu_m[:2]
    range_m = math.hypot(*aim)
    bearing = math.atan2(aim[0], aim[1]) if range_m > 0.5 else 0.0
    return math.atan2(enu_m[2], range_m), bearing


def _sway_m(drone: DroneSection, t_s: float, seed: int) -> FloatArray:
    """What gusts do: a tenth of the wind's speed as metres."""
    sigma = 0.1 * drone.wind_mps
    return np.array(
        [wander(t_s, seed + n, period_s=6.0, sigma=sigma * (0.3 if n == 3 else 1)) for n in (1, 2, 3)]
    )


def _gps_error_m(drone: DroneSection, t_s: float, seed: int) -> FloatArray:
    """Slow, as a receiver's: minutes. Heights are about 1.5 times as bad."""
    sigma = drone.gps_sigma_m
    return np.array(
        [wander(t_s, seed + n, period_s=90.0, sigma=sigma * (1.5 if n == 6 else 1)) for n in (4, 5, 6)]
    )


def _wrapped(angle_rad: float) -> float:
    return math.remainder(angle_rad, 2.0 * math.pi)


@cache
def plane_at(place: PlaceSection) -> LocalPlane:
    """The plane in which the scenario counts its metres."""
    return LocalPlane.at(place.lat_deg, place.lon_deg)
