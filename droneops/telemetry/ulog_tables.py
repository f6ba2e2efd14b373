"""Every topic of a ULog, fields under their own names; an array's elements are one field again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.message_tables import NO_TIME, Fields, MessageTable, own_times, utc_of
from droneops.telemetry.ulog import TopicRows, ULogRows

_ELEMENT = re.compile(r"(.+)\[(\d+)\]")
_PADDING = "_padding"


def ulog_tables(log: ULogRows, utc_minus_boot_us: int | None) -> tuple[MessageTable, ...]:
    """The topics in order of name and instance; their place in the log is their time."""
    topics = sorted(log.topics, key=lambda topic: (topic.name, topic.instance))
    return tuple(_table(topic, utc_minus_boot_us) for topic in topics if "timestamp" in topic.columns)


def _table(topic: TopicRows, utc_minus_boot_us: int | None) -> MessageTable:
    stamps_us = own_times(topic.columns["timestamp"])
    row = np.argsort(stamps_us, kind="stable")
    order = stamps_us[row]
    # Zero is a topic that nobody stamped.
    boot_us = np.where(order == 0, NO_TIME, order)
    return MessageTable(
        name=topic.name,
        row=row,
        order=order,
        own_us=boot_us,
        time_us=utc_of(boot_us, utc_minus_boot_us),
        read=partial(_fields, _grouped(topic.columns)),
        instance=topic.instance,
    )


def _grouped(columns: Mapping[str, npt.NDArray[Any]]) -> dict[str, list[npt.NDArray[Any]]]:
    """The columns of each field: one, or an array's elements; without what fills gaps in a record."""
    groups: dict[str, list[npt.NDArray[Any]]] = {}
    for name, column in columns.items():
        if _PADDING not in name:
            element = _ELEMENT.fullmatch(name)
            groups.setdefault(element[1] if element else name, []).append(column)
    return groups


def _fields(groups: dict[str, list[npt.NDArray[Any]]], row: Int64Array) -> Fields:
    return {
        name: np.stack([column[row] for column in columns], axis=-1) if len(columns) > 1 else columns[0][row]
        for name, columns in groups.items()
    }
