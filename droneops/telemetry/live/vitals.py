"""What a vehicle says of its own health: fix, estimator, battery, clock. Unknown is None.

Units on the wire and what stands for "unknown": https://mavlink.io/en/messages/common.html
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass

import numpy as np

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of
from droneops.telemetry.walk import EARLIEST_US, LATEST_US

# Ten SYSTEM_TIME at 1 Hz: the median of their delays on the way settles.
_CLOCK_SAMPLES = 10
_UNKNOWN_DOP = 65535
_UNKNOWN_SATELLITES = 255
# What the estimators call ratios or variances of their tests; above 1 they reject what they are told.
_RATIOS = {
    "EKF_STATUS_REPORT": (
        "velocity_variance",
        "pos_horiz_variance",
        "pos_vert_variance",
        "compass_variance",
    ),
    "ESTIMATOR_STATUS": ("vel_ratio", "pos_horiz_ratio", "pos_vert_ratio", "mag_ratio"),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """GPS_RAW_INT. ``type`` is GPS_FIX_TYPE (3 and more: three-dimensional); ``h_acc_m`` is 1 sigma."""

    type: int
    satellites: int | None
    hdop: float | None
    h_acc_m: float | None


@dataclass(frozen=True, slots=True)
class EstimatorReport:
    """``source`` names the message; ``flags`` are its bits; the worst of its test ratios and its name."""

    source: str
    flags: int
    worst_ratio: float | None
    worst_name: str | None


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """The vehicle's UTC (SYSTEM_TIME) minus our own clock at receipt, so less by the time on the way.

    Median and range of the last ``samples``.
    """

    utc_minus_ours_s: float
    range_s: float
    samples: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """The latest word on each; None until it has been said."""

    fix: Fix | None = None
    estimator: EstimatorReport | None = None
    battery_percent: int | None = None
    clock: ClockOffset | None = None


class VitalSigns:
    """Takes the frames of one autopilot."""

    def __init__(self) -> None:
        by_name = load_dialect().by_name
        self._readers = {
            by_name["GPS_RAW_INT"].id: self._read_fix,
            by_name["EKF_STATUS_REPORT"].id: self._read_estimator,
            by_name["ESTIMATOR_STATUS"].id: self._read_estimator,
            by_name["SYS_STATUS"].id: self._read_battery,
            by_name["SYSTEM_TIME"].id: self._read_clock,
        }
        self.forget()

    def forget(self) -> None:
        """Before a restart it was another story."""
        self._fix: Fix | None = None
        self._estimator: EstimatorReport | None = None
        self._battery_percent: int | None = None
        self._offsets_us: deque[int] = deque(maxlen=_CLOCK_SAMPLES)

    def hear(self, frame: LiveFrame) -> None:
        """Takes in one frame."""
        reader = self._readers.get(frame.message_id)
        if reader is not None and frame.is_known:
            reader(frame, fields_of(frame, load_dialect().by_id[frame.message_id]))

    def now(self) -> Vitals:
        """The vehicle as it last described itself."""
        return Vitals(self._fix, self._estimator, self._battery_percent, _offset(list(self._offsets_us)))

    def _read_fix(self, _: LiveFrame, fields: np.void) -> None:
        satellites, eph, h_acc_mm = (int(fields[name]) for name in ("satellites_visible", "eph", "h_acc"))
        self._fix = Fix(
            type=int(fields["fix_type"]),
            satellites=None if satellites == _UNKNOWN_SATELLITES else satellites,
            hdop=eph / 100 if 0 < eph < _UNKNOWN_DOP else None,
            h_acc_m=h_acc_mm / 1000 if h_acc_mm > 0 else None,
        )

    def _read_estimator(self, frame: LiveFrame, fields: np.void) -> None:
        name = load_dialect().by_id[frame.message_id].name
        ratios = {ratio: float(fields[ratio]) for ratio in _RATIOS[name]}
        known = {ratio: value for ratio, value in ratios.items() if math.isfinite(value) and value >= 0}
        worst = max(known, key=lambda ratio: known[ratio], default=None)
        self._estimator = EstimatorReport(name, int(fields["flags"]), known[worst] if worst else None, worst)

    def _read_battery(self, _: LiveFrame, fields: np.void) -> None:
        percent = int(fields["battery_remaining"])
        self._battery_percent = percent if 0 <= percent <= 100 else None

    def _read_clock(self, frame: LiveFrame, fields: np.void) -> None:
        utc_us = int(fields["time_unix_usec"])
        if EARLIEST_US <= utc_us < LATEST_US:
            self._offsets_us.append(utc_us - frame.received_us)


def _offset(offsets_us: list[int]) -> ClockOffset | None:
    if not offsets_us:
        return None
    range_s = (max(offsets_us) - min(offsets_us)) / 1e6
    return ClockOffset(statistics.median(offsets_us) / 1e6, range_s, len(offsets_us))
