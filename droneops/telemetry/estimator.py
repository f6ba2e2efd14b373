"""How well the vehicle's own estimator says that it knows where it is.

The position of GLOBAL_POSITION_INT is the estimator's, so its word counts beside the receiver's.

ESTIMATOR_STATUS (PX4): ``pos_horiz_accuracy`` and ``pos_vert_accuracy`` in metres, 1 sigma; ``*_ratio`` are
test ratios. EKF_STATUS_REPORT (ArduPilot): what it calls variances are test ratios too. A test ratio is how
far the measurements are off, over the gate beyond which they are rejected: up to 1 the estimator believes
its receiver, above 1 it runs on without, and its error is no longer what the receiver's accuracy says.
Sources: https://mavlink.io/en/messages/common.html, https://mavlink.io/en/messages/ardupilotmega.html,
https://ardupilot.org/copter/docs/ekf-inav-failsafe.html
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import FloatArray

# EKF_STATUS_FLAGS and ESTIMATOR_STATUS_FLAGS have these bits in common.
_POS_HORIZ_REL = 8
_POS_HORIZ_ABS = 16
_CONST_POS_MODE = 128

# Sent once or twice a second; older than this it is no word on the position at hand.
OLDEST_US = 5_000_000
# Beyond a hundred gates it is hundreds of metres off, or damage: more says nothing more.
_MOST_RATIO = 100.0
# The circumference of the earth has 40,000 km: an accuracy beyond this is no number but damage.
_MOST_ACCURACY_M = 1e6
# A compass ratio above 1 for three reports, 1 to 3 s, is no passing disturbance.
_COMPASS_REPORTS = 3

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Estimator:
    """The estimator's word on positions, columns (n,).

    ``horizontal_m`` and ``vertical_m`` are 1 sigma, NaN where not told. ``*_ratio`` are test ratios, 1 where
    below 1 or not told. ``lost`` where it says that it has no absolute position of its own or the receiver's.
    """

    horizontal_m: FloatArray
    vertical_m: FloatArray
    horizontal_ratio: FloatArray
    vertical_ratio: FloatArray
    lost: BoolArray


def read_estimator(
    ardupilot: Columns, px4: Columns, ardupilot_latest: Int64Array, px4_latest: Int64Array
) -> Estimator:
    """What EKF_STATUS_REPORT and ESTIMATOR_STATUS say of positions.

    ``*_latest`` (n,) are the row of the latest report at each position, -1 where there is none.
    """
    return Estimator(
        horizontal_m=_accuracy_m(px4, px4_latest, "pos_horiz_accuracy"),
        vertical_m=_accuracy_m(px4, px4_latest, "pos_vert_accuracy"),
        horizontal_ratio=np.maximum(
            _ratio(ardupilot, ardupilot_latest, "pos_horiz_variance"),
            _ratio(px4, px4_latest, "pos_horiz_ratio"),
        ),
        vertical_ratio=np.maximum(
            _ratio(ardupilot, ardupilot_latest, "pos_vert_variance"),
            _ratio(px4, px4_latest, "pos_vert_ratio"),
        ),
        lost=_ardupilot_lost(ardupilot, ardupilot_latest) | _px4_lost(px4, px4_latest),
    )


def compass_warnings(log: Tlog, vehicle: Vehicle) -> tuple[str, ...]:
    """A line if the estimator rejected its compass: the error of the heading is then not what is assumed.

    It widens no sigma: a plane flies well by its GPS course with a ratio that stands at 2.3 all along.
    """
    reports = (("EKF_STATUS_REPORT", "compass_variance"), ("ESTIMATOR_STATUS", "mag_ratio"))
    texts = []
    for name, field in reports:
        ratio = log.table(name).sent_by(vehicle.system_id, vehicle.component_id).float(field)
        above = ratio[np.isfinite(ratio) & (ratio > 1)]
        if len(above) >= _COMPASS_REPORTS:
            count = f"{len(above)} of {len(ratio)} reports"
            texts.append(
                f"the estimator rejected its compass in {count} ({name}.{field} up to {above.max():.3g},"
                " limit 1): the heading may be off by more than the camera file says"
            )
    return tuple(texts)


def _at(reports: Columns, latest: Int64Array, field: str) -> FloatArray:
    """(n,) one field of the latest reports, NaN where there is none."""
    if len(reports) == 0:
        return np.full(len(latest), np.nan)
    return np.where(latest >= 0, reports.float(field)[np.maximum(latest, 0)], np.nan)


def _accuracy_m(reports: Columns, latest: Int64Array, field: str) -> FloatArray:
    accuracy_m = _at(reports, latest, field)
    return np.where((accuracy_m > 0) & (accuracy_m < _MOST_ACCURACY_M), accuracy_m, np.nan)


def _ratio(reports: Columns, latest: Int64Array, field: str) -> FloatArray:
    ratio = _at(reports, latest, field)
    known = np.where(np.isfinite(ratio), ratio, 1.0)
    clipped: FloatArray = np.clip(known, 1.0, _MOST_RATIO)
    return clipped


def _flags(reports: Columns, latest: Int64Array) -> npt.NDArray[np.int64]:
    """(n,) flags, 0 where not told: an autopilot that runs no such estimator sends zeros."""
    flags = _at(reports, latest, "flags")
    return np.nan_to_num(flags).astype(np.int64)


def _ardupilot_lost(reports: Columns, latest: Int64Array) -> BoolArray:
    """(n,) a position by dead reckoning alone (optical flow), whose drift nobody tells.

    Without either kind of position (constant position mode, not initialised) ArduPilot passes on the
    receiver's (NavEKF3 getLLH), which stands by the receiver's own fix and accuracy.
    """
    flags = _flags(reports, latest)
    lost: BoolArray = ((flags & _POS_HORIZ_REL) != 0) & ((flags & _POS_HORIZ_ABS) == 0)
    return lost


def _px4_lost(reports: Columns, latest: Int64Array) -> BoolArray:
    """(n,) PX4 passes on nobody's position: without an absolute one of its own there is none."""
    flags = _flags(reports, latest)
    absent = ((flags & _POS_HORIZ_ABS) == 0) | ((flags & _CONST_POS_MODE) != 0)
    lost: BoolArray = (flags != 0) & absent
    return lost
