"""Writes a .tlog of a made-up patrol: three vehicles, a gimbal and a ground station, MAVLink 1 and 2.

    python benchmarks/synthetic_log.py OUT.tlog [--frames 250000] [--seed 1]

The mix and the rates are those of ArduPilot's default streams; payloads of MAVLink 2 are trimmed. The same
numbers and seed give the same bytes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array, UInt8Array, crc_of_spans
from droneops.telemetry.dialect import MessageType, load_dialect
from droneops.telemetry.headers import MARKER_V1, MARKER_V2, STAMP_BYTES

START_US = 1_795_169_100_000_000
BOOT_US = 30_000_000

VEHICLE_HZ = {
    "ATTITUDE": 10, "GLOBAL_POSITION_INT": 10, "VFR_HUD": 10, "GPS_RAW_INT": 5, "RAW_IMU": 5, "AHRS2": 5,
    "SCALED_PRESSURE": 5, "NAV_CONTROLLER_OUTPUT": 5, "SERVO_OUTPUT_RAW": 4, "RC_CHANNELS": 4,
    "SYS_STATUS": 2, "EKF_STATUS_REPORT": 2, "VIBRATION": 2, "MEMINFO": 2, "POWER_STATUS": 2,
    "MISSION_CURRENT": 2, "WIND": 1, "BATTERY_STATUS": 1, "SYSTEM_TIME": 1, "HEARTBEAT": 1,
    "PARAM_VALUE": 0.5, "STATUSTEXT": 0.2, "HOME_POSITION": 0.1,
}  # fmt: skip
GIMBAL_HZ = {"GIMBAL_DEVICE_ATTITUDE_STATUS": 10, "CAMERA_FOV_STATUS": 1, "HEARTBEAT": 1}
STATION_HZ = {"HEARTBEAT": 1, "COMMAND_LONG": 0.2, "PARAM_REQUEST_READ": 0.2, "MANUAL_CONTROL": 5}

# What MAVLink 1 sends of messages that MAVLink 2 made longer.
BYTES_V1 = {"GPS_RAW_INT": 30, "SYS_STATUS": 31, "SERVO_OUTPUT_RAW": 21, "RAW_IMU": 26, "SCALED_PRESSURE": 14,
            "BATTERY_STATUS": 36, "EKF_STATUS_REPORT": 22, "MEMINFO": 4,
            "STATUSTEXT": 51, "HOME_POSITION": 52}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Who sends, how (MAVLink version), what its HEARTBEAT says, and the rate of each message in Hz."""

    system_id: int
    component_id: int
    version: int
    mav_type: int
    autopilot: int
    rates_hz: dict[str, float]


# Without the shortest: pymavlink's mavlogfile reads at least the 12 bytes that MAVLink 2 has, and so loses
# the record after a shorter frame of MAVLink 1.
PLANE_HZ = {name: rate_hz for name, rate_hz in VEHICLE_HZ.items() if name != "MISSION_CURRENT"}

