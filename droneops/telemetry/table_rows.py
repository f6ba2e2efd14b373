"""The messages of any log but a .tlog as lines of text, in the order of the log.

Every line says UTC (null where it is not known), the log's own time in seconds where it has one, and the
type; of a topic also which instance. A field of such a name gets an underscore: ``type_``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.message_tables import NO_TIME, Fields, MessageTable, OtherLog
from droneops.telemetry.progress import Progress
from droneops.telemetry.rows import csv_texts, json_texts, label, stamp_texts

_UNKNOWN = "null"


def table_jsonl(log: OtherLog, progress: Progress) -> Iterator[str]:
    """One object a line, some thousand lines at a time. NaN and infinity become null, bytes lists."""
    total, done = sum(map(len, log.tables)), 0
    for tables in filter(None, log.chunks()):
        lines = [line for table in tables for line in _lines(table, log.own_time)]
        order = np.argsort(np.concatenate([table.order for table in tables]), kind="stable")
        yield "".join([lines[place] for place in order.tolist()])
        done += len(lines)
        progress(done / total)


def table_csv(log: OtherLog, progress: Progress) -> Iterator[str]:
    """A line of names, then one line a message; the log's messages must be of one name.

    Where a log defines a name twice, with other fields, the messages of the first stand.
    """
    total, done = sum(map(len, log.tables)), 0
    if not log.tables:
        return
    none = log.tables[0].take(slice(0))
    names = _column_names(_head(none, log.own_time), none.fields())
    yield ",".join(names) + "\n"
    for tables in log.chunks():
        for table in tables:
            head, fields = _head(table, log.own_time), table.fields()
            if _column_names(head, fields) == names:
                yield _csv_lines(head, fields)
            done += len(table)
            progress(done / total)


def _column_names(head: dict[str, list[str]], fields: Fields) -> list[str]:
    return [*(name for name in head if name != "type"), *_csv_names(fields, tuple(head))]


def _head(table: MessageTable, own_time: str | None) -> dict[str, list[str]]:
    """What every line says of its message, as JSON."""
    quoted = [f'"{text}"' if text != "NaT" else _UNKNOWN for text in stamp_texts(table.time_us)]
    head = {"time": quoted}
    if own_time is not None:
        head[own_time] = _seconds(table.own_us)
    head["type"] = [json.dumps(table.name)] * len(table)
    if table.instance is not None:
        head["instance"] = [str(table.instance)] * len(table)
    return head


def _seconds(own_us: Int64Array) -> list[str]:
    return [
        _UNKNOWN if us == NO_TIME else f"{us // 1_000_000}.{us % 1_000_000:06d}" for us in own_us.tolist()
    ]


def _lines(table: MessageTable, own_time: str | None) -> Iterator[str]:
    head, fields = _head(table, own_time), table.fields()
    names = [*head, *(label(name, tuple(head)) for name in fields)]
    # A log names its own fields: with a quote or a percent sign, if it is damaged.
    keys = [json.dumps(name).replace("%", "%%") for name in names]
    template = "{" + ", ".join(f"{key}: %s" for key in keys) + "}\n"
    columns = [*head.values(), *(json_texts(column) for column in fields.values())]
    return map(template.__mod__, zip(*columns, strict=True))


def _csv_names(fields: Fields, taken: tuple[str, ...]) -> Iterator[str]:
    for name, column in fields.items():
        own = label(name, taken)
        yield from (f"{own}[{place}]" for place in range(column.shape[1])) if column.ndim > 1 else (own,)


def _csv_lines(head: dict[str, list[str]], fields: Fields) -> str:
    said = [
        [text.strip('"') if text != _UNKNOWN else "" for text in texts]
        for name, texts in head.items()
        if name != "type"
    ]
    told = [texts for column in fields.values() for texts in csv_texts(column)]
    return "\n".join(map(",".join, zip(*said, *told, strict=True))) + "\n"
