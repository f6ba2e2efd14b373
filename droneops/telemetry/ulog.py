"""Reads PX4's ULog (.ulg) into columns. The only place that imports pyulog.

Format: https://docs.px4.io/main/en/dev_log/ulog_file_format.html
"""

from __future__ import annotations

import contextlib
import io
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.errors import InputError
from droneops.telemetry.headers import read_only
from droneops.types import FloatArray

MAGIC = b"ULog\x01\x12\x35"

# pyulog turns for ever about the end of a file that was cut within its definitions. One that is whole is read
# past its end once or twice.
_MAX_SHORT_READS = 1000

Topic = Mapping[str, FloatArray]
"""One topic's first instance: fields under their own names and in their own units, columns (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class ULog:
    """A log's topics: rows of each over all instances, the wanted ones as columns.

    ``dropouts`` counts stretches that the recorder could not write, ``damaged`` says that bytes were passed
    over.
    """

    messages: Mapping[str, int]
    topics: Mapping[str, Topic]
    dropouts: int
    damaged: bool


@dataclass(frozen=True, slots=True, eq=False)
class TopicRows:
    """One instance of a topic: its fields as stored, columns (n,), an element of an array a column."""

    name: str
    instance: int
    columns: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True, slots=True)
class LoggedText:
    """A line that the autopilot logged: time since boot, syslog severity (0 worst, 7 debug), its text."""

    boot_us: int
    severity: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class ULogRows:
    """All of a log: instances of topics, logged texts, and what is missing as `ULog` says."""

    topics: tuple[TopicRows, ...]
    texts: tuple[LoggedText, ...]
    dropouts: int
    damaged: bool


def parse_ulog(data: bytes, wanted: frozenset[str], *, where: str = "log") -> ULog:
    """The log from bytes, the ``wanted`` topics decoded.

    Raises:
        InputError: its header or definitions cannot be read.
    """
    return decode_topics(parse_rows(data, where=where), wanted)


def parse_rows(data: bytes, *, where: str = "log") -> ULogRows:
    """All of the log from bytes. Raises InputError as `parse_ulog`."""
    log = _parsed(data, where)
    topics = tuple(TopicRows(topic.name, int(topic.multi_id), topic.data) for topic in log.data_list)
    # A level is stored as the digit that it is.
    texts = tuple(
        LoggedText(int(m.timestamp), int(m.log_level) - ord("0"), m.message) for m in log.logged_messages
    )
    return ULogRows(topics, texts, len(log.dropouts), bool(log.file_corruption))


def decode_topics(log: ULogRows, wanted: frozenset[str]) -> ULog:
    """The log of rows, the ``wanted`` topics decoded."""
    messages: Counter[str] = Counter()
    for topic in log.topics:
        messages[topic.name] += len(topic)
    topics = {
        topic.name: {name: _floats(column) for name, column in topic.columns.items()}
        for topic in reversed(log.topics)  # the first instance of several comes last, and stays
        if topic.name in wanted and "timestamp" in topic.columns
    }
    return ULog(dict(sorted(messages.items())), topics, log.dropouts, log.damaged)


class _Bytes(io.BytesIO):
    """A file in memory that refuses to be read past its end again and again."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._short_reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """As io.BytesIO. Raises EOFError after too many reads that found less than they asked for."""
        found = super().read(size)
        if size is not None and len(found) < size:
            self._short_reads += 1
            if self._short_reads > _MAX_SHORT_READS:
                raise EOFError("its definitions are cut off")
        return found


def _parsed(data: bytes, where: str) -> Any:
    import pyulog

    # pyulog prints what it thinks of a damaged file.
    with Path(os.devnull).open("w", encoding="utf-8") as silence, contextlib.redirect_stdout(silence):
        try:
            return pyulog.ULog(_Bytes(data))
        except Exception as error:  # damage shows as any error, also of Python's own
            reason = str(error) or type(error).__name__
            mend = "copy it from the vehicle again"
            raise InputError(f"a ULog that cannot be read: {reason}", where=where, mend=mend) from error


def _floats(column: Any) -> FloatArray:
    with np.errstate(invalid="ignore"):  # widening a signalling NaN, which any bytes can be, warns
        return read_only(np.asarray(column).astype(np.float64))
