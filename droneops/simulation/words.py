"""What the simulated drone says in MAVLink at an instant: message names and fields, by component."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from droneops.geo.camera import Camera
from droneops.simulation.flight import DroneState, plane_at, state_at
from droneops.simulation.scenario import DroneSection, Scenario
from droneops.telemetry.quaternion import from_euler

AUTOPILOT, CAMERA, GIMBAL = 1, 100, 154
# The autopilot was switched on so long before the scenario begins.
BOOT_BEFORE_S = 60.0
# GIMBAL_DEVICE_FLAGS: roll lock, pitch lock, yaw in vehicle frame.
_GIMBAL_FLAGS = 4 | 8 | 32
# EKF_STATUS_FLAGS of an ArduPilot that flies with a good fix: attitude, velocities, positions, no fault.
_EKF_GOOD = 831
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """One simulated drone: its script, its camera, and the UTC microseconds of second 0."""

    scenario: Scenario
    drone: DroneSection
    camera: Camera
    start_us: int

    def state(self, t_s: float) -> DroneState:
        """The drone at a second of the scenario."""
        return state_at(self.drone, t_s, self.scenario.file.seed + self.drone.system_id * 100)

    def utc_us(self, t_s: float) -> int:
        """The vehicle's clock."""
        return self.start_us + round(t_s * 1e6)


@dataclass(frozen=True, slots=True)
class Say:
    """A message of a component at a rate."""

    name: str
    component_id: int
    rate_hz: float
    fields: Callable[[Vehicle, float], Fields]


def boot_ms(t_s: float) -> int:
    """Milliseconds since the vehicle was switched on."""
    return round((t_s + BOOT_BEFORE_S) * 1000)


def _heartbeat(kind: int, autopilot: int, base_mode: int) -> Callable[[Vehicle, float], Fields]:
    fields = {"type": kind, "autopilot": autopilot, "base_mode": base_mode}
    return lambda *_: {**fields, "system_status": 4, "mavlink_version": 3, "custom_mode": 3}


def _system_time(vehicle: Vehicle, t_s: float) -> Fields:
    return {"time_unix_usec": vehicle.utc_us(t_s), "time_boot_ms": boot_ms(t_s)}


def _believed_e7(vehicle: Vehicle, state: DroneState) -> tuple[int, int]:
    east_m, north_m = (float(value) for value in state.believed_enu_m[:2])
    lat_deg, lon_deg = plane_at(vehicle.scenario.file.place).lat_lon_deg(east_m, north_m)
    return round(lat_deg * 1e7), round(lon_deg * 1e7)


def _position(vehicle: Vehicle, t_s: float) -> Fields:
    state = vehicle.state(t_s)
    lat_e7, lon_e7 = _believed_e7(vehicle, state)
    above_m = float(state.believed_enu_m[2])
    east, north, up = (round(float(value) * 100) for value in state.velocity_enu_mps)
    heading_cdeg = round(math.degrees(state.believed_heading_rad) * 100) % 36_000
    alt_mm = round((vehicle.scenario.file.place.ground_alt_msl_m + above_m) * 1000)
    place = {"lat": lat_e7, "lon": lon_e7, "alt": alt_mm, "relative_alt": round(above_m * 1000)}
    return {**place, "time_boot_ms": boot_ms(t_s), "vx": north, "vy": east, "vz": -up, "hdg": heading_cdeg}


def _gps(vehicle: Vehicle, t_s: float) -> Fields:
    state = vehicle.state(t_s)
    lat_e7, lon_e7 = _believed_e7(vehicle, state)
    alt_mm = round((vehicle.scenario.file.place.ground_alt_msl_m + float(state.believed_enu_m[2])) * 1000)
    h_acc_mm = max(300, round(vehicle.drone.gps_sigma_m * 1000))
    speed = math.hypot(*state.velocity_enu_mps[:2])
    course_cdeg = round(math.degrees(math.atan2(*state.velocity_enu_mps[:2])) * 100) % 36_000
    fix = {"time_usec": vehicle.utc_us(t_s), "fix_type": 3, "satellites_visible": 17, "eph": 70, "epv": 110}
    where = {"lat": lat_e7, "lon": lon_e7, "alt": alt_mm, "vel": round(speed * 100), "cog": course_cdeg}
    return {**fix, **where, "h_acc": h_acc_mm, "v_acc": round(1.5 * h_acc_mm), "vel_acc": 200}


