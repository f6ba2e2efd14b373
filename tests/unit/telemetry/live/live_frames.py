"""Frames for the tests of live links, made without pymavlink's encoder."""

from __future__ import annotations

import hashlib
import socket

from droneops.telemetry.crc import crc_of
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.headers import FLAG_SIGNED
from droneops.telemetry.live.encode import encode
from droneops.telemetry.live.frame import LiveFrame

# No dialect has it; its low byte alone, as MAVLink 1 would send it, is unknown as well.
UNKNOWN_ID = 51_199


def heartbeat(seq: int = 0, system_id: int = 1) -> bytes:
    """A HEARTBEAT of an ArduPilot copter."""
    fields = {"type": 2, "autopilot": 3, "base_mode": 81, "system_status": 4, "mavlink_version": 3}
    return v2("HEARTBEAT", fields, seq=seq, system_id=system_id)


def attitude(seq: int = 0, system_id: int = 1) -> bytes:
    """An ATTITUDE whose payload differs with ``seq`` and holds both marker bytes."""
    marked = int.from_bytes(bytes([0xFE, 0xFD, 0xFE, seq & 0xFF]), "little")
    return v2("ATTITUDE", {"time_boot_ms": marked, "yawspeed": 1.0}, seq=seq, system_id=system_id)


def v2(name: str, fields: dict[str, object], *, seq: int = 0, system_id: int = 1) -> bytes:
    """A MAVLink 2 frame."""
    return encode(load_dialect().by_name[name], fields, system_id=system_id, component_id=1, seq=seq)


def raw_v2(
    message_id: int, payload: bytes, *, seq: int = 0, flags: int = 0, extra: int | None = None
) -> bytes:
    """A MAVLink 2 frame with the payload as it stands; signed with nonsense if the flags say so."""
    body = bytes([len(payload), flags, 0, seq & 0xFF, 1, 1]) + message_id.to_bytes(3, "little") + payload
    signature = hashlib.sha256(body).digest()[:13] if flags & FLAG_SIGNED else b""
    return b"\xfd" + body + _checksum(body, message_id, extra) + signature


def raw_v1(message_id: int, payload: bytes, *, seq: int = 0, extra: int | None = None) -> bytes:
    """A MAVLink 1 frame with the payload as it stands."""
    body = bytes([len(payload), seq & 0xFF, 1, 1, message_id]) + payload
    return b"\xfe" + body + _checksum(body, message_id, extra)


def data_of(frames: list[LiveFrame]) -> list[bytes]:
    """The bytes of each frame."""
    return [frame.data for frame in frames]


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port of this machine that nobody uses just now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _checksum(body: bytes, message_id: int, extra: int | None) -> bytes:
    if extra is None:
        message = load_dialect().by_id.get(message_id)
        extra = message.crc_extra if message else 0
    return crc_of(body + bytes([extra])).to_bytes(2, "little")
