"""What the simulated drone answers to commands of a ground station."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from droneops.simulation.telemetry import Mouth
from droneops.simulation.words import AUTOPILOT, CAMERA, GIMBAL, SAYS, Fields, Vehicle, boot_ms
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of

_COMMAND_LONG = 76
_SET_MESSAGE_INTERVAL, _REQUEST_MESSAGE = 511, 512
# MAV_RESULT
_ACCEPTED, _UNSUPPORTED = 0, 3
# VIDEO_STREAM_TYPE_RTSP, VIDEO_STREAM_STATUS_FLAGS_RUNNING, VIDEO_STREAM_ENCODING_H264,
# CAMERA_CAP_FLAGS_HAS_VIDEO_STREAM
_RTSP, _RUNNING, _H264, _HAS_STREAM = 0, 1, 1, 256


def replies(vehicle: Vehicle, mouth: Mouth, frame: LiveFrame, t_s: float, stream_uri: str) -> list[bytes]:
    """The frames that answer a command to one of this vehicle's components; none for all else.

    Intervals are acknowledged and kept as they are: the rates are already those of a drone that was asked.
    """
    if not frame.is_known or frame.message_id != _COMMAND_LONG:
        return []
    fields = fields_of(frame, load_dialect().by_id[_COMMAND_LONG])
    component_id = int(fields["target_component"]) or AUTOPILOT
    if int(fields["target_system"]) != vehicle.drone.system_id or component_id not in (
        AUTOPILOT,
        CAMERA,
        GIMBAL,
    ):
        return []
    told = _asked_for(vehicle, fields, component_id, t_s, stream_uri)
    sender = {"target_system": frame.system_id, "target_component": frame.component_id}
    ack = {"command": int(fields["command"]), "result": _UNSUPPORTED if told is None else _ACCEPTED, **sender}
    said = [mouth.frame("COMMAND_ACK", component_id, ack)]
    return said + [mouth.frame(name, component_id, each) for name, each in (told or {}).items()]


def _asked_for(
    vehicle: Vehicle, fields: np.void, component_id: int, t_s: float, stream_uri: str
) -> dict[str, Fields] | None:
    """Messages to be sent by name, or None for a command or a message that the component does not know."""
    command, wanted = int(fields["command"]), float(fields["param1"])
    message = load_dialect().by_id.get(int(wanted)) if 0 <= wanted < 2**24 else None
    if message is None or command not in (_SET_MESSAGE_INTERVAL, _REQUEST_MESSAGE):
        return None
    is_said = any(say.name == message.name and say.component_id == component_id for say in SAYS)
    if command == _SET_MESSAGE_INTERVAL:
        return {} if is_said else None
    answer = _ANSWERS.get((component_id, message.name))
    if answer is not None:
        return {message.name: answer(vehicle, t_s, stream_uri)}
    say = next(
        (s for s in SAYS if is_said and s.name == message.name and s.component_id == component_id), None
    )
    return None if say is None else {message.name: say.fields(vehicle, t_s)}


def _camera(vehicle: Vehicle, t_s: float, _: str) -> Fields:
    lens = vehicle.camera.lens
    return {
        "time_boot_ms": boot_ms(t_s),
        "vendor_name": _text("droneops", 32),
        "model_name": _text("rehearsal", 32),
        "resolution_h": lens.width_px,
        "resolution_v": lens.height_px,
        "flags": _HAS_STREAM,
    }


def _stream(vehicle: Vehicle, _: float, uri: str) -> Fields:
    lens, video = vehicle.camera.lens, vehicle.scenario.file.video
    hfov_deg = math.degrees(2 * math.atan(lens.width_px / 2 / (lens.fx_px or 1.0)))
    size = {"resolution_h": lens.width_px, "resolution_v": lens.height_px, "hfov": round(hfov_deg)}
    kind = {"stream_id": 1, "count": 1, "type": _RTSP, "flags": _RUNNING, "encoding": _H264}
    rates = {"framerate": video.fps, "bitrate": video.kbit_s * 1000}
    return {**size, **kind, **rates, "name": b"eo", "uri": uri.encode()[:159]}


def _gimbal(_: Vehicle, t_s: float, __: str) -> Fields:
    limits = {"pitch_min": -math.pi / 2, "pitch_max": 0.4, "yaw_min": -math.pi, "yaw_max": math.pi}
    names = {"vendor_name": b"droneops", "model_name": b"rehearsal"}
    return {"time_boot_ms": boot_ms(t_s), **limits, **names}


def _text(text: str, length: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode().ljust(length, b"\0"), np.uint8)


_Answer = Callable[[Vehicle, float, str], Mapping[str, Any]]
_ANSWERS: dict[tuple[int, str], _Answer] = {
    (CAMERA, "CAMERA_INFORMATION"): _camera,
    (CAMERA, "VIDEO_STREAM_INFORMATION"): _stream,
    (GIMBAL, "GIMBAL_DEVICE_INFORMATION"): _gimbal,
}
