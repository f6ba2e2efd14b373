"""Every message of a DataFlash log, in the units of its FMT records, as pymavlink's DFReader has them.

c, C, e, E: divided by 100; L: by 1e7, degrees; a: 16-bit integers, 32 of them; n, N, Z: text up to its first
zero, UTF-8 or else Latin 1; FILE.Data: bytes.
Source: ArduPilot, libraries/AP_Logger/LogStructure.h
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dataflash import FIELDS, FMT_FORMAT, Format, Records
from droneops.telemetry.message_tables import Fields, MessageTable, own_times, utc_of

# The time since boot, and how many microseconds one of it is: since 2014, and before.
_TIMES = {"TimeUS": 1, "TimeMS": 1000}
_TEXTS = "nNZ"
_INTEGERS = "bBhHiIMqQ"


def binary_tables(records: Records, utc_minus_boot_us: int | None) -> tuple[MessageTable, ...]:
    """The messages of a binary log, in order of name."""
    tables = [_binary_table(records, kind, utc_minus_boot_us) for kind in records.starts]
    return tuple(sorted(tables, key=lambda table: table.name))


def _binary_table(records: Records, kind: int, utc_minus_boot_us: int | None) -> MessageTable:
    starts, told = records.starts[kind], records.formats[kind]
    boot_us = _boot_us(records, kind, told)
    return MessageTable(
        name=told.name,
        row=starts,
        order=starts,
        own_us=boot_us,
        time_us=utc_of(boot_us, utc_minus_boot_us),
        read=partial(_binary_fields, records, kind),
    )


def _boot_us(records: Records, kind: int, told: Format) -> Int64Array:
    starts = records.starts[kind]
    for column, letter in zip(told.columns, told.letters, strict=True):
        if column in _TIMES and letter in _INTEGERS:
            return own_times(records.stored(kind, column), _TIMES[column])
    return own_times(np.full(len(starts), np.iinfo(np.uint64).max, dtype=np.uint64))


def _binary_fields(records: Records, kind: int, starts: Int64Array) -> Fields:
    told = records.formats[kind]
    rows = records.bodies(kind, starts)
    pairs = zip(told.columns, told.letters, strict=True)
    return {column: _decoded(rows[column], letter, f"{told.name}.{column}") for column, letter in pairs}


def _decoded(stored: npt.NDArray[Any], letter: str, field: str) -> npt.NDArray[Any]:
    if letter == "a":
        return np.frombuffer(stored.tobytes(), dtype="<i2").reshape(-1, 32)
    if field == "FILE.Data":
        return np.frombuffer(stored.tobytes(), dtype=np.uint8).reshape(-1, stored.dtype.itemsize)
    if letter in _TEXTS:
        return objects([_text(bytes(value)) for value in stored.tolist()])
    divisor = FIELDS[letter][1]
    return stored if divisor == 1 else stored.astype(np.float64) / divisor


def _text(stored: bytes) -> str:
    held = stored.split(b"\0")[0]
    try:
        return held.decode("utf-8")
    except UnicodeDecodeError:
        return held.decode("latin-1")


def objects(values: list[Any]) -> npt.NDArray[np.object_]:
    """(n,) any values, lists among them."""
    return np.fromiter(values, dtype=object, count=len(values))


def text_tables(data: bytes, utc_minus_boot_us: int | None) -> tuple[tuple[MessageTable, ...], int]:
    """The messages of a text log, in order of name, and the bytes that were none.

    A line with more values than its type has names is one whose text holds a comma.
    """
    formats = {"FMT": FMT_FORMAT}
    places: defaultdict[str, list[int]] = defaultdict(list)
    unread = at = 0
    for line in data.splitlines(keepends=True):
        name = line.split(b",", 1)[0].strip().decode("utf-8", "replace")
        if name in formats and _values(line, formats[name]) is not None:
            places[name].append(at)
            if name == "FMT":
                _learn(formats, line)
        elif line.strip():
            unread += len(line)
        at += len(line)
    tables = [_text_table(data, formats[name], starts, utc_minus_boot_us) for name, starts in places.items()]
    return tuple(sorted(tables, key=lambda table: table.name)), unread


def _values(line: bytes, told: Format) -> list[str] | None:
    """The values of a line, as many as it has columns; None where it has fewer, or more numbers."""
    count = len(told.columns)
    holds_commas = told.name == "FMT" or told.letters[-1] in _TEXTS
    texts = line.decode("utf-8", "replace").split(",", count if holds_commas else -1)
    return [text.strip() for text in texts[1:]] if len(texts) == count + 1 else None


def _learn(formats: dict[str, Format], line: bytes) -> None:
    """Take up a FMT; the first of a name with a letter for each column stands."""
    values = _values(line, FMT_FORMAT)
    if values is None:
        return
    _, _, name, letters, columns = values
    names = tuple(column.strip() for column in columns.split(","))
    if "" not in names and len(set(names)) == len(names) == len(letters):
        formats.setdefault(name, Format(name, 0, names, letters))


def _text_table(data: bytes, told: Format, starts: list[int], utc_minus_boot_us: int | None) -> MessageTable:
    row = np.array(starts, dtype=np.int64)
    read = partial(_text_fields, data, told)
    boot_us = _text_boot_us(data, told, starts)
    return MessageTable(told.name, row, row, boot_us, utc_of(boot_us, utc_minus_boot_us), read)


def _text_boot_us(data: bytes, told: Format, starts: list[int]) -> Int64Array:
    unknown = int(np.iinfo(np.uint64).max)
    name = next((column for column in told.columns if column in _TIMES), None)
    if name is None:
        return own_times(np.full(len(starts), unknown, dtype=np.uint64))
    place = told.columns.index(name) + 1
    texts = [_line(data, start).split(b",", place + 1)[place].strip() for start in starts]
    stamps = [int(text) if text.isdigit() and len(text) < _DIGITS else unknown for text in texts]
    return own_times(np.array(stamps, dtype=np.uint64), _TIMES[name])


# What has fewer surely fits 64 bits.
_DIGITS = 20


def _text_fields(data: bytes, told: Format, starts: Int64Array) -> Fields:
    found = [_values(_line(data, start), told) or [] for start in starts.tolist()]
    columns = zip(*found, strict=True) if found else [()] * len(told.columns)
    pairs = zip(told.columns, told.letters, columns, strict=True)
    return {name: objects([_value(text, letter) for text in texts]) for name, letter, texts in pairs}


def _line(data: bytes, start: int) -> bytes:
    """As splitlines, which also ends one at a lone carriage return."""
    end = data.find(b"\n", start)
    return data[start : end if end >= 0 else len(data)].splitlines()[0]


def _value(text: str, letter: str) -> object:
    """A number as its letter says; the text itself where it is none, as a flight mode's name."""
    if letter in _TEXTS:
        return text
    try:
        return int(text) if letter in _INTEGERS else float(text)
    except ValueError:
        return text