def _attitude(vehicle: Vehicle, t_s: float) -> Fields:
    state = vehicle.state(t_s)
    angles = {"roll": state.roll_rad, "pitch": state.pitch_rad, "yaw": state.believed_heading_rad}
    return {**angles, "time_boot_ms": boot_ms(t_s)}


def _gimbal(vehicle: Vehicle, t_s: float) -> Fields:
    state = vehicle.state(t_s)
    vehicle_from_gimbal = from_euler(0.0, state.gimbal_pitch_rad, state.gimbal_yaw_rad)
    told = {"time_boot_ms": boot_ms(t_s), "flags": _GIMBAL_FLAGS, "q": vehicle_from_gimbal}
    return {**told, "delta_yaw": math.nan, "delta_yaw_velocity": math.nan}


def _fov(vehicle: Vehicle, t_s: float) -> Fields:
    state = vehicle.state(t_s)
    lens = vehicle.camera.lens
    hfov, vfov = (
        math.degrees(2 * math.atan(side / 2 / (focal or 1.0)))
        for side, focal in ((lens.width_px, lens.fx_px), (lens.height_px, lens.fy_px))
    )
    yaw = state.believed_heading_rad + state.gimbal_yaw_rad
    q = from_euler(0.0, state.gimbal_pitch_rad, yaw)
    unknown = {f"{axis}_{end}": 2**31 - 1 for axis in ("lat", "lon", "alt") for end in ("camera", "image")}
    return {"time_boot_ms": boot_ms(t_s), "hfov": hfov, "vfov": vfov, "q": q, **unknown}


def _home(vehicle: Vehicle, t_s: float) -> Fields:
    place = vehicle.scenario.file.place
    alt_mm = round(place.ground_alt_msl_m * 1000)
    where = {"latitude": round(place.lat_deg * 1e7), "longitude": round(place.lon_deg * 1e7)}
    return {**where, "altitude": alt_mm, "q": (1.0, 0.0, 0.0, 0.0), "time_usec": vehicle.utc_us(t_s)}


def _health(*_: object) -> Fields:
    return {"voltage_battery": 22_800, "current_battery": 1_800, "battery_remaining": 82}


def _estimate(*_: object) -> Fields:
    return {
        "flags": _EKF_GOOD,
        "velocity_variance": 0.05,
        "pos_horiz_variance": 0.05,
        "compass_variance": 0.03,
    }


# Types and rates as an ArduPilot quadcopter with a gimbal and a camera that speak MAVLink themselves.
# MAV_TYPE: quadrotor 2, gimbal 26, camera 30. MAV_AUTOPILOT: ArduPilot 3, none 8. Base mode: armed, guided.
SAYS: tuple[Say, ...] = (
    Say("HEARTBEAT", AUTOPILOT, 1, _heartbeat(2, 3, 0xD9)),
    Say("HEARTBEAT", CAMERA, 1, _heartbeat(30, 8, 0)),
    Say("HEARTBEAT", GIMBAL, 1, _heartbeat(26, 8, 0)),
    Say("SYSTEM_TIME", AUTOPILOT, 2, _system_time),
    Say("GLOBAL_POSITION_INT", AUTOPILOT, 10, _position),
    Say("GPS_RAW_INT", AUTOPILOT, 5, _gps),
    Say("ATTITUDE", AUTOPILOT, 20, _attitude),
    Say("GIMBAL_DEVICE_ATTITUDE_STATUS", GIMBAL, 20, _gimbal),
    Say("CAMERA_FOV_STATUS", CAMERA, 2, _fov),
    Say("EKF_STATUS_REPORT", AUTOPILOT, 2, _estimate),
    Say("SYS_STATUS", AUTOPILOT, 1, _health),
    Say("HOME_POSITION", AUTOPILOT, 0.5, _home),
)
