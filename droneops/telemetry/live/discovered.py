"""What cameras and gimbals say about themselves, read from their messages.

Messages: https://mavlink.io/en/services/camera.html and https://mavlink.io/en/services/gimbal_v2.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.telemetry.live.untrusted import (
    clean_text,
    number_within,
    port_of,
    why_unusable,
    without_secrets,
)

# VIDEO_STREAM_TYPE and VIDEO_STREAM_ENCODING; TYPE_RTP_UDP's address is the number of a port of ours.
_TYPES = {0: "rtsp", 1: "rtp_udp", 2: "tcp_mpeg", 3: "mpeg_ts", 4: "whep"}
_TYPE_RTP_UDP = 1
_ENCODINGS = {1: "h264", 2: "h265"}
_RUNNING = 1
_THERMAL = 2

# Longest lens and largest sensor of any camera that flies, with room; a focal length in metres is not mm.
_FOCAL_MM = (0.1, 5000.0)
_SENSOR_MM = (0.1, 200.0)
# A fisheye sees more than half the circle; the pinhole that everything here counts with does not.
_HFOV_DEG = (0.01, 179.0)
_FRAMERATE_HZ = (0.01, 1000.0)
_ANGLE_RAD = (-4 * math.pi, 4 * math.pi)

FOV_STATUS = "CAMERA_FOV_STATUS"
STREAM_HFOV = "VIDEO_STREAM_INFORMATION"
FOCAL_LENGTH = "focal length and sensor width"


@dataclass(frozen=True, slots=True)
class VideoStream:
    """One stream of a camera; None is unknown.

    ``uri`` is as sent (a login in it included: show ``uri_shown``), but for RTP over UDP, where a port
    becomes an address to listen at. ``unusable`` says why it cannot be opened, empty if it can. ``encoding``
    is h264, h265 or empty; ``rotation_deg`` is clockwise.
    """

    stream_id: int
    type: str
    name: str
    uri: str
    unusable: str
    encoding: str
    width_px: int | None
    height_px: int | None
    framerate_hz: float | None
    bitrate_bps: int | None
    rotation_deg: int
    is_running: bool
    is_thermal: bool
    hfov_deg: float | None

    @property
    def uri_shown(self) -> str:
        """The address without user and password."""
        return without_secrets(self.uri)


@dataclass(frozen=True, slots=True)
class CameraInformation:
    """A camera's CAMERA_INFORMATION; None is unknown."""

    vendor: str
    model: str
    width_px: int | None
    height_px: int | None
    focal_mm: float | None
    sensor_width_mm: float | None

    @property
    def hfov_rad(self) -> float | None:
        """Horizontal field of view of a pinhole: 2 atan(width / 2 focal length)."""
        if self.focal_mm is None or self.sensor_width_mm is None:
            return None
        return 2 * math.atan(self.sensor_width_mm / (2 * self.focal_mm))


