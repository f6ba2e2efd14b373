"""A vehicle with a camera, played by MAVSDK's server plugins.

    python mavsdk_vehicle.py CONNECTION SYSTEM_ID

Flies east along latitude 16.5 at 10 m/s, level, heading east, until it is killed. Heartbeats, answers to
commands, the camera protocol and what the telemetry plugin can send are MAVSDK's own; the attitude, which it
cannot, is a plain message.
"""

from __future__ import annotations

import json
import math
import sys
import time

from mavsdk import ComponentType, Configuration, Mavsdk
from mavsdk.plugins.camera_server import CameraServer, Information, VideoStreaming
from mavsdk.plugins.mavlink_direct_server import MavlinkDirectServer, MavlinkMessage
from mavsdk.plugins.telemetry_server import (
    FixType,
    GpsInfo,
    Heading,
    Position,
    RawGps,
    TelemetryServer,
    VelocityNed,
)

LAT_DEG, LON_DEG, ALT_MSL_M, HOME_ALT_MSL_M = 16.5, 104.7, 250.0, 130.0
SPEED_MPS = 10.0
METRES_PER_DEGREE = 111_194.93 * math.cos(math.radians(LAT_DEG))
RTSP_URI = "rtsp://patrol:secret@10.0.0.5:8554/main"


def main(connection: str, system_id: int) -> None:
    configuration = Configuration.create_with_component_type(ComponentType.AUTOPILOT)
    configuration.system_id = system_id
    mavsdk = Mavsdk(configuration)
    mavsdk.add_any_connection(connection)
    autopilot = mavsdk.server_component_by_type(ComponentType.AUTOPILOT)
    telemetry = TelemetryServer(autopilot)
    direct = MavlinkDirectServer(autopilot)
    camera = CameraServer(mavsdk.server_component_by_type(ComponentType.CAMERA))
    show_camera(camera)
    telemetry.publish_home(Position(LAT_DEG, LON_DEG, HOME_ALT_MSL_M, 0.0))
    start_s = time.monotonic()
    tick = 0
    while True:
        since_s = time.monotonic() - start_s
        lon_deg = LON_DEG + SPEED_MPS * since_s / METRES_PER_DEGREE
        fly(telemetry, lon_deg)
        direct.send_message(message("ATTITUDE_QUATERNION", attitude(since_s)))
        if tick % 10 == 0:
            telemetry.publish_unix_epoch_time(int(time.time() * 1e6))
        tick += 1
        time.sleep(0.1)


def show_camera(camera: CameraServer) -> None:
    camera.set_information(
        Information(
            vendor_name="Droneops",
            model_name="Rehearsal",
            firmware_version="1.0.0.0",
            focal_length_mm=4.0,
            horizontal_sensor_size_mm=4.8,
            vertical_sensor_size_mm=2.7,
            horizontal_resolution_px=1280,
            vertical_resolution_px=720,
        )
    )
    camera.set_video_streaming(VideoStreaming(True, RTSP_URI))
    camera.set_field_of_view(61.9, 36.0)


def fly(telemetry: TelemetryServer, lon_deg: float) -> None:
    telemetry.publish_position(
        Position(LAT_DEG, lon_deg, ALT_MSL_M, ALT_MSL_M - HOME_ALT_MSL_M),
        VelocityNed(0.0, SPEED_MPS, 0.0),
        Heading(90.0),
    )
    gps = RawGps(
        timestamp_us=0,
        latitude_deg=LAT_DEG,
        longitude_deg=lon_deg,
        absolute_altitude_m=ALT_MSL_M,
        hdop=0.8,
        vdop=1.2,
        velocity_m_s=SPEED_MPS,
        cog_deg=90.0,
        altitude_ellipsoid_m=ALT_MSL_M - 25.0,
        horizontal_uncertainty_m=1.5,
        vertical_uncertainty_m=2.5,
        velocity_uncertainty_m_s=0.2,
        heading_uncertainty_deg=1.0,
        yaw_deg=0.0,
    )
    telemetry.publish_raw_gps(gps, GpsInfo(num_satellites=17, fix_type=FixType.FIX_3D))


def attitude(since_s: float) -> dict[str, float]:
    half = math.pi / 4
    return {
        "time_boot_ms": int(since_s * 1e3),
        "q1": math.cos(half),
        "q2": 0.0,
        "q3": 0.0,
        "q4": math.sin(half),
    }


def message(name: str, fields: dict[str, float]) -> MavlinkMessage:
    return MavlinkMessage(message_name=name, fields_json=json.dumps(fields))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
