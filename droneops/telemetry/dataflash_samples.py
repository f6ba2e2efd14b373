"""A DataFlash log as samples for a pose track.

POS: the autopilot's own estimate, degrees, ``Alt`` above mean sea level, ``RelHomeAlt`` above home. ATT:
degrees. MNT: degrees, pitch and roll against the horizon, ``YawB`` from the heading. GPS: ``GWk`` and
``GMS``, GPS weeks and milliseconds of the week; ``Status`` as GPS_FIX_TYPE. GPA: metres; ``SMS``, the
milliseconds since boot when the fix arrived, which precede the record by some 40 ms. ORGN of type 1: home.
Source: https://ardupilot.org/copter/docs/logmessages.html
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droneops.telemetry.attitude import Rotations, make_rotations
from droneops.telemetry.clock import Boot
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dataflash import DataFlash, Table
from droneops.telemetry.field_of_view import FieldOfView
from droneops.telemetry.gimbal import Gimbal, turned_by_heading
from droneops.telemetry.home import Home
from droneops.telemetry.position import Positions
from droneops.telemetry.receivers import RANGE_ERROR_M, SMALLEST_SIGMA_M
from droneops.telemetry.samples import (
    NO_MAVLINK_VEHICLE,
    Fixes,
    Samples,
    SourceNames,
    believable,
    boot_of_offsets,
    flight_s,
    from_degrees,
    make_gimbal,
    make_positions,
    one_boot,
    unknown,
    with_home_alt,
)
from droneops.types import FloatArray

WANTED = frozenset({"GPS", "GPA", "POS", "ATT", "MNT", "ORGN"})
_NAMES = SourceNames("POS", "ATT", ("default", "GPS.HDop", "GPA.HAcc"), ("default", "GPA.VDop", "GPA.VAcc"))
_FIRST_FIX = 2
_FIRST_TIMED_FIX = 3
_HOME_ORIGIN = 1
_GPS_EPOCH_S = 315_964_800
_WEEK_S = 604_800
# When GPS time got another second ahead of UTC (IERS Bulletin C): UTC seconds, seconds ahead from then on.
_LEAP_FROM_S = (0, 1_136_073_600, 1_230_768_000, 1_341_100_800, 1_435_708_800, 1_483_228_800)
_LEAP_S = (13, 14, 15, 16, 17, 18)


def dataflash_samples(log: DataFlash, *, home_alt_msl_m: float | None = None) -> Samples:
    """What the log told. ``home_alt_msl_m`` serves where it does not tell one of the two heights.

    Without a GPS time nothing is known of UTC: then there are no samples, and a warning.
    """
    offsets_us = utc_minus_boot(log)
    utc_us = int(np.median(offsets_us)) if len(offsets_us) else None
    attitude, damaged_attitudes = _attitude(log, utc_us)
    positions, damaged_positions = _positions(log, utc_us, home_alt_msl_m)
    return Samples(
        vehicle=NO_MAVLINK_VEHICLE,
        boots=_boots(offsets_us, positions, attitude),
        positions=positions,
        attitude=attitude,
        gimbal=_gimbal(log, utc_us, attitude, flight_s(positions)),
        field_of_view=FieldOfView((), ()),
        home=_home(log, positions),
        names=_NAMES,
        warnings=_warnings(log.unread_bytes, utc_us, damaged_positions, damaged_attitudes),
    )


def utc_of_gps(week: FloatArray, week_ms: FloatArray) -> FloatArray:
    """UTC microseconds (n,) of GPS weeks and milliseconds of the week (IS-GPS-200, 3.3.4), after 2000."""
    gps_s = _GPS_EPOCH_S + week * _WEEK_S + week_ms * 1e-3
    ahead_s = np.array(_LEAP_S)[np.searchsorted(np.array(_LEAP_FROM_S) + _LEAP_S, gps_s, side="right") - 1]
    utc_us: FloatArray = np.rint((gps_s - ahead_s) * 1e6)
    return utc_us


def _column(table: Table, name: str) -> FloatArray:
    """(n,) NaN where the message does not have the field; empty without messages."""
    count = len(next(iter(table.values()), ()))
    return table.get(name, unknown(count))


def _table(log: DataFlash, name: str) -> Table:
    """One type in order of time since boot; of several receivers or gimbals the first."""
    table = log.tables.get(name, {})
    order = np.argsort(_column(table, "TimeUS"), kind="stable")
    kept = order[_is_first(table)[order]]
    return {field: column[kept] for field, column in table.items()}


def _is_first(table: Table) -> npt.NDArray[np.bool_]:
    number = _column(table, "I")
    first: npt.NDArray[np.bool_] = np.isnan(number) | (number == 0)
    return first


def utc_minus_boot(log: DataFlash) -> Int64Array:
    """(n,) UTC minus time since boot, microseconds, by each GPS fix that knows the time."""
    gps = _table(log, "GPS")
    week, boot_us = _column(gps, "GWk"), _column(gps, "TimeUS")
    timed = (_column(gps, "Status") >= _FIRST_TIMED_FIX) & (week > 0) & (_column(gps, "GMS") >= 0)
    utc_us = utc_of_gps(np.where(timed, week, 0), np.where(timed, _column(gps, "GMS"), 0))
    kept = timed & believable(np.where(timed, utc_us, 0))
    arrived_us = _arrival(log, boot_us)
    offsets_us = utc_us[kept] - arrived_us[kept]
    near = believable(offsets_us)
    return np.rint(offsets_us[near]).astype(np.int64)


def _arrival(log: DataFlash, boot_us: FloatArray) -> FloatArray:
    """(n,) when each fix arrived: GPA.SMS of the same instant where it is there, else the record's time."""
    gpa = _table(log, "GPA")
    stamps_us, arrived_us = _column(gpa, "TimeUS"), _column(gpa, "SMS") * 1e3
    if len(stamps_us) == 0:
        return boot_us
    at = np.minimum(np.searchsorted(stamps_us, boot_us), len(stamps_us) - 1)
    same = (stamps_us[at] == boot_us) & (np.abs(arrived_us[at] - boot_us) < 1e6)
    return np.where(same, arrived_us[at], boot_us)


