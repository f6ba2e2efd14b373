"""The messages of the MAVLink dialect, as numpy record types. The only place that imports pymavlink."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

# struct's letters for the types that MAVLink has; "s" is an array of char and carries its length.
_NUMPY_OF_STRUCT = {
    "b": "i1", "B": "u1", "h": "<i2", "H": "<u2", "i": "<i4", "I": "<u4",
    "q": "<i8", "Q": "<u8", "f": "<f4", "d": "<f8", "s": "S",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MessageType:
    """One message: its id, name, the byte that goes last into its checksum, and its payload on the wire.

    ``payload`` is a packed little-endian record with the fields in wire order; its size is that of the
    payload before MAVLink 2 trims zeros off its end.
    """

    id: int
    name: str
    crc_extra: int
    payload: np.dtype[np.void]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The messages known, by id and by name.

    ``names`` and ``extras`` (n,) are in order of id. ``row_of_id`` (65,536,) says at which place in them an
    id is, -1 for an unknown one.
    """

    by_id: Mapping[int, MessageType]
    by_name: Mapping[str, MessageType]
    names: tuple[str, ...]
    extras: npt.NDArray[np.uint8]
    row_of_id: npt.NDArray[np.int16]

    def rows_of(self, message_id: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
        """(n,) the place of each id in ``names`` and ``extras``, -1 for an unknown one."""
        last = len(self.row_of_id) - 1
        return np.where(message_id <= last, self.row_of_id.take(message_id, mode="clip"), np.int16(-1))


@cache
def load_dialect() -> Dialect:
    """The dialect ardupilotmega with everything it includes (common, cameras, gimbals)."""
    from pymavlink.dialects.v20 import ardupilotmega

    types = sorted((_message_type(m) for m in ardupilotmega.mavlink_map.values()), key=lambda t: t.id)
    return Dialect(
        by_id={t.id: t for t in types},
        by_name={t.name: t for t in types},
        names=tuple(t.name for t in types),
        extras=_frozen(np.array([t.crc_extra for t in types], dtype=np.uint8)),
        row_of_id=_frozen(_row_of_id([t.id for t in types])),
    )


def _row_of_id(ids: list[int]) -> npt.NDArray[np.int16]:
    """Ids have 24 bits, but all that anyone has defined fit into 16."""
    rows = np.full(1 << 16, -1, dtype=np.int16)
    rows[ids] = np.arange(len(ids))
    return rows


def _message_type(message: Any) -> MessageType:
    return MessageType(
        id=int(message.id),
        name=str(message.msgname),
        crc_extra=int(message.crc_extra),
        payload=_record(str(message.unpacker.format), message.ordered_fieldnames),
    )


def _record(wire_format: str, names: list[str]) -> np.dtype[np.void]:
    """The record type of a struct format such as ``<I4fB``: one letter, with its count, a field."""
    fields = [
        (name, *_field(count, letter))
        for name, (count, letter) in zip(names, re.findall(r"(\d*)([a-zA-Z])", wire_format), strict=True)
    ]
    return np.dtype(fields)


def _field(count: str, letter: str) -> tuple[str] | tuple[str, tuple[int]]:
    base = _NUMPY_OF_STRUCT[letter]
    if letter == "s":
        return (f"S{count or 1}",)
    return (base, (int(count),)) if count else (base,)


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array
