"""Messages as lines of text: JSON and CSV, block by block and column by column.

Fields come in the order of the wire. Numbers are exact: a 32-bit float is written as the 64-bit number it
equals. Time is the record's, and seq the frame's: HEARTBEAT's own field type is written as ``type_``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.tlog import Tlog

_HEAD = ("time", "system_id", "component_id", "seq")
# What a line says of every message; a field of the same name gets an underscore behind it.
_TAKEN = (*_HEAD, "type")


def jsonl(blocks: Iterable[Tlog]) -> Iterator[str]:
    """One object a line, in the order of the file, some thousand lines at a time.

    NaN and infinity become null, bytes lists, text is cut at its first zero. Messages that the dialect does
    not know have no fields and are left out.
    """
    for block in blocks:
        names = [name for name in block.messages if name in block.dialect.by_name]
        tables = [block.table(name) for name in names]
        if tables:
            lines = [line for table in tables for line in _json_lines(table)]
            order = np.argsort(np.concatenate([table.file_offset for table in tables]))
            yield "".join([lines[row] for row in order.tolist()])


def csv(blocks: Iterable[Tlog], name: str) -> Iterator[str]:
    """A line of names, then one line a message of the type ``name``.

    The elements of an array are columns of their own: ``q[0]``, ``q[1]``. NaN is ``nan``.
    """
    payload = load_dialect().by_name[name].payload
    yield ",".join([*_HEAD, *csv_names(payload)]) + "\n"
    for block in blocks:
        table = block.table(name)
        if len(table):
            texts = [column for field in payload.names or () for column in csv_texts(table[field])]
            rows = zip(*_head_texts(table), *texts, strict=True)
            yield "\n".join(map(",".join, rows)) + "\n"


def stamp_texts(time_us: Int64Array) -> list[str]:
    """(n,) UTC microseconds as `droneops.times.to_text` writes them; a damaged stamp can lie in any year."""
    texts: list[str] = np.datetime_as_string(time_us.view("datetime64[us]"), timezone="UTC").tolist()
    return texts


def _json_lines(table: Columns) -> Iterator[str]:
    names = table.payload.dtype.names or ()
    fields = "".join(f', "{label(name)}": %s' for name in names)
    head = '{"time": "%s", "system_id": %s, "component_id": %s, "seq": %s'
    template = f'{head}, "type": "{table.name}"{fields}}}\n'
    texts = [json_texts(table[name]) for name in names]
    return map(template.__mod__, zip(*_head_texts(table), *texts, strict=True))


def label(field: str, taken: tuple[str, ...] = _TAKEN) -> str:
    """The name of a field in a line that says ``taken`` of every message."""
    return f"{field}_" if field in taken else field


def _head_texts(table: Columns) -> list[list[str]]:
    return [
        stamp_texts(table.stamp_us),
        *(_numbers(column) for column in (table.system_id, table.component_id, table.seq)),
    ]


def json_texts(column: npt.NDArray[Any]) -> list[str]:
    """(n,) each row of a column as JSON: numbers (n,) or (n, length), bytes, or any objects."""
    if column.dtype.kind == "O":
        return [_json_of(value) for value in column.tolist()]
    if column.dtype.kind == "S":
        return [json.dumps(text) for text in _texts(column)]
    if column.ndim == 1:
        return _numbers(column)
    elements = zip(*(_numbers(column[:, index]) for index in range(column.shape[1])), strict=True)
    return [f"[{', '.join(row)}]" for row in elements]


def _numbers(column: npt.NDArray[Any]) -> list[str]:
    """(n,) numbers as JSON has them: written all at once, and cut apart."""
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        values = [
            value if finite else None for value, finite in zip(values, np.isfinite(column), strict=True)
        ]
    return json.dumps(values)[1:-1].split(", ")


def _json_of(value: object) -> str:
    unknown = isinstance(value, float) and not math.isfinite(value)
    return "null" if unknown else json.dumps(value)


def _texts(column: npt.NDArray[np.bytes_]) -> list[str]:
    return [text.split(b"\0")[0].decode("utf-8", errors="replace") for text in column.tolist()]


def csv_names(payload: np.dtype[np.void]) -> Iterator[str]:
    for name in payload.names or ():
        shape = payload[name].shape
        yield from (f"{label(name)}[{index}]" for index in range(shape[0])) if shape else (label(name),)


def csv_texts(column: npt.NDArray[Any]) -> Iterator[list[str]]:
    """The columns of text, (n,) each, that a column becomes: one, or one an element."""
    if column.dtype.kind == "S":
        yield [_quoted(text) for text in _texts(column)]
    elif column.dtype.kind == "O":
        yield [_csv_of(value) for value in column.tolist()]
    elif column.ndim == 1:
        yield list(map(repr, column.tolist()))
    else:
        for index in range(column.shape[1]):
            yield list(map(repr, column[:, index].tolist()))


def _csv_of(value: object) -> str:
    """An unknown value is empty."""
    if value is None:
        return ""
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
