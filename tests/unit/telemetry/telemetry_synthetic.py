"""Builds .tlog bytes frame by frame with pymavlink, for the tests of this folder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

START_US = 1_795_169_100_000_000
SHARED = Path(__file__).parents[4] / "shared" / "data"


def shared_file(name: str) -> Path:
    """A file of the data pack beside the repository; skips the test without it."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the data pack is not here: ../shared/data/{name}")
    return path


def record(stamp_us: int, frame: bytes) -> bytes:
    return stamp_us.to_bytes(8, "big") + frame


def frame_of(
    message_id: int,
    payload: bytes,
    *,
    crc_extra: int,
    version: int = 2,
    signed: bool = False,
    seq: int = 0,
    system_id: int = 1,
) -> bytes:
    """A frame by hand, so that payloads and ids can be what no library would send."""
    if version == 1:
        body = bytes([len(payload), seq, system_id, 1, message_id]) + payload
    else:
        head = bytes([len(payload), int(signed), 0, seq, system_id, 1])
        body = head + message_id.to_bytes(3, "little") + payload
    crc = mavlink.x25crc(body + bytes([crc_extra])).crc
    frame = bytes([0xFE if version == 1 else 0xFD]) + body + crc.to_bytes(2, "little")
    return frame + (bytes(range(13)) if signed else b"")


@dataclass
class LogBuilder:
    """Collects records; ``spans`` holds the first and past-last byte of each."""

    data: bytearray = field(default_factory=bytearray)
    spans: list[tuple[int, int]] = field(default_factory=list)
    stamp_us: int = START_US

    def add(self, frame: bytes, stamp_us: int | None = None) -> None:
        begin = len(self.data)
        self.data += record(self.stamp_us if stamp_us is None else stamp_us, frame)
        self.spans.append((begin, len(self.data)))
        self.stamp_us += 1000

    def send(
        self, message: Any, *, source: tuple[int, int] = (1, 1), version: int = 2, stamp_us: int | None = None
    ) -> None:
        sender = mavlink.MAVLink(None, srcSystem=source[0], srcComponent=source[1])
        sender.seq = len(self.spans) % 256
        self.add(bytes(message.pack(sender, force_mavlink1=version == 1)), stamp_us)

    def bytes(self) -> bytes:
        return bytes(self.data)


def heartbeat(*, kind: int = 2, autopilot: int = 3) -> Any:
    return mavlink.MAVLink_heartbeat_message(kind, autopilot, 0, 0, 4, 3)


def ground_station() -> Any:
    return heartbeat(kind=6, autopilot=8)


def attitude(boot_ms: int, roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> Any:
    return mavlink.MAVLink_attitude_message(boot_ms, roll, pitch, yaw, 0, 0, 0)


def position(
    boot_ms: int,
    *,
    lat_deg: float = 16.44,
    lon_deg: float = 104.75,
    alt_msl_m: float = 312.0,
    above_home_m: float = 100.0,
) -> Any:
    return mavlink.MAVLink_global_position_int_message(
        boot_ms,
        round(lat_deg * 1e7),
        round(lon_deg * 1e7),
        round(alt_msl_m * 1e3),
        round(above_home_m * 1e3),
        500,
        -100,
        10,
        0,
    )


def gps(fix_type: int = 3, *, eph: int = 65535, h_acc_mm: int = 0, v_acc_mm: int = 0) -> Any:
    return mavlink.MAVLink_gps_raw_int_message(
        0, fix_type, 164400000, 1047500000, 312000, eph, 65535, 0, 0, 10, 0, h_acc_mm, v_acc_mm, 0, 0, 0
    )


def system_time(boot_ms: int, utc_us: int) -> Any:
    return mavlink.MAVLink_system_time_message(utc_us, boot_ms)


def home(*, alt_msl_m: float) -> Any:
    return mavlink.MAVLink_home_position_message(
        164400000, 1047500000, round(alt_msl_m * 1e3), 0, 0, 0, [1, 0, 0, 0], 0, 0, 0
    )


def gimbal(boot_ms: int, q: tuple[float, float, float, float], flags: int) -> Any:
    nan = math.nan
    return mavlink.MAVLink_gimbal_device_attitude_status_message(0, 0, boot_ms, flags, q, nan, nan, nan, 0)


def camera_fov(boot_ms: int, q: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0), hfov_deg: float = 62.0) -> Any:
    return mavlink.MAVLink_camera_fov_status_message(boot_ms, 0, 0, 0, 0, 0, 0, q, hfov_deg, 37.0)


def add_flight(
    log: LogBuilder,
    *,
    source: tuple[int, int] = (1, 1),
    boot_ms: tuple[int, int] = (10_000, 20_000),
    power_on_us: int = START_US,
    yaw_rad: float = 0.0,
    stamp_late_us: int = 0,
    tell_utc: bool = True,
) -> None:
    """10 Hz of attitude and position, northwards at 1e-5 degrees a second, 1 Hz of the rest."""
    for at_ms in range(*boot_ms, 100):
        now_us = power_on_us + at_ms * 1000
        log.stamp_us = now_us + stamp_late_us
        if at_ms % 1000 == 0:
            log.send(heartbeat(), source=source)
            log.send(gps(), source=source)
            log.send(system_time(at_ms, now_us if tell_utc else 0), source=source)
        log.send(attitude(at_ms, yaw=yaw_rad), source=source)
        log.send(position(at_ms, lat_deg=16.44 + at_ms * 1e-8), source=source)
