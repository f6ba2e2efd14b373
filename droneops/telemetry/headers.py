"""The headers of many frames at once: what a run of record positions says, as columns.

A record of a .tlog is 8 bytes of UTC microseconds, big-endian, and one MAVLink frame. Layout of the frames:
https://mavlink.io/en/guide/serialization.html
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array, UInt8Array, crc_of_spans
from droneops.telemetry.dialect import Dialect

STAMP_BYTES = 8
MARKER_V1 = 0xFE
MARKER_V2 = 0xFD
HEADER_BYTES_V1 = 6
HEADER_BYTES_V2 = 10
CHECKSUM_BYTES = 2
SIGNATURE_BYTES = 13
FLAG_SIGNED = 1
SHORTEST_RECORD_BYTES = STAMP_BYTES + HEADER_BYTES_V1 + CHECKSUM_BYTES
LONGEST_RECORD_BYTES = STAMP_BYTES + HEADER_BYTES_V2 + 255 + CHECKSUM_BYTES + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class Headers:
    """Columns (n,), one row a frame, in the order of the file.

    ``record_start`` and ``record_end`` bound the record in the file, ``payload_start`` and
    ``payload_bytes`` the payload as sent. ``stamp_us`` is the record's time, UTC microseconds.
    """

    record_start: Int64Array
    record_end: Int64Array
    payload_start: Int64Array
    payload_bytes: Int64Array
    stamp_us: Int64Array
    message_id: Int64Array
    system_id: UInt8Array
    component_id: UInt8Array
    seq: UInt8Array
    version: UInt8Array
    signed: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.record_start)

    def take(self, rows: npt.NDArray[Any] | slice) -> Headers:
        """The rows named by a mask, by indices or by a slice."""
        return Headers(*(read_only(getattr(self, field.name)[rows]) for field in fields(self)))


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``array`` itself, which from now on cannot be written to."""
    array.setflags(write=False)
    return array


def read_headers(data: UInt8Array, starts: Int64Array) -> Headers:
    """The headers of the records that begin at ``starts`` (n,); each must lie inside ``data`` whole."""
    frame = starts + STAMP_BYTES
    is_v2 = data.take(frame) == MARKER_V2
    size = data.take(frame + 1).astype(np.int64)
    signed = is_v2 & ((data.take(frame + 2) & FLAG_SIGNED) != 0)
    payload = frame + np.where(is_v2, HEADER_BYTES_V2, HEADER_BYTES_V1)
    # The last fields of the header are seq, system, component, and an id of three bytes (MAVLink 1: one).
    seq = np.where(is_v2, frame + 4, frame + 2)
    columns = Headers(
        record_start=starts,
        record_end=payload + size + CHECKSUM_BYTES + np.where(signed, SIGNATURE_BYTES, 0),
        payload_start=payload,
        payload_bytes=size,
        stamp_us=_stamps(data, starts),
        message_id=_message_ids(data, seq + 3, is_v2),
        system_id=data.take(seq + 1),
        component_id=data.take(seq + 2),
        seq=data.take(seq),
        version=np.where(is_v2, 2, 1).astype(np.uint8),
        signed=signed,
    )
    for field in fields(columns):
        read_only(getattr(columns, field.name))
    return columns


def _stamps(data: UInt8Array, starts: Int64Array) -> Int64Array:
    raw = np.lib.stride_tricks.sliding_window_view(data, STAMP_BYTES)[starts] if len(starts) else data[:0]
    # A stamp beyond 2^63 is damage; as a negative number it is as implausible as before.
    return raw.reshape(-1).view(">u8").astype(np.int64)


def _message_ids(data: UInt8Array, at: Int64Array, is_v2: npt.NDArray[np.bool_]) -> Int64Array:
    low = data.take(at).astype(np.int64)
    middle = data.take(at + 1).astype(np.int64)
    high = data.take(at + 2).astype(np.int64)
    return np.where(is_v2, low | middle << 8 | high << 16, low)


def is_known(headers: Headers, dialect: Dialect) -> npt.NDArray[np.bool_]:
    """(n,) whether the dialect has the message, so that its checksum can be checked."""
    known: npt.NDArray[np.bool_] = dialect.rows_of(headers.message_id) >= 0
    return known


def checksum_holds(data: UInt8Array, headers: Headers, dialect: Dialect) -> npt.NDArray[np.bool_]:
    """(n,) whether the checksum is right; every message must be known to the dialect."""
    begin = headers.record_start + STAMP_BYTES + 1
    checksum = headers.payload_start + headers.payload_bytes
    extras = dialect.extras[dialect.rows_of(headers.message_id)]
    computed = crc_of_spans(data, begin, checksum - begin, extras)
    stored = data.take(checksum).astype(np.uint16) | (data.take(checksum + 1).astype(np.uint16) << 8)
    holds: npt.NDArray[np.bool_] = computed == stored
    return holds
