"""Which format a flight log is of, by its content."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import numpy as np

from droneops.telemetry.dataflash import HEADER as DATAFLASH_HEADER
from droneops.telemetry.headers import MARKER_V1, MARKER_V2, STAMP_BYTES
from droneops.telemetry.tlog import open_log, read_part
from droneops.telemetry.transport_stream import is_transport_stream
from droneops.telemetry.ulog import MAGIC as ULOG_MAGIC
from droneops.telemetry.walk import EARLIEST_US, LATEST_US

SUPPORTED = "give a .tlog, an ArduPilot .BIN or .log, a PX4 .ulg, a DJI .SRT, or a .ts with MISB ST 0601"
# Far enough for a damaged start, and for the FMT records that lead a text log.
_HEAD_BYTES = 65_536


class LogFormat(StrEnum):
    """The formats that can be read."""

    TLOG = "tlog"
    DATAFLASH = "dataflash"
    DATAFLASH_TEXT = "dataflash_text"
    ULOG = "ulog"
    SRT = "srt"
    KLV = "klv"


def format_of_file(path: Path | str) -> LogFormat | None:
    """The format of a file by its start alone, however large it is; None for none that is known.

    Raises:
        InputError: it cannot be opened.
    """
    with open_log(path, SUPPORTED) as file:
        return format_of(read_part(file, _HEAD_BYTES, SUPPORTED))


def format_of(data: bytes) -> LogFormat | None:
    """The format of a file's bytes; None for none that is known."""
    head = data[:_HEAD_BYTES]
    return next((log_format for log_format, fits in _MARKS if fits(head)), None)


def _is_tlog(head: bytes) -> bool:
    """Whether anywhere in the start of a file a MAVLink marker follows a time since 2000."""
    octets = np.frombuffer(head, dtype=np.uint8)
    markers = np.flatnonzero((octets == MARKER_V1) | (octets == MARKER_V2))
    stamps = (
        int.from_bytes(head[at - STAMP_BYTES : at], "big") for at in markers.tolist() if at >= STAMP_BYTES
    )
    return any(EARLIEST_US <= stamp < LATEST_US for stamp in stamps)


_DATAFLASH_TEXT = re.compile(rb"^FMT, ?\d+, ?\d+,", re.MULTILINE)
_SRT_TIMES = re.compile(rb"^\d+:\d\d:\d\d[,.]\d+ *-->", re.MULTILINE)
# A log that lost its start: two of the records that describe it, one after the other.
_DATAFLASH_INSIDE = re.compile(rb"\xa3\x95\x80.{86}\xa3\x95\x80", re.DOTALL)
# In order: what begins with its own mark, then what must be searched for.
_MARKS: tuple[tuple[LogFormat, Callable[[bytes], object]], ...] = (
    (LogFormat.ULOG, lambda head: head.startswith(ULOG_MAGIC)),
    (LogFormat.DATAFLASH, lambda head: head.startswith(DATAFLASH_HEADER)),
    (LogFormat.KLV, is_transport_stream),
    (LogFormat.TLOG, _is_tlog),
    (LogFormat.DATAFLASH_TEXT, _DATAFLASH_TEXT.search),
    (LogFormat.SRT, _SRT_TIMES.search),
    (LogFormat.DATAFLASH, _DATAFLASH_INSIDE.search),
)
