"""One message type of a log as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array, UInt8Array
from droneops.telemetry.dialect import MessageType
from droneops.telemetry.headers import Headers, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The messages of one type, one row each, in the order of the file. All arrays are read-only.

    ``stamp_us`` (n,): the record's UTC microseconds, the clock of whoever recorded. ``file_offset`` (n,):
    where the record begins, which orders rows of different types. ``payload`` (n,): a record array with the
    fields of the message under their MAVLink names and in MAVLink's units; ``columns["lat"]`` is one of
    them, (n,) or (n, length) for an array, bytes up to the trailing zeros for text.
    """

    name: str
    file_offset: Int64Array
    stamp_us: Int64Array
    system_id: UInt8Array
    component_id: UInt8Array
    seq: UInt8Array
    payload: npt.NDArray[np.void]

    def __len__(self) -> int:
        return len(self.stamp_us)

    def __getitem__(self, field: str) -> npt.NDArray[Any]:
        """One field of all rows, a view. Raises ValueError for a field that the message does not have."""
        return self.payload[field]

    def float(self, field: str) -> npt.NDArray[np.float64]:
        """One field as float64."""
        with np.errstate(invalid="ignore"):  # widening a signalling NaN, which any bytes can be, warns
            return read_only(self.payload[field].astype(np.float64))

    def take(self, rows: npt.NDArray[Any]) -> Columns:
        """The rows named by a mask or by indices."""
        return Columns(
            self.name,
            *(
                read_only(column[rows])
                for column in (
                    self.file_offset,
                    self.stamp_us,
                    self.system_id,
                    self.component_id,
                    self.seq,
                    self.payload,
                )
            ),
        )

    def sent_by(self, system_id: int, component_id: int | None = None) -> Columns:
        """The rows from one system, or from one component of it."""
        mask = self.system_id == system_id
        if component_id is not None:
            mask &= self.component_id == component_id
        return self.take(mask)


def read_columns(data: UInt8Array, headers: Headers, message: MessageType) -> Columns:
    """The payloads of ``headers``, all frames of ``message``, as columns.

    MAVLink 2 trims zeros off a payload's end: they are put back. A payload longer than the message, from a
    newer dialect, is cut: fields are only ever added at the end.
    """
    return Columns(
        name=message.name,
        file_offset=headers.record_start,
        stamp_us=headers.stamp_us,
        system_id=headers.system_id,
        component_id=headers.component_id,
        seq=headers.seq,
        payload=_payloads(data, headers, message.payload),
    )


def _payloads(data: UInt8Array, headers: Headers, record: np.dtype[np.void]) -> npt.NDArray[np.void]:
    size = record.itemsize
    rows = _windows(data, headers.payload_start, size)
    trimmed = np.flatnonzero(headers.payload_bytes < size)
    behind = np.arange(size) >= headers.payload_bytes[trimmed, np.newaxis]
    rows[trimmed] = np.where(behind, np.uint8(0), rows[trimmed])
    return read_only(rows.view(record).reshape(-1))


def _windows(data: UInt8Array, starts: Int64Array, size: int) -> UInt8Array:
    """(n, size) the bytes from each start on; zeros behind the end of ``data``."""
    rows = np.zeros((len(starts), size), dtype=np.uint8)
    inside = int(np.searchsorted(starts, len(data) - size, side="right"))
    if inside:
        rows[:inside] = np.lib.stride_tricks.sliding_window_view(data, size)[starts[:inside]]
    for row, start in enumerate(starts[inside:].tolist(), start=inside):
        rest = data[start : start + size]
        rows[row, : len(rest)] = rest
    return rows