def _timed(table: Table, utc_us: int | None) -> tuple[Table, Int64Array, int]:
    """The rows whose time is believable, their UTC, and how many are not; none without UTC."""
    boot_us = _column(table, "TimeUS")
    if utc_us is None:
        kept = np.zeros(len(boot_us), dtype=np.bool_)
        return {name: column[kept] for name, column in table.items()}, np.empty(0, dtype=np.int64), 0
    kept = believable(boot_us + utc_us)
    rows = {name: column[kept] for name, column in table.items()}
    return rows, (boot_us[kept] + utc_us).astype(np.int64), int((~kept).sum())


def _positions(log: DataFlash, utc_us: int | None, home_alt_msl_m: float | None) -> tuple[Positions, int]:
    rows, time_us, damaged = _timed(_table(log, "POS"), utc_us)
    boot_us = _column(rows, "TimeUS")
    sigma_m, sigma_source = _sigma(log, boot_us, "HAcc", ("GPS", "HDop"))
    altitude_sigma_m, altitude_source = _sigma(log, boot_us, "VAcc", ("GPA", "VDop"))
    fixes = Fixes(
        time_us=time_us,
        lat_deg=_column(rows, "Lat"),
        lon_deg=_column(rows, "Lng"),
        alt_msl_m=_column(rows, "Alt"),
        alt_above_home_m=_column(rows, "RelHomeAlt"),
        has_fix=_latest(log, "GPS", "Status", boot_us, default=_FIRST_FIX) >= _FIRST_FIX,
        sigma_m=sigma_m,
        sigma_source=sigma_source,
        altitude_sigma_m=altitude_sigma_m,
        altitude_sigma_source=altitude_source,
    )
    positions, absurd = make_positions(with_home_alt(fixes, home_alt_msl_m))
    return positions, damaged + absurd


