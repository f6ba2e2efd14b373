"""A message as the bytes of a MAVLink 2 frame. Layout: https://mavlink.io/en/guide/serialization.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from droneops.telemetry.crc import crc_of
from droneops.telemetry.dialect import MessageType
from droneops.telemetry.headers import CHECKSUM_BYTES, FLAG_SIGNED, MARKER_V2


def encode(
    message: MessageType,
    fields: Mapping[str, Any],
    *,
    system_id: int,
    component_id: int,
    seq: int,
    to_be_signed: bool = False,
) -> bytes:
    """A frame with a payload without its trailing zeros; a field that is left out is zero.

    ``to_be_signed`` sets the flag that the checksum covers; the signature itself is not appended.
    Raises ValueError for a field that the message does not have, OverflowError for a number too large for it.
    """
    record = np.zeros(1, dtype=message.payload)
    for name, value in fields.items():
        record[name] = value
    # MAVLink keeps the first byte of a payload even if it is zero.
    payload = record.tobytes().rstrip(b"\0") or b"\0"
    flags = FLAG_SIGNED if to_be_signed else 0
    header = bytes([len(payload), flags, 0, seq & 0xFF, system_id, component_id])
    body = header + message.id.to_bytes(3, "little") + payload
    checksum = crc_of(body + bytes([message.crc_extra]))
    return bytes([MARKER_V2]) + body + checksum.to_bytes(CHECKSUM_BYTES, "little")