@dataclass(frozen=True, slots=True)
class DiscoveredCamera:
    """A camera: sent by ``component_id``, and which of its cameras (``camera_device_id``, 0: itself).

    ``hfov_rad`` with ``hfov_source`` FOV_STATUS (follows the zoom), STREAM_HFOV or FOCAL_LENGTH (empty:
    unknown). None and empty texts are unknown.
    """

    system_id: int
    component_id: int
    camera_device_id: int
    vendor: str
    model: str
    width_px: int | None
    height_px: int | None
    focal_mm: float | None
    sensor_width_mm: float | None
    hfov_rad: float | None
    hfov_source: str
    streams: tuple[VideoStream, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """From ``low_rad`` to ``high_rad``."""

    low_rad: float
    high_rad: float


@dataclass(frozen=True, slots=True)
class DiscoveredGimbal:
    """A gimbal: told by ``component_id``, itself or its manager.

    ``device_id`` is the gimbal's own component id, or 1 to 6 for one without MAVLink behind ``component_id``.

    ``capabilities`` are GIMBAL_DEVICE_CAP_FLAGS bits, with a manager's above them. Limits are None where
    they are unknown.
    """

    system_id: int
    component_id: int
    device_id: int
    vendor: str
    model: str
    capabilities: int
    roll: Limits | None
    pitch: Limits | None
    yaw: Limits | None


def read_camera(fields: np.void) -> CameraInformation:
    """From CAMERA_INFORMATION."""
    return CameraInformation(
        vendor=clean_text(fields["vendor_name"]),
        model=clean_text(fields["model_name"]),
        width_px=int(fields["resolution_h"]) or None,
        height_px=int(fields["resolution_v"]) or None,
        focal_mm=number_within(fields["focal_length"], *_FOCAL_MM),
        sensor_width_mm=number_within(fields["sensor_size_h"], *_SENSOR_MM),
    )


def read_hfov_rad(fields: np.void) -> float | None:
    """From CAMERA_FOV_STATUS."""
    hfov_deg = number_within(fields["hfov"], *_HFOV_DEG)
    return None if hfov_deg is None else math.radians(hfov_deg)


def read_stream(fields: np.void) -> VideoStream:
    """From VIDEO_STREAM_INFORMATION."""
    raw = clean_text(fields["uri"])
    uri = _listening(raw) if int(fields["type"]) == _TYPE_RTP_UDP else raw
    flags = int(fields["flags"])
    return VideoStream(
        stream_id=int(fields["stream_id"]),
        type=_TYPES.get(int(fields["type"]), f"type {int(fields['type'])}"),
        name=clean_text(fields["name"]),
        uri=uri,
        unusable=why_unusable(uri),
        encoding=_ENCODINGS.get(int(fields["encoding"]), ""),
        width_px=int(fields["resolution_h"]) or None,
        height_px=int(fields["resolution_v"]) or None,
        framerate_hz=number_within(fields["framerate"], *_FRAMERATE_HZ),
        bitrate_bps=int(fields["bitrate"]) or None,
        rotation_deg=int(fields["rotation"]) % 360,
        is_running=bool(flags & _RUNNING),
        is_thermal=bool(flags & _THERMAL),
        hfov_deg=number_within(fields["hfov"], *_HFOV_DEG),
    )


def _listening(uri: str) -> str:
    port = port_of(uri)
    return uri if port is None else f"rtp://0.0.0.0:{port}"


def read_gimbal(fields: np.void, system_id: int, component_id: int) -> DiscoveredGimbal:
    """From GIMBAL_DEVICE_INFORMATION or GIMBAL_MANAGER_INFORMATION, which names no vendor and model."""
    names = fields.dtype.names or ()
    return DiscoveredGimbal(
        system_id=system_id,
        component_id=component_id,
        device_id=int(fields["gimbal_device_id"]) or component_id,
        vendor=clean_text(fields["vendor_name"]) if "vendor_name" in names else "",
        model=clean_text(fields["model_name"]) if "model_name" in names else "",
        capabilities=int(fields["cap_flags"]),
        roll=_limits(fields, "roll"),
        pitch=_limits(fields, "pitch"),
        yaw=_limits(fields, "yaw"),
    )


def _limits(fields: np.void, axis: str) -> Limits | None:
    low = number_within(fields[f"{axis}_min"], *_ANGLE_RAD)
    high = number_within(fields[f"{axis}_max"], *_ANGLE_RAD)
    # Both zero is a field that nobody filled in: a gimbal without an axis says so in its capabilities.
    return Limits(low, high) if low is not None and high is not None and low < high else None


def make_camera(
    who: tuple[int, int, int],
    information: CameraInformation | None,
    fov_rad: float | None,
    streams: tuple[VideoStream, ...],
) -> DiscoveredCamera:
    """What is known of camera ``who`` (system, component, camera device), the best field of view first."""
    told = information or CameraInformation("", "", None, None, None, None)
    hfov_rad, source = _best_hfov(told, fov_rad, streams)
    return DiscoveredCamera(
        *who,
        vendor=told.vendor,
        model=told.model,
        width_px=told.width_px,
        height_px=told.height_px,
        focal_mm=told.focal_mm,
        sensor_width_mm=told.sensor_width_mm,
        hfov_rad=hfov_rad,
        hfov_source=source,
        streams=streams,
    )


def _best_hfov(
    told: CameraInformation, fov_rad: float | None, streams: tuple[VideoStream, ...]
) -> tuple[float | None, str]:
    """CAMERA_FOV_STATUS knows the zoom; a stream's is in whole degrees, but of the picture as sent."""
    if fov_rad is not None:
        return fov_rad, FOV_STATUS
    for stream in streams:
        if stream.hfov_deg is not None and not stream.is_thermal:
            return math.radians(stream.hfov_deg), STREAM_HFOV
    return (told.hfov_rad, FOCAL_LENGTH) if told.hfov_rad is not None else (None, "")
