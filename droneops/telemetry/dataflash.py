"""Reads ArduPilot's DataFlash logs, binary (.BIN) and text (.log), into columns.

A binary record is A3 95, a type byte and a packed little-endian body; the body's fields are told by a FMT
record earlier in the same file. Source: ArduPilot, libraries/AP_Logger/LogStructure.h

Records have no checksum. One is believed if another begins where it ends, or the file ends there; after
damage the next such place is searched for. What damage costs: the records that it touches and the one
before. The decoder is our own because pymavlink's DFReader gives up the whole file for one wrong byte in a
FMT record; the tests hold both to the same numbers.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.headers import read_only
from droneops.types import FloatArray

HEADER = b"\xa3\x95"
_HEADER_BYTES = 3
_FMT_TYPE = 0x80
_FMT_BODY = struct.Struct("<BB4s16s64s")
_FMT_BYTES = _HEADER_BYTES + _FMT_BODY.size

# A format letter's numpy type, and what a stored number is divided by; 0: it is no number.
FIELDS: dict[str, tuple[str, float]] = {
    "a": ("V64", 0), "b": ("i1", 1), "B": ("u1", 1), "h": ("<i2", 1), "H": ("<u2", 1), "i": ("<i4", 1),
    "I": ("<u4", 1), "f": ("<f4", 1), "d": ("<f8", 1), "g": ("<f2", 1), "n": ("V4", 0), "N": ("V16", 0),
    "Z": ("V64", 0), "c": ("<i2", 100), "C": ("<u2", 100), "e": ("<i4", 100), "E": ("<u4", 100),
    "L": ("<i4", 1e7), "M": ("u1", 1), "q": ("<i8", 1), "Q": ("<u8", 1),
}  # fmt: skip

Table = Mapping[str, FloatArray]
"""One message type: its number fields under their own names and in their own units, columns (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class DataFlash:
    """A log's messages: how many of each type, the wanted ones as columns, and bytes that were none."""

    messages: Mapping[str, int]
    tables: Mapping[str, Table]
    unread_bytes: int


@dataclass(frozen=True, slots=True)
class Format:
    """A message type as its FMT tells it; ``size`` is the whole record's, in bytes."""

    name: str
    size: int
    columns: tuple[str, ...]
    letters: str

    def record(self) -> np.dtype[np.void]:
        """The packed body."""
        return np.dtype([(c, FIELDS[k][0]) for c, k in zip(self.columns, self.letters, strict=True)])

    def is_sound(self) -> bool:
        """Whether it tells one column a letter, all known, that fill the record."""
        matched = len(set(self.columns)) == len(self.columns) == len(self.letters)
        known = matched and all(k in FIELDS for k in self.letters)
        return known and "" not in self.columns and self.record().itemsize + _HEADER_BYTES == self.size


FMT_FORMAT = Format("FMT", _FMT_BYTES, ("Type", "Length", "Name", "Format", "Columns"), "BBnNZ")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """A binary log that was walked.

    ``formats`` by type byte; ``starts`` (n,) by type byte, where the believed records of each begin.
    """

    data: bytes
    formats: Mapping[int, Format]
    starts: Mapping[int, Int64Array]

    @property
    def messages(self) -> dict[str, int]:
        """How many of each type."""
        counts: Counter[str] = Counter()
        for kind, starts in self.starts.items():
            counts[self.formats[kind].name] += len(starts)
        return dict(sorted(counts.items()))

    @property
    def unread_bytes(self) -> int:
        """Bytes that are in no record."""
        return len(self.data) - sum(self.formats[kind].size * len(at) for kind, at in self.starts.items())

    def bodies(self, kind: int, starts: Int64Array) -> npt.NDArray[np.void]:
        """(n,) the records of one type that begin at ``starts``, as stored."""
        record = self.formats[kind].record()
        return self._windows(starts + _HEADER_BYTES, record.itemsize).view(record).reshape(-1)

    def stored(self, kind: int, column: str) -> npt.NDArray[Any]:
        """(n,) one field of all records of a type, as stored."""
        record = self.formats[kind].record()
        place = (record.names or ()).index(column)
        field = record[place]
        ahead = _HEADER_BYTES + sum(record[earlier].itemsize for earlier in range(place))
        return self._windows(self.starts[kind] + ahead, field.itemsize).view(field).reshape(-1)

    def _windows(self, starts: Int64Array, size: int) -> npt.NDArray[np.uint8]:
        """(n, size) the bytes from each start on, a copy."""
        octets = np.frombuffer(self.data, dtype=np.uint8)
        return np.lib.stride_tricks.sliding_window_view(octets, size)[starts].copy()


def parse_binary(data: bytes, wanted: frozenset[str]) -> DataFlash:
    """The log from bytes, the ``wanted`` types decoded. Raises nothing, whatever the bytes are."""
    return decode_records(walk_records(data), wanted)


def decode_records(records: Records, wanted: frozenset[str]) -> DataFlash:
    """The log of records, the ``wanted`` types decoded."""
    tables = {
        records.formats[kind].name: _columns(records, kind)
        for kind in records.starts
        if records.formats[kind].name in wanted
    }
    return DataFlash(records.messages, tables, records.unread_bytes)


def walk_records(data: bytes) -> Records:
    """Where the records are. Memory: 8 bytes a record beside the data. Raises nothing."""
    formats = {_FMT_TYPE: FMT_FORMAT}
    places: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
    at = data.find(HEADER)
    while 0 <= at <= len(data) - _HEADER_BYTES:
        kind = data[at + 2]
        end = at + formats[kind].size if kind in formats else -1
        if 0 < end <= len(data) and data.startswith(HEADER[: len(data) - end], end):
            places[kind].append(at)
            if kind == _FMT_TYPE:
                _learn(formats, data[at + _HEADER_BYTES : end])
            at = end
        else:
            at = data.find(HEADER, at + 1)
    starts = {kind: read_only(np.array(at, dtype=np.int64)) for kind, at in places.items()}
    return Records(data, formats, starts)


def _learn(formats: dict[int, Format], body: bytes) -> None:
    """Take up a FMT; the first sound one of a type stands, so that records keep their size."""
    kind, size, *texts = _FMT_BODY.unpack(body)
    name, letters, columns = (text.rstrip(b"\0").decode("ascii", "replace") for text in texts)
    told = Format(name, size, tuple(columns.split(",")), letters)
    if kind not in formats and told.is_sound():
        formats[kind] = told


def _columns(records: Records, kind: int) -> Table:
    rows = records.bodies(kind, records.starts[kind])
    told = records.formats[kind]
    divisors = {column: FIELDS[letter][1] for column, letter in zip(told.columns, told.letters, strict=True)}
    with np.errstate(invalid="ignore"):  # widening a signalling NaN, which any bytes can be, warns
        return {
            column: read_only(rows[column].astype(np.float64) / divisor)
            for column, divisor in divisors.items()
            if divisor
        }


def parse_text(data: bytes, wanted: frozenset[str]) -> DataFlash:
    """The same from a text log, whose numbers are already in their units."""
    columns: dict[str, tuple[str, ...]] = {"FMT": FMT_FORMAT.columns}
    rows: defaultdict[str, list[list[float]]] = defaultdict(list)
    messages: Counter[str] = Counter()
    unread = 0
    for line in data.splitlines(keepends=True):
        name, *values = (value.strip() for value in line.decode("utf-8", "replace").split(","))
        if name == "FMT" and len(values) > 4:
            columns.setdefault(values[2], tuple(values[4:]))
        elif name not in columns or len(values) != len(columns[name]):
            unread += len(line)
            continue
        messages[name] += 1
        if name in wanted:
            rows[name].append([_number(value) for value in values])
    tables = {name: _transposed(columns[name], values) for name, values in rows.items()}
    return DataFlash(dict(sorted(messages.items())), tables, unread)


def _number(text: str) -> float:
    """NaN for what is no number."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _transposed(names: tuple[str, ...], rows: list[list[float]]) -> Table:
    return {
        name: read_only(np.array(values)) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