def _latest(
    log: DataFlash, name: str, field: str, boot_us: FloatArray, *, default: float = np.nan
) -> FloatArray:
    """(n,) the last value of a field at or before times since boot (n,); ``default`` before the first."""
    table = _table(log, name)
    stamps_us, values = _column(table, "TimeUS"), _column(table, field)
    if len(stamps_us) == 0:
        return np.full(len(boot_us), default)
    at = np.searchsorted(stamps_us, boot_us, side="right") - 1
    return np.where(at >= 0, values[np.maximum(at, 0)], default)


def _sigma(
    log: DataFlash, boot_us: FloatArray, accuracy: str, dilution: tuple[str, str]
) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    """(n,) sigmas and (n,) sources: 2 the receiver's own accuracy, else 1 dilution of precision."""
    accuracy_m = _latest(log, "GPA", accuracy, boot_us)
    by_accuracy = accuracy_m > 0
    by_dilution_m = _latest(log, *dilution, boot_us) * RANGE_ERROR_M
    sigma_m = np.where(by_accuracy, np.maximum(accuracy_m, SMALLEST_SIGMA_M), by_dilution_m)
    return sigma_m, np.where(by_accuracy, 2, 1).astype(np.int8)


def _attitude(log: DataFlash, utc_us: int | None) -> tuple[Rotations, int]:
    rows, time_us, damaged = _timed(_table(log, "ATT"), utc_us)
    quaternions = from_degrees(*(_column(rows, name) for name in ("Roll", "Pitch", "Yaw")))
    rotations = make_rotations(time_us, one_boot(time_us), quaternions)
    return rotations, damaged + len(time_us) - len(rotations)


def _gimbal(log: DataFlash, utc_us: int | None, attitude: Rotations, flown_s: float) -> Gimbal | None:
    rows, time_us, _ = _timed(_table(log, "MNT"), utc_us)
    yaw_deg, earth_yaw_deg = _column(rows, "YawB"), _column(rows, "YawE")
    in_vehicle_frame = ~np.isnan(yaw_deg)
    frame_from_gimbal = from_degrees(
        _column(rows, "Roll"), _column(rows, "Pitch"), np.where(in_vehicle_frame, yaw_deg, earth_yaw_deg)
    )
    ned_from_gimbal = turned_by_heading(
        attitude, time_us, one_boot(time_us), frame_from_gimbal, in_vehicle_frame
    )
    return make_gimbal(ned_from_gimbal, frame_from_gimbal, "MNT (yaw from the heading)", flown_s)


def _home(log: DataFlash, positions: Positions) -> Home:
    origin = _table(log, "ORGN")
    heights = _column(origin, "Alt")[_column(origin, "Type") == _HOME_ORIGIN]
    told = heights[np.abs(heights) < 1e4]
    if len(told):
        return Home(float(told[-1]), "ORGN")
    valid = positions.take(positions.valid)
    difference_m = valid.alt_msl_m - valid.alt_above_home_m
    known = difference_m[np.isfinite(difference_m)]
    return Home(float(np.median(known)), "POS.Alt - RelHomeAlt") if len(known) else Home(None, "unknown")


def _boots(offsets_us: Int64Array, positions: Positions, attitude: Rotations) -> tuple[Boot, ...]:
    times_us = np.concatenate([positions.time_us, attitude.time_us])
    if len(times_us) == 0:
        return ()
    return (boot_of_offsets(offsets_us, int(times_us.min()), int(times_us.max()), "GPS.GWk, GMS"),)


def _warnings(
    unread_bytes: int, utc_us: int | None, damaged_positions: int, damaged_attitudes: int
) -> tuple[str, ...]:
    texts = []
    if unread_bytes:
        texts.append(f"{unread_bytes} bytes could not be read; the rest was used")
    if utc_us is None:
        texts.append("the log never tells UTC (GPS.GWk): nothing in it can be put in time")
    if damaged_positions:
        texts.append(f"{damaged_positions} positions with impossible numbers were left out")
    if damaged_attitudes:
        texts.append(f"{damaged_attitudes} attitudes with impossible numbers were left out")
    return tuple(texts)
