"""What a vehicle's GPS receivers say of its positions: GPS_RAW_INT, and GPS2_RAW for a second one.

ArduPilot sends its first receiver as GPS_RAW_INT and its second as GPS2_RAW, whichever of them is in use,
which is the one with the better fix (GPS_AUTO_SWITCH). No message says which: a fix is either's, the sigma
that of the better fix, and of two equal fixes the larger. Older than OLDEST_US no report counts, but that
there was no fix stands until another report says otherwise.
Sources: https://mavlink.io/en/messages/common.html, https://ardupilot.org/copter/docs/common-gps-blending.html

Units on the wire: millimetres, HDOP * 100; 65535 and 0 stand for "unknown" in eph and h_acc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.estimator import OLDEST_US
from droneops.telemetry.latest import latest_before, recent_before
from droneops.telemetry.timeline import MAX_GAP_S
from droneops.telemetry.tlog import Tlog
from droneops.types import FloatArray

# GPS_FIX_TYPE: 0 no receiver, 1 no fix, 2 two-dimensional, 3 and more better.
_FIRST_FIX = 2
_UNTOLD = -1
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

# Below this height the vehicle stands, and nothing is looked at.
_FLYING_ABOVE_HOME_M = 2.0
# A report that is lost on the way now and then is nothing to be told of.
_SILENT_S = 3.0

RECEIVERS = ("GPS_RAW_INT", "GPS2_RAW")
_BY_DOP, _BY_ACCURACY, _BY_FIX_TYPE = 0, 1, 2
_HORIZONTAL = ("eph", "h_acc", "fix_type")
_VERTICAL = ("epv", "v_acc", "fix_type")
SOURCES_HORIZONTAL = ("default", *(f"{name}.{field}" for name in RECEIVERS for field in _HORIZONTAL))
SOURCES_VERTICAL = ("default", *(f"{name}.{field}" for name in RECEIVERS for field in _VERTICAL))

BoolArray = npt.NDArray[np.bool_]
Sigmas = tuple[FloatArray, npt.NDArray[np.int8]]
"""One standard deviation (n,) and the index of its source (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Receivers:
    """The receivers' word on positions, columns (n,). A source is an index into SOURCES_*."""

    has_fix: BoolArray
    horizontal: Sigmas
    vertical: Sigmas


@dataclass(frozen=True, slots=True, eq=False)
class _Receiver:
    """One receiver at positions (n,): its fix types, _UNTOLD where not told, and sigmas."""

    latest_fix: Int64Array
    recent_fix: Int64Array
    horizontal: Sigmas
    vertical: Sigmas


def read_receivers(log: Tlog, rows: Columns, clock: VehicleClock) -> Receivers:
    """What the vehicle's receivers said at ``rows``, its positions.

    Where nobody ever said anything (a log that left it out, a vehicle with another source) a position
    stands, with the default sigma.
    """
    receivers = [
        _receiver(reports, number, rows, clock) for number, reports in enumerate(_reports(log, clock))
    ]
    recent_fix = np.max([receiver.recent_fix for receiver in receivers], axis=0)
    latest_fix = np.max([receiver.latest_fix for receiver in receivers], axis=0)
    fix = np.where(recent_fix == _UNTOLD, latest_fix, recent_fix)
    better = [receiver.recent_fix == recent_fix for receiver in receivers]
    return Receivers(
        has_fix=(fix == _UNTOLD) | (fix >= _FIRST_FIX),
        horizontal=_larger([receiver.horizontal for receiver in receivers], better),
        vertical=_larger([receiver.vertical for receiver in receivers], better),
    )


def receiver_warnings(
    log: Tlog, clock: VehicleClock, times_us: Int64Array, boots: Int64Array, above_home_m: FloatArray
) -> tuple[str, ...]:
    """A line if the receivers fell silent in flight. The columns (n,) are of valid positions, in order."""
    silent = np.zeros(len(times_us), dtype=np.bool_)
    for boot in np.unique(boots).tolist():
        of_boot = boots == boot
        silent[of_boot] = _is_silent(_report_times_us(log, clock, boot), times_us[of_boot])
    silent &= above_home_m > _FLYING_ABOVE_HOME_M
    step_s = np.diff(times_us) * 1e-6
    silent_s = float(step_s[silent[1:] & silent[:-1] & (step_s > 0) & (step_s <= MAX_GAP_S)].sum())
    if silent_s <= _SILENT_S:
        return ()
    return (
        f"no GPS receiver was heard ({', '.join(RECEIVERS)}) for {silent_s:.0f} s of flight, though positions"
        f" went on: without another word on them their error is taken for {DEFAULT_SIGMA_M:g} m",
    )


def _reports(log: Tlog, clock: VehicleClock) -> list[Columns]:
    sender = (clock.vehicle.system_id, clock.vehicle.component_id)
    return [log.table(name).sent_by(*sender) for name in RECEIVERS]


def _report_times_us(log: Tlog, clock: VehicleClock, boot: int) -> Int64Array:
    """Ascending; of one boot."""
    parts = [clock.utc_of(rows)[clock.boot_of(rows) == boot] for rows in _reports(log, clock) if len(rows)]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def _is_silent(reports_us: Int64Array, times_us: Int64Array) -> BoolArray:
    """(n,) whether there was a report before a time, but none within OLDEST_US."""
    if len(reports_us) == 0:
        return np.zeros(len(times_us), dtype=np.bool_)
    before = np.searchsorted(reports_us, times_us, side="right") - 1
    silent: BoolArray = (before >= 0) & (times_us - reports_us[np.maximum(before, 0)] > OLDEST_US)
    return silent


def _receiver(reports: Columns, number: int, rows: Columns, clock: VehicleClock) -> _Receiver:
    recent = recent_before(reports, rows, clock)
    first_source = 1 + number * len(_HORIZONTAL)
    recent_fix = _fix_type(reports, recent)
    vertical = _sigma(reports, recent, "v_acc", "epv", first_source)
    return _Receiver(
        latest_fix=_fix_type(reports, latest_before(reports, rows, clock)),
        recent_fix=recent_fix,
        horizontal=_sigma(reports, recent, "h_acc", "eph", first_source),
        vertical=_held(vertical, recent_fix, first_source),
    )


def _fix_type(reports: Columns, at: Int64Array) -> Int64Array:
    if len(reports) == 0:
        return np.full(len(at), _UNTOLD, dtype=np.int64)
    return np.where(at >= 0, reports["fix_type"][np.maximum(at, 0)].astype(np.int64), _UNTOLD)


def _sigma(reports: Columns, recent: Int64Array, accuracy: str, dilution: str, first_source: int) -> Sigmas:
    """(n,) sigmas and (n,) sources: the receiver's accuracy, else dilution of precision, else 0."""
    sigma_m = np.full(len(recent), DEFAULT_SIGMA_M)
    source = np.zeros(len(recent), dtype=np.int8)
    if len(reports) == 0:
        return sigma_m, source
    at = np.maximum(recent, 0)
    dop = reports.float(dilution)[at]
    # The dialect of an older pymavlink lacks the accuracies.
    has_accuracy = accuracy in (reports.payload.dtype.names or ())
    accuracy_mm = reports.float(accuracy)[at] if has_accuracy else np.zeros(len(recent))
    by_dop = (recent >= 0) & (dop > 0) & (dop < _UNKNOWN_DOP)
    by_accuracy = (recent >= 0) & (accuracy_mm > 0)
    sigma_m = np.where(by_dop, dop * 1e-2 * RANGE_ERROR_M, sigma_m)
    sigma_m = np.where(by_accuracy, np.maximum(accuracy_mm * 1e-3, SMALLEST_SIGMA_M), sigma_m)
    source = np.where(by_dop, first_source + _BY_DOP, source)
    return sigma_m, np.where(by_accuracy, first_source + _BY_ACCURACY, source).astype(np.int8)


def _held(sigma: Sigmas, fix_type: Int64Array, first_source: int) -> Sigmas:
    """Sigmas of altitude, widened where the receiver has a fix in two dimensions only."""
    sigma_m, source = sigma
    held = (fix_type == _TWO_DIMENSIONAL) & (sigma_m < _HELD_ALTITUDE_SIGMA_M)
    held_m = np.where(held, _HELD_ALTITUDE_SIGMA_M, sigma_m)
    return held_m, np.where(held, first_source + _BY_FIX_TYPE, source).astype(np.int8)


def _larger(sigmas: Sequence[Sigmas], counts: Sequence[BoolArray]) -> Sigmas:
    """(n,) of those that count the larger; what a receiver told goes before the default."""
    sigma_m, source = sigmas[0]
    for (other_m, other_source), other_counts in zip(sigmas[1:], counts[1:], strict=True):
        larger = (source == 0) | ((other_source != 0) & (other_m > sigma_m))
        takes = other_counts & (~counts[0] | larger)
        sigma_m, source = np.where(takes, other_m, sigma_m), np.where(takes, other_source, source)
    return sigma_m, source
