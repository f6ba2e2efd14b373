"""Any flight log as a pose track: which format a file is, by its content, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np

from droneops.errors import InputError
from droneops.telemetry.dataflash import HEADER as DATAFLASH_HEADER
from droneops.telemetry.dataflash import parse_binary, parse_text
from droneops.telemetry.dataflash_samples import WANTED as DATAFLASH_WANTED
from droneops.telemetry.dataflash_samples import dataflash_samples
from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.headers import MARKER_V1, MARKER_V2, STAMP_BYTES
from droneops.telemetry.klv_samples import klv_samples, parse_st0601
from droneops.telemetry.pose_track import PoseTrack, build_pose_track, track_of
from droneops.telemetry.samples import NO_MAVLINK_VEHICLE, Samples
from droneops.telemetry.srt import parse_srt
from droneops.telemetry.srt_samples import srt_samples
from droneops.telemetry.tlog import parse_tlog, read_bytes
from droneops.telemetry.transport_stream import is_transport_stream, read_data
from droneops.telemetry.ulog import MAGIC as ULOG_MAGIC
from droneops.telemetry.ulog import parse_ulog
from droneops.telemetry.ulog_samples import WANTED as ULOG_WANTED
from droneops.telemetry.ulog_samples import ulog_samples
from droneops.telemetry.vehicles import choose_vehicle
from droneops.telemetry.walk import EARLIEST_US, LATEST_US
from droneops.types import FloatArray

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


def read_pose_track(
    path: Path | str,
    *,
    drone_id: str,
    system_id: int | None = None,
    gimbal_frame: GimbalFrame = "auto",
    utc_offset_s: float | None = None,
    start_us: int | None = None,
    home_alt_msl_m: float | None = None,
) -> PoseTrack:
    """The pose track of one drone from a log of any format.

    ``system_id`` names the vehicle of a .tlog. ``utc_offset_s`` and ``start_us`` are for subtitles, see
    `srt_samples`. ``home_alt_msl_m`` serves every format but .tlog where one of the two heights is not told.

    Raises:
        InputError: the file cannot be opened or nothing in it can be read.
        UsageError: ``system_id`` is not in a .tlog, or it holds several vehicles and none was asked for.
    """
    data, log_format = _opened(Path(path))
    if log_format is LogFormat.TLOG:
        log = parse_tlog(data, where=str(path))
        vehicle = choose_vehicle(log, system_id) or NO_MAVLINK_VEHICLE
        return build_pose_track(log, vehicle, drone_id=drone_id, gimbal_frame=gimbal_frame)
    samples = samples_of(
        data,
        log_format,
        path=Path(path),
        gimbal_frame=gimbal_frame,
        utc_offset_s=utc_offset_s,
        start_us=start_us,
        home_alt_msl_m=home_alt_msl_m,
    )
    return track_of(samples, drone_id=drone_id)


def log_format_of(path: Path | str) -> LogFormat:
    """The format of a file, by its content.

    Raises:
        InputError: it cannot be opened, is empty, or is none of the formats.
    """
    return _opened(Path(path))[1]


def format_of(data: bytes) -> LogFormat | None:
    """The format of a file's bytes; None for none that is known."""
    head = data[:_HEAD_BYTES]
    return next((log_format for log_format, fits in _MARKS if fits(head)), None)


def _opened(path: Path) -> tuple[bytes, LogFormat]:
    data = read_bytes(path, SUPPORTED)
    log_format = format_of(data)
    if log_format is None:
        what = "is a flight log of no known format" if data else "is empty"
        raise InputError(what, where=str(path), mend=SUPPORTED)
    return data, log_format


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


def samples_of(
    data: bytes,
    log_format: LogFormat,
    *,
    path: Path,
    gimbal_frame: GimbalFrame = "auto",
    utc_offset_s: float | None = None,
    start_us: int | None = None,
    home_alt_msl_m: float | None = None,
) -> Samples:
    """The samples in ``data``, the bytes of the file at ``path``, in any format but .tlog.

    The other parameters are those of `read_pose_track`, and so are the errors.
    """
    where = str(path)
    match log_format:
        case LogFormat.ULOG:
            log = parse_ulog(data, ULOG_WANTED, where=where)
            _refuse_without(log.topics, "a ULog", where)
            return ulog_samples(log, gimbal_frame=gimbal_frame, home_alt_msl_m=home_alt_msl_m)
        case LogFormat.KLV:
            stream = parse_st0601(read_data(path), where=where)
            return klv_samples(stream, home_alt_msl_m=home_alt_msl_m)
        case LogFormat.SRT:
            captions = parse_srt(data, where=where)
            return srt_samples(
                captions,
                utc_offset_s=utc_offset_s,
                start_us=start_us,
                home_alt_msl_m=home_alt_msl_m,
                where=where,
            )
        case _:
            parse = parse_binary if log_format is LogFormat.DATAFLASH else parse_text
            flash = parse(data, DATAFLASH_WANTED)
            _refuse_without(flash.tables, "a DataFlash log", where)
            return dataflash_samples(flash, home_alt_msl_m=home_alt_msl_m)


def _refuse_without(tables: Mapping[str, Mapping[str, FloatArray]], what: str, where: str) -> None:
    """Raises InputError if no message was found that a pose could be made of."""
    if not any(tables.values()):
        what = f"{what} without a message that tells where the drone was"
        raise InputError(what, where=where, mend="copy it from the vehicle again")
