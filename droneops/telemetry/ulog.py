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


def parse_ulog(data: bytes, wanted: frozenset[str], *, where: str = "log") -> ULog:
    """The log from bytes, the ``wanted`` topics decoded.

    Raises:
        InputError: its header or definitions cannot be read.
    """
    log = _parsed(data, where)
    messages: Counter[str] = Counter()
    for topic in log.data_list:
        messages[topic.name] += len(next(iter(topic.data.values()), ()))
    topics = {
        topic.name: {name: _floats(column) for name, column in topic.data.items()}
        for topic in reversed(log.data_list)  # the first instance of several comes last, and stays
        if topic.name in wanted and "timestamp" in topic.data
    }
    return ULog(dict(sorted(messages.items())), topics, len(log.dropouts), bool(log.file_corruption))


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
