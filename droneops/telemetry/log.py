"""Any flight log as a pose track, whichever format it is of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from droneops.errors import InputError
from droneops.telemetry.dataflash import parse_binary, parse_text
from droneops.telemetry.dataflash_samples import WANTED as DATAFLASH_WANTED
from droneops.telemetry.dataflash_samples import dataflash_samples
from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.klv_samples import klv_samples, parse_st0601
from droneops.telemetry.log_format import SUPPORTED, LogFormat, format_of
from droneops.telemetry.pose_track import PoseTrack, build_pose_track, track_of
from droneops.telemetry.samples import NO_MAVLINK_VEHICLE, Samples
from droneops.telemetry.srt import parse_srt
from droneops.telemetry.srt_samples import srt_samples
from droneops.telemetry.tlog import parse_tlog, read_bytes
from droneops.telemetry.transport_stream import read_data
from droneops.telemetry.ulog import parse_ulog
from droneops.telemetry.ulog_samples import WANTED as ULOG_WANTED
from droneops.telemetry.ulog_samples import ulog_samples
from droneops.telemetry.vehicles import choose_vehicle
from droneops.types import FloatArray


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


def _opened(path: Path) -> tuple[bytes, LogFormat]:
    data = read_bytes(path, SUPPORTED)
    log_format = format_of(data)
    if log_format is None:
        what = "is a flight log of no known format" if data else "is empty"
        raise InputError(what, where=str(path), mend=SUPPORTED)
    return data, log_format


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