SOURCES = (
    Source(1, 1, 2, 2, 3, VEHICLE_HZ),
    Source(1, 154, 2, 26, 8, GIMBAL_HZ),
    Source(2, 1, 2, 2, 3, VEHICLE_HZ),
    Source(3, 1, 1, 1, 3, PLANE_HZ),
    Source(255, 190, 2, 6, 8, STATION_HZ),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """One message of one source: its times (n,), and its payloads (n, size)."""

    source: Source
    message: MessageType
    time_us: Int64Array
    payload: UInt8Array


def synthetic_log(frames: int, seed: int = 1) -> bytes:
    """The bytes of a log of ``frames`` frames."""
    rng = np.random.default_rng(seed)
    total_hz = sum(sum(source.rates_hz.values()) for source in SOURCES)
    streams = _streams(frames / total_hz * 1.01 + 10, rng)
    time_us = np.concatenate([stream.time_us for stream in streams])
    kept = np.sort(np.argsort(time_us, kind="stable")[:frames])
    edges = np.cumsum([0, *(len(stream.time_us) for stream in streams)]).tolist()
    parts = [kept[(kept >= a) & (kept < b)] - a for a, b in pairwise(edges)]
    shortened = [
        _Stream(s.source, s.message, s.time_us[rows], s.payload[rows])
        for s, rows in zip(streams, parts, strict=True)
    ]
    return _assembled(shortened)


def _streams(duration_s: float, rng: np.random.Generator) -> list[_Stream]:
    by_name = load_dialect().by_name
    streams = []
    for source in SOURCES:
        for name, rate_hz in source.rates_hz.items():
            ticks = np.arange(1, int(duration_s * rate_hz) + 1) + rng.uniform(-0.5, 0)
            time_us = START_US + (ticks / rate_hz * 1e6).astype(np.int64)
            time_us = np.sort(time_us + rng.integers(0, 20_000, len(time_us)))
            rows = _rows(by_name[name], source, time_us, rng)
            size = rows.dtype.itemsize
            streams.append(_Stream(source, by_name[name], time_us, rows.view(np.uint8).reshape(-1, size)))
    return streams


def _rows(
    message: MessageType, source: Source, time_us: Int64Array, rng: np.random.Generator
) -> npt.NDArray[np.void]:
    rows = np.zeros(len(time_us), dtype=message.payload)
    for name in message.payload.names or ():
        rows[name] = _values(name, rows[name], source, time_us, rng)
    return rows


def _values(
    name: str, column: npt.NDArray[Any], source: Source, time_us: Int64Array, rng: np.random.Generator
) -> npt.NDArray[Any]:
    """Values of one field: a flight round a square kilometre where its name says so, else by its type."""
    angle = (time_us - START_US) * 1e-6 / 60 + source.system_id
    along = {
        "time_boot_ms": (time_us - START_US + BOOT_US) // 1000,
        "time_unix_usec": time_us - 15_000,
        "time_usec": time_us - START_US + BOOT_US,
        "lat": 164_400_000 + 45_000 * np.cos(angle),
        "lon": 1_047_500_000 + 47_000 * np.sin(angle),
        "latitude": np.full(len(time_us), 164_400_000),
        "longitude": np.full(len(time_us), 1_047_500_000),
        "relative_alt": 100_000 + 5_000 * np.sin(angle * 3),
        "yaw": np.arctan2(np.sin(angle), np.cos(angle)),
        "fix_type": np.full(len(time_us), 3),
        "type": np.full(len(time_us), source.mav_type),
        "autopilot": np.full(len(time_us), source.autopilot),
        "flags": np.full(len(time_us), 16 | 64),
        "gimbal_device_id": np.zeros(len(time_us)),
        "q": np.stack([np.cos(angle / 2), 0 * angle, 0 * angle, np.sin(angle / 2)], axis=-1),
    }
    if name in along:
        return along[name].astype(column.dtype)
    return _noise(column, rng)


def _noise(column: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    """Small numbers, a third of the integers zero, a few floats NaN; letters for text."""
    if column.dtype.kind == "S":
        letters = rng.integers(65, 91, (len(column), column.dtype.itemsize), dtype=np.uint8)
        length = rng.integers(1, column.dtype.itemsize + 1, len(column))
        letters[np.arange(column.dtype.itemsize) >= length[:, None]] = 0
        return letters.view(column.dtype).reshape(-1)
    if column.dtype.kind == "f":
        values = rng.normal(0, 3, column.shape)
        return np.where(rng.random(column.shape) < 0.001, np.nan, values).astype(column.dtype)
    top = min(int(np.iinfo(column.dtype).max), 2000)
    return (rng.integers(0, top, column.shape) * (rng.random(column.shape) > 0.33)).astype(column.dtype)


def _assembled(streams: list[_Stream]) -> bytes:
    """Header, payload and checksum of all frames, in order of time."""
    time_us = np.concatenate([stream.time_us for stream in streams])
    order = np.argsort(time_us, kind="stable")
    sent = [_sent_bytes(stream) for stream in streams]
    overhead = np.concatenate([np.full(len(s.time_us), _header_bytes(s) + 2) for s in streams])
    record_bytes = np.concatenate(sent) + overhead
    start = np.empty(len(order), dtype=np.int64)
    start[order] = np.cumsum(record_bytes[order]) - record_bytes[order]
    out = np.zeros(int(record_bytes.sum()), dtype=np.uint8)
    seq = _sequence(streams, order)
    begin = 0
    for stream, sizes in zip(streams, sent, strict=True):
        rows = slice(begin, begin + len(sizes))
        _place(out, stream, sizes, start[rows], seq[rows])
        begin += len(sizes)
    return _with_checksums(out, streams, start, record_bytes)


def _header_bytes(stream: _Stream) -> int:
    return STAMP_BYTES + (6 if stream.source.version == 1 else 10)


def _sent_bytes(stream: _Stream) -> Int64Array:
    """(n,) MAVLink 1 sends all it knows; MAVLink 2 leaves zeros at the end away, but for one byte."""
    count, size = stream.payload.shape
    if stream.source.version == 1:
        return np.full(count, BYTES_V1.get(stream.message.name, size), dtype=np.int64)
    return np.maximum(((stream.payload != 0) * np.arange(1, size + 1)).max(axis=1), 1).astype(np.int64)


def _sequence(streams: list[_Stream], order: Int64Array) -> UInt8Array:
    """(n,) each source counts its own frames."""
    source = np.concatenate([np.full(len(s.time_us), SOURCES.index(s.source)) for s in streams])
    seq = np.empty(len(order), dtype=np.uint8)
    for number in range(len(SOURCES)):
        mine = order[source[order] == number]
        seq[mine] = np.arange(len(mine)) % 256
    return seq


def _place(out: UInt8Array, stream: _Stream, sizes: Int64Array, start: Int64Array, seq: UInt8Array) -> None:
    """Write the records of one stream, without checksums, where they belong."""
    source, message, count = stream.source, stream.message, len(sizes)
    ids = (np.full(count, source.system_id), np.full(count, source.component_id))
    if source.version == 1:
        head = [np.full(count, MARKER_V1), sizes, seq, *ids, np.full(count, message.id)]
    else:
        number = [np.full(count, message.id >> shift & 0xFF) for shift in (0, 8, 16)]
        head = [np.full(count, MARKER_V2), sizes, np.zeros(count), np.zeros(count), seq, *ids, *number]
    stamps = stream.time_us.astype(">u8").view(np.uint8).reshape(count, STAMP_BYTES)
    header = np.stack(head, axis=-1).astype(np.uint8)
    rows = np.concatenate([stamps, header, stream.payload], axis=1)
    column = np.arange(rows.shape[1])
    wanted = column < (_header_bytes(stream) + sizes)[:, None]
    out[(start[:, None] + column)[wanted]] = rows[wanted]


def _with_checksums(
    out: UInt8Array, streams: list[_Stream], start: Int64Array, record_bytes: Int64Array
) -> bytes:
    extras = np.concatenate([np.full(len(s.time_us), s.message.crc_extra, dtype=np.uint8) for s in streams])
    begin = start + STAMP_BYTES + 1
    checksum = start + record_bytes - 2
    crc = crc_of_spans(out, begin, checksum - begin, extras)
    out[checksum] = crc & 0xFF
    out[checksum + 1] = crc >> 8
    return out.tobytes()


def main() -> None:
    """Write the log."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    data = synthetic_log(arguments.frames, arguments.seed)
    arguments.out.write_bytes(data)
    print(f"{arguments.out}: {arguments.frames} frames, {len(data)} bytes")


if __name__ == "__main__":
    main()
