"""Where the vehicle was, by GLOBAL_POSITION_INT, and how well that is known.

The receiver tells in GPS_RAW_INT, the estimator, whose position it is, in the messages of `estimator`. The
larger of their sigmas counts: an estimator that smooths its receiver is as far off as that is, and one that
runs on without is further. A test ratio above 1 multiplies it.

Units on the wire: degrees * 1e7, millimetres, centimetres a second, HDOP * 100; 65535 and 0 stand for
"unknown" in eph and h_acc. Source: https://mavlink.io/en/messages/common.html
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.estimator import OLDEST_US, Estimator, read_estimator
from droneops.telemetry.headers import read_only
from droneops.telemetry.tlog import Tlog
from droneops.types import FloatArray

# GPS_FIX_TYPE: 0 no receiver, 1 no fix, 2 two-dimensional, 3 and more better.
_FIRST_FIX = 2
_UNKNOWN_DOP = 65535
# One standard deviation of the range error of a single-frequency receiver, in metres: the GPS SPS Performance
# Standard (2020) allows 7.8 m at 95 % from the satellites, and 2 m is what is met with.
RANGE_ERROR_M = 2.0
# A consumer receiver under open sky: 4.9 m at 95 % (GPS.gov, "GPS Accuracy") is 2 m, and half as much again.
DEFAULT_SIGMA_M = 3.0
# A receiver's own word below this is wishful (1 cm is RTK at its best).
SMALLEST_SIGMA_M = 0.01

# A two-dimensional fix holds whatever height it had; a patrol's heights lie within some 100 m.
_TWO_DIMENSIONAL = 2
_HELD_ALTITUDE_SIGMA_M = 50.0

_BY_DOP, _BY_ACCURACY, _BY_ESTIMATOR, _BY_FIX_TYPE = 1, 2, 3, 4
_HORIZONTAL = (
    "default",
    "GPS_RAW_INT.eph",
    "GPS_RAW_INT.h_acc",
    "ESTIMATOR_STATUS.pos_horiz_accuracy",
    "GPS_RAW_INT.fix_type",
)
_VERTICAL = (
    "default",
    "GPS_RAW_INT.epv",
    "GPS_RAW_INT.v_acc",
    "ESTIMATOR_STATUS.pos_vert_accuracy",
    "GPS_RAW_INT.fix_type",
)
# By index: what a sigma is from, and in the second half the same times the estimator's test ratio.
SOURCES_HORIZONTAL = (*_HORIZONTAL, *(f"{source}, test ratio" for source in _HORIZONTAL))
SOURCES_VERTICAL = (*_VERTICAL, *(f"{source}, test ratio" for source in _VERTICAL))

Sigmas = tuple[FloatArray, npt.NDArray[np.int8]]
"""One standard deviation (n,) and the index of its source (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Columns (n,), times ascending within each ``boot``; ``valid`` is false without a fix.

    ``lon_deg`` is unwound: across 180 degrees it goes on to 180.1. ``velocity_ned_mps`` is (n, 3).
    ``*_source`` index the names of where a sigma came from: SOURCES_HORIZONTAL and SOURCES_VERTICAL, or
    those of another format. A height that a log does not tell is NaN; a .tlog tells both.
    """

    time_us: Int64Array
    boot: Int64Array
    lat_deg: FloatArray
    lon_deg: FloatArray
    alt_msl_m: FloatArray
    alt_above_home_m: FloatArray
    velocity_ned_mps: FloatArray
    valid: npt.NDArray[np.bool_]
    sigma_m: FloatArray
    sigma_source: npt.NDArray[np.int8]
    altitude_sigma_m: FloatArray
    altitude_sigma_source: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.time_us)

    def take(self, rows: npt.NDArray[Any]) -> Positions:
        """The rows named by a mask or by indices."""
        return Positions(*(read_only(getattr(self, field.name)[rows]) for field in fields(self)))

    def of_boot(self, boot: int) -> Positions:
        """The samples of one boot."""
        return self.take(self.boot == boot)


def read_positions(log: Tlog, clock: VehicleClock) -> Positions:
    """All positions that one vehicle reported, valid or not, in order of boot and time."""
    rows = log.table("GLOBAL_POSITION_INT").sent_by(clock.vehicle.system_id, clock.vehicle.component_id)
    gps = log.table("GPS_RAW_INT").sent_by(clock.vehicle.system_id, clock.vehicle.component_id)
    latest = _latest_before(gps, rows, clock)
    estimator = _estimator(log, rows, clock)
    horizontal = _sigma(gps, latest, "h_acc", "eph")
    vertical = _held(_sigma(gps, latest, "v_acc", "epv"), gps, latest)
    sigma_m, sigma_source = _widened(horizontal, estimator.horizontal_m, estimator.horizontal_ratio)
    altitude_sigma_m, altitude_sigma_source = _widened(
        vertical, estimator.vertical_m, estimator.vertical_ratio
    )
    lat_deg, lon_deg = rows.float("lat") * 1e-7, rows.float("lon") * 1e-7
    positions = Positions(
        time_us=clock.utc_of(rows),
        boot=clock.boot_of(rows),
        lat_deg=lat_deg,
        lon_deg=unwound(lon_deg),
        alt_msl_m=rows.float("alt") * 1e-3,
        alt_above_home_m=rows.float("relative_alt") * 1e-3,
        velocity_ned_mps=np.stack([rows.float(name) * 1e-2 for name in ("vx", "vy", "vz")], axis=-1),
        valid=is_place(lat_deg, lon_deg) & _has_fix(gps, latest) & ~estimator.lost,
        sigma_m=sigma_m,
        sigma_source=sigma_source,
        altitude_sigma_m=altitude_sigma_m,
        altitude_sigma_source=altitude_sigma_source,
    )
    return in_order(positions)


def in_order(positions: Positions) -> Positions:
    """By boot and time; of two with the same time the first stays."""
    ordered = positions.take(np.lexsort((positions.time_us, positions.boot)))
    new = np.ones(len(ordered), dtype=np.bool_)
    new[1:] = (np.diff(ordered.time_us) != 0) | (np.diff(ordered.boot) != 0)
    return ordered.take(new)


def is_place(lat_deg: FloatArray, lon_deg: FloatArray) -> npt.NDArray[np.bool_]:
    """(n,) zero for both is how an autopilot without a position fills the fields; 400 degrees is damage."""
    told = (lat_deg != 0) | (lon_deg != 0)
    places: npt.NDArray[np.bool_] = told & (np.abs(lat_deg) <= 90) & (np.abs(lon_deg) <= 180)
    return places


def unwound(lon_deg: FloatArray) -> FloatArray:
    """(n,) without steps of 360 degrees."""
    return np.unwrap(lon_deg, period=360.0)


def _latest_before(reports: Columns, rows: Columns, clock: VehicleClock) -> Int64Array:
    """(n,) for each position the index of the last report before it in the same boot, -1 if none."""
    latest = np.searchsorted(reports.file_offset, rows.file_offset) - 1
    if len(reports) == 0:
        return latest
    same_boot = clock.boot_of(reports)[np.maximum(latest, 0)] == clock.boot_of(rows)
    return np.where(same_boot, latest, -1)


def _estimator(log: Tlog, rows: Columns, clock: VehicleClock) -> Estimator:
    sender = (clock.vehicle.system_id, clock.vehicle.component_id)
    ardupilot = log.table("EKF_STATUS_REPORT").sent_by(*sender)
    px4 = log.table("ESTIMATOR_STATUS").sent_by(*sender)
    return read_estimator(
        ardupilot, px4, _recent_before(ardupilot, rows, clock), _recent_before(px4, rows, clock)
    )


def _recent_before(reports: Columns, rows: Columns, clock: VehicleClock) -> Int64Array:
    """As `_latest_before`, and -1 where it is older than OLDEST_US."""
    latest = _latest_before(reports, rows, clock)
    if len(reports) == 0:
        return latest
    age_us = clock.utc_of(rows) - clock.utc_of(reports)[np.maximum(latest, 0)]
    return np.where(age_us <= OLDEST_US, latest, -1)


def _has_fix(gps: Columns, latest: Int64Array) -> npt.NDArray[np.bool_]:
    # Without any GPS_RAW_INT (a log that left it out, a vehicle with another source) the position stands.
    if len(gps) == 0:
        return np.ones(len(latest), dtype=np.bool_)
    return (latest < 0) | (gps["fix_type"][np.maximum(latest, 0)] >= _FIRST_FIX)


def _sigma(gps: Columns, latest: Int64Array, accuracy: str, dilution: str) -> Sigmas:
    """(n,) sigmas and (n,) sources: the receiver's accuracy, else dilution of precision, else 0."""
    sigma_m = np.full(len(latest), DEFAULT_SIGMA_M)
    source = np.zeros(len(latest), dtype=np.int8)
    if len(gps) == 0:
        return sigma_m, source
    at = np.maximum(latest, 0)
    dop, accuracy_mm = gps.float(dilution)[at], gps.float(accuracy)[at]
    by_dop = (latest >= 0) & (dop > 0) & (dop < _UNKNOWN_DOP)
    by_accuracy = (latest >= 0) & (accuracy_mm > 0)
    sigma_m = np.where(by_dop, dop * 1e-2 * RANGE_ERROR_M, sigma_m)
    sigma_m = np.where(by_accuracy, np.maximum(accuracy_mm * 1e-3, SMALLEST_SIGMA_M), sigma_m)
    source = np.where(by_accuracy, _BY_ACCURACY, np.where(by_dop, _BY_DOP, 0)).astype(np.int8)
    return sigma_m, source


def _held(sigma: Sigmas, gps: Columns, latest: Int64Array) -> Sigmas:
    """Sigmas of altitude, widened where the receiver has a fix in two dimensions only."""
    sigma_m, source = sigma
    if len(gps) == 0:
        return sigma
    held = (latest >= 0) & (gps["fix_type"][np.maximum(latest, 0)] == _TWO_DIMENSIONAL)
    held &= sigma_m < _HELD_ALTITUDE_SIGMA_M
    held_m = np.where(held, _HELD_ALTITUDE_SIGMA_M, sigma_m)
    return held_m, np.where(held, _BY_FIX_TYPE, source).astype(np.int8)


def _widened(sigma: Sigmas, estimator_m: FloatArray, ratio: FloatArray) -> Sigmas:
    """Sigmas (n,) with the estimator's word: its own sigma if larger or the only one, times its ratio."""
    sigma_m, source = sigma
    known = ~np.isnan(estimator_m)
    by_estimator = known & ((source == 0) | (np.nan_to_num(estimator_m) > sigma_m))
    sigma_m = np.where(by_estimator, np.maximum(estimator_m, SMALLEST_SIGMA_M), sigma_m)
    source = np.where(by_estimator, _BY_ESTIMATOR, source)
    above = ratio > 1
    return np.where(above, sigma_m * ratio, sigma_m), (source + above * len(_HORIZONTAL)).astype(np.int8)
