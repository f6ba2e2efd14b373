"""Where the vehicle was, by GLOBAL_POSITION_INT, and how well that is known.

The receivers tell in the messages of `receivers`, the estimator, whose position it is, in those of
`estimator`. The larger of their sigmas counts: an estimator that smooths its receiver is as far off as that
is, and one that runs on without is further. A test ratio above 1 multiplies it.

Units on the wire: degrees * 1e7, millimetres, centimetres a second.
Source: https://mavlink.io/en/messages/common.html
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry import receivers
from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.estimator import Estimator, read_estimator
from droneops.telemetry.headers import read_only
from droneops.telemetry.latest import recent_before
from droneops.telemetry.receivers import SMALLEST_SIGMA_M, Sigmas
from droneops.telemetry.tlog import Tlog
from droneops.types import FloatArray

_HORIZONTAL = (*receivers.SOURCES_HORIZONTAL, "ESTIMATOR_STATUS.pos_horiz_accuracy")
_VERTICAL = (*receivers.SOURCES_VERTICAL, "ESTIMATOR_STATUS.pos_vert_accuracy")
_BY_ESTIMATOR = len(receivers.SOURCES_HORIZONTAL)
# By index: what a sigma is from, and in the second half the same times the estimator's test ratio.
SOURCES_HORIZONTAL = (*_HORIZONTAL, *(f"{source}, test ratio" for source in _HORIZONTAL))
SOURCES_VERTICAL = (*_VERTICAL, *(f"{source}, test ratio" for source in _VERTICAL))


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
    gps = receivers.read_receivers(log, rows, clock)
    estimator = _estimator(log, rows, clock)
    sigma_m, sigma_source = _widened(gps.horizontal, estimator.horizontal_m, estimator.horizontal_ratio)
    altitude_sigma_m, altitude_sigma_source = _widened(
        gps.vertical, estimator.vertical_m, estimator.vertical_ratio
    )
    lat_deg, lon_deg = rows.float("lat") * 1e-7, rows.float("lon") * 1e-7
    is_valid = is_place(lat_deg, lon_deg) & gps.has_fix & ~estimator.lost
    positions = Positions(
        time_us=clock.utc_of(rows),
        boot=clock.boot_of(rows),
        lat_deg=lat_deg,
        lon_deg=unwound(lon_deg, is_valid),
        alt_msl_m=rows.float("alt") * 1e-3,
        alt_above_home_m=rows.float("relative_alt") * 1e-3,
        velocity_ned_mps=np.stack([rows.float(name) * 1e-2 for name in ("vx", "vy", "vz")], axis=-1),
        valid=is_valid,
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


def unwound(lon_deg: FloatArray, valid: npt.NDArray[np.bool_]) -> FloatArray:
    """(n,) without steps of 360 degrees between valid ones; the others, which mean nothing, stay as given."""
    whole = lon_deg.copy()
    whole[valid] = np.unwrap(lon_deg[valid], period=360.0)
    return whole


def _estimator(log: Tlog, rows: Columns, clock: VehicleClock) -> Estimator:
    sender = (clock.vehicle.system_id, clock.vehicle.component_id)
    ardupilot = log.table("EKF_STATUS_REPORT").sent_by(*sender)
    px4 = log.table("ESTIMATOR_STATUS").sent_by(*sender)
    return read_estimator(
        ardupilot, px4, recent_before(ardupilot, rows, clock), recent_before(px4, rows, clock)
    )


def _widened(sigma: Sigmas, estimator_m: FloatArray, ratio: FloatArray) -> Sigmas:
    """Sigmas (n,) with the estimator's word: its own sigma if larger or the only one, times its ratio."""
    sigma_m, source = sigma
    known = ~np.isnan(estimator_m)
    by_estimator = known & ((source == 0) | (np.nan_to_num(estimator_m) > sigma_m))
    sigma_m = np.where(by_estimator, np.maximum(estimator_m, SMALLEST_SIGMA_M), sigma_m)
    source = np.where(by_estimator, _BY_ESTIMATOR, source)
    above = ratio > 1
    return np.where(above, sigma_m * ratio, sigma_m), (source + above * len(_HORIZONTAL)).astype(np.int8)
