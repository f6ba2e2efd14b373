"""The health of a link as goes into JSON: times as text, angles in degrees, unknown as null, no secrets."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from droneops import times
from droneops.telemetry.live.discovered import DiscoveredCamera, VideoStream
from droneops.telemetry.live.health import LinkHealth, VehicleHealth
from droneops.telemetry.live.link_state import LinkStatus
from droneops.telemetry.live.loss import LossCounts
from droneops.types import NoPose, Pose


def health_json(health: LinkHealth) -> dict[str, Any]:
    """All of it."""
    recording = health.recording
    return {
        "time": times.to_text(health.time_us),
        "link": _link_json(health.link),
        "vehicles": [_vehicle_json(vehicle) for vehicle in health.vehicles],
        "other_components": health.other_components,
        "echoes": health.echoes,
        "signatures": health.signatures,
        "recording": {**asdict(recording), "file": _text(recording.file)} if recording else None,
        "warnings": list(health.warnings),
    }


def _link_json(link: LinkStatus) -> dict[str, Any]:
    moments = ("since", "next_attempt", "last_frame")
    values = asdict(link)
    return values | {name: _moment(values.pop(f"{name}_us")) for name in moments}


def _vehicle_json(vehicle: VehicleHealth) -> dict[str, Any]:
    values = {
        name: getattr(vehicle, name)
        for name in ("drone_id", "system_id", "component_id", "peer", "mav_type", "autopilot", "is_armed")
    }
    return values | {
        "last_heard": _moment(vehicle.last_heard_us),
        "restarts": vehicle.restarts,
        "refused": vehicle.refused,
        "loss": _loss_json(vehicle.loss),
        "loss_total": _loss_json(vehicle.loss_total),
        "vitals": asdict(vehicle.vitals),
        "rates": [asdict(rate) for rate in vehicle.rates],
        "requests": [asdict(request) for request in vehicle.requests],
        "cameras": [_camera_json(camera) for camera in vehicle.cameras],
        "gimbals": [asdict(gimbal) for gimbal in vehicle.gimbals],
        "pose": _pose_json(vehicle.pose),
        "warnings": list(vehicle.warnings),
    }


def _loss_json(loss: LossCounts) -> dict[str, Any]:
    return asdict(loss) | {"lost_ratio": loss.lost_ratio}


def _camera_json(camera: DiscoveredCamera) -> dict[str, Any]:
    values = asdict(camera)
    hfov_rad = values.pop("hfov_rad")
    streams = [_stream_json(stream) for stream in camera.streams]
    return values | {"hfov_deg": None if hfov_rad is None else math.degrees(hfov_rad), "streams": streams}


def _stream_json(stream: VideoStream) -> dict[str, Any]:
    return asdict(stream) | {"uri": stream.uri_shown}


def _pose_json(pose: Pose | NoPose | None) -> dict[str, Any] | None:
    if not isinstance(pose, Pose):
        return {"time": times.to_text(pose.time_us), "reason": str(pose.reason)} if pose else None
    return {
        "time": times.to_text(pose.time_us),
        "lat_deg": round(pose.lat_deg, 8),
        "lon_deg": round(pose.lon_deg, 8),
        "alt_msl_m": _height(pose.alt_msl_m),
        "alt_above_home_m": _height(pose.alt_above_home_m),
        "position_sigma_m": asdict(pose.position_sigma_m),
        "gimbal_known": pose.ned_from_gimbal is not None,
    }


def _height(height_m: float) -> float | None:
    return round(height_m, 3) if math.isfinite(height_m) else None


def _moment(time_us: int | None) -> str | None:
    return None if time_us is None else times.to_text(time_us)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
