"""Reads a log of any kind but .tlog: all its messages, its pose track and its health from one reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from droneops.errors import InputError
from droneops.telemetry.caption_tables import caption_table
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dataflash import DataFlash, decode_records, parse_text, walk_records
from droneops.telemetry.dataflash_health import WANTED as HEALTH_WANTED
from droneops.telemetry.dataflash_health import dataflash_health
from droneops.telemetry.dataflash_samples import WANTED as DATAFLASH_WANTED
from droneops.telemetry.dataflash_samples import dataflash_samples
from droneops.telemetry.dataflash_samples import utc_minus_boot as dataflash_utc_minus_boot
from droneops.telemetry.dataflash_tables import binary_tables, text_tables
from droneops.telemetry.klv_samples import klv_samples, parse_st0601
from droneops.telemetry.log_format import LogFormat
from droneops.telemetry.message_tables import MessageTable, OtherLog
from droneops.telemetry.samples import Samples
from droneops.telemetry.srt import parse_srt
from droneops.telemetry.srt_samples import srt_samples
from droneops.telemetry.st0601_table import st0601_table
from droneops.telemetry.transport_stream import read_data
from droneops.telemetry.ulog import decode_topics, parse_rows
from droneops.telemetry.ulog_health import ulog_health
from droneops.telemetry.ulog_samples import WANTED as ULOG_WANTED
from droneops.telemetry.ulog_samples import ulog_samples
from droneops.telemetry.ulog_samples import utc_minus_boot as ulog_utc_minus_boot
from droneops.telemetry.ulog_tables import ulog_tables

_BOOT = "time_boot_s"
_MEND = "copy it from the vehicle again"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A log's messages, and what is made of them on demand.

    ``samples`` raises InputError where no pose can be made; ``health`` is what the log tells of its
    vehicle's, None for a kind that tells nothing.
    """

    log: OtherLog
    samples: Callable[[], Samples]
    health: Callable[[], dict[str, Any]] | None


def read_other_log(data: bytes, log_format: LogFormat, path: Path) -> Reading:
    """The log in ``data``, the bytes of the file at ``path``.

    Raises:
        InputError: nothing in it can be read.
    """
    match log_format:
        case LogFormat.DATAFLASH:
            return _binary(data, str(path))
        case LogFormat.DATAFLASH_TEXT:
            return _text(data, str(path))
        case LogFormat.ULOG:
            return _ulog(data, str(path))
        case LogFormat.SRT:
            return _captions(data, str(path))
        case LogFormat.KLV:
            return _st0601(path)
        case _:
            raise ValueError(f"{log_format} is read by read_tlog")


def _binary(data: bytes, where: str) -> Reading:
    records = walk_records(data)
    flash = decode_records(records, DATAFLASH_WANTED | HEALTH_WANTED)
    offset_us = _middle(dataflash_utc_minus_boot(flash))
    tables = binary_tables(records, offset_us)
    names = tuple(told.name for told in records.formats.values())
    return _dataflash(flash, LogFormat.DATAFLASH, tables, names, where, records.unread_bytes)


def _text(data: bytes, where: str) -> Reading:
    flash = parse_text(data, DATAFLASH_WANTED | HEALTH_WANTED)
    tables, unread = text_tables(data, _middle(dataflash_utc_minus_boot(flash)))
    return _dataflash(flash, LogFormat.DATAFLASH_TEXT, tables, tuple(t.name for t in tables), where, unread)


def _dataflash(
    flash: DataFlash,
    kind: LogFormat,
    tables: tuple[MessageTable, ...],
    names: tuple[str, ...],
    where: str,
    unread_bytes: int,
) -> Reading:
    if not tables:
        raise InputError("a DataFlash log without a readable message", where=where, mend=_MEND)
    offset_us = _middle(dataflash_utc_minus_boot(flash))
    timeless = "it never tells UTC (GPS.GWk)" if offset_us is None else None
    log = OtherLog(where, kind.value, tables, names, _BOOT, {"bytes": unread_bytes}, timeless, ())
    return Reading(log, lambda: dataflash_samples(flash), lambda: dataflash_health(flash, offset_us))


def _ulog(data: bytes, where: str) -> Reading:
    rows = parse_rows(data, where=where)
    log = decode_topics(rows, ULOG_WANTED)
    offset_us = _middle(ulog_utc_minus_boot(log))
    tables = ulog_tables(rows, offset_us)
    timeless = "it never tells UTC (time_utc_usec)" if offset_us is None else None
    damage = {"corrupt": rows.damaged, "dropouts": rows.dropouts}
    names = tuple(table.name for table in tables)
    other = OtherLog(where, LogFormat.ULOG.value, tables, names, _BOOT, damage, timeless, ())
    return Reading(other, lambda: ulog_samples(log), lambda: ulog_health(rows, offset_us))


def _captions(data: bytes, where: str) -> Reading:
    captions = parse_srt(data, where=where)
    table, warnings = caption_table(captions, where)
    timeless = None if warnings else "its subtitles hold no date and time"
    damage = {"subtitles_without_a_place": captions.unread}
    kind = LogFormat.SRT.value
    log = OtherLog(where, kind, (table,), (table.name,), "time_video_s", damage, timeless, warnings)
    return Reading(log, lambda: srt_samples(captions, where=where), None)


def _st0601(path: Path) -> Reading:
    stream = parse_st0601(read_data(path), where=str(path))
    table = st0601_table(stream)
    damage = {"damaged_packets": stream.damaged, "untimed_packets": stream.untimed}
    log = OtherLog(str(path), LogFormat.KLV.value, (table,), (table.name,), None, damage, None, ())
    return Reading(log, lambda: klv_samples(stream), None)


def _middle(offsets_us: Int64Array) -> int | None:
    return int(np.median(offsets_us)) if len(offsets_us) else None
