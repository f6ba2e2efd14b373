"""What a vehicle says of its own health: fix, estimator, battery, clock. Unknown is None.

Units on the wire and what stands for "unknown": https://mavlink.io/en/messages/common.html
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.estimator import OLDEST_US
from droneops.telemetry.live.frame import LiveFrame, fields_of
from droneops.telemetry.receivers import RECEIVERS
from droneops.telemetry.walk import EARLIEST_US, LATEST_US

# Ten SYSTEM_TIME at 1 Hz: the median of their delays on the way settles.
_CLOCK_SAMPLES = 10
_UNKNOWN_DOP = 65535
_UNKNOWN_SATELLITES = 255
# Ten of the slowest of these messages: what is older stands for nothing any more.
_OLDEST_US = 10_000_000
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
    """The better of the receivers' fixes: ``source`` is GPS_RAW_INT or, for a second receiver, GPS2_RAW.

    ``type`` is GPS_FIX_TYPE (3 and more: three-dimensional); ``h_acc_m`` is 1 sigma. ``other_type`` is the
    other receiver's fix, None where there is none or it says the same.
    """

    type: int
    satellites: int | None
    hdop: float | None
    h_acc_m: float | None
    source: str = RECEIVERS[0]
    other_type: int | None = None


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
    """The latest word on each; None until it has been said, and once it was said too long ago."""

    fix: Fix | None = None
    estimator: EstimatorReport | None = None
    battery_percent: int | None = None
    clock: ClockOffset | None = None


class VitalSigns:
    """Takes the frames of one autopilot."""

    def __init__(self) -> None:
        by_name = load_dialect().by_name
        self._readers = {
            **{by_name[name].id: self._read_fix for name in RECEIVERS},
            by_name["EKF_STATUS_REPORT"].id: self._read_estimator,
            by_name["ESTIMATOR_STATUS"].id: self._read_estimator,
            by_name["SYS_STATUS"].id: self._read_battery,
            by_name["SYSTEM_TIME"].id: self._read_clock,
        }
        self.forget()

    def forget(self) -> None:
        """Before a restart it was another story."""
        # By message, each with when it came.
        self._fixes: dict[str, tuple[int, Fix]] = {}
        self._estimator: EstimatorReport | None = None
        self._battery_percent: int | None = None
        self._offsets_us: deque[int] = deque(maxlen=_CLOCK_SAMPLES)
        # By the id of the message, when it last came.
        self._heard_us: dict[int, int] = {}

    def hear(self, frame: LiveFrame) -> None:
        """Takes in one frame."""
        reader = self._readers.get(frame.message_id)
        if reader is not None and frame.is_known:
            self._heard_us[frame.message_id] = frame.received_us
            reader(frame, fields_of(frame, load_dialect().by_id[frame.message_id]))

    def now(self, now_us: int) -> Vitals:
        """The vehicle as it lately described itself, at our own clock's time (UTC microseconds)."""
        return Vitals(
            _better(self._fixes) if self._is_fresh(now_us, *RECEIVERS) else None,
            self._estimator if self._is_fresh(now_us, *_RATIOS) else None,
            self._battery_percent if self._is_fresh(now_us, "SYS_STATUS") else None,
            _offset(list(self._offsets_us)) if self._is_fresh(now_us, "SYSTEM_TIME") else None,
        )

    def _is_fresh(self, now_us: int, *names: str) -> bool:
        ids = (load_dialect().by_name[name].id for name in names)
        return any(now_us - self._heard_us[one] <= _OLDEST_US for one in ids if one in self._heard_us)

    def _read_fix(self, frame: LiveFrame, fields: np.void) -> None:
        name = load_dialect().by_id[frame.message_id].name
        satellites, eph = (int(fields[field]) for field in ("satellites_visible", "eph"))
        # The dialect of an older pymavlink lacks the accuracies.
        h_acc_mm = int(fields["h_acc"]) if "h_acc" in (fields.dtype.names or ()) else 0
        fix = Fix(
            type=int(fields["fix_type"]),
            satellites=None if satellites == _UNKNOWN_SATELLITES else satellites,
            hdop=eph / 100 if 0 < eph < _UNKNOWN_DOP else None,
            h_acc_m=h_acc_mm / 1000 if h_acc_mm > 0 else None,
            source=name,
        )
        self._fixes[name] = frame.received_us, fix

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


def _better(fixes: Mapping[str, tuple[int, Fix]]) -> Fix | None:
    """The better fix of those told at about the same time, the first receiver's if they are equal."""
    if not fixes:
        return None
    newest_us = max(at_us for at_us, _ in fixes.values())
    current = [fixes[name] for name in RECEIVERS if name in fixes]
    told = [fix for at_us, fix in current if newest_us - at_us <= OLDEST_US]
    better = max(told, key=lambda fix: fix.type)
    return replace(better, other_type=next((fix.type for fix in told if fix.type != better.type), None))


def _offset(offsets_us: list[int]) -> ClockOffset | None:
    if not offsets_us:
        return None
    range_s = (max(offsets_us) - min(offsets_us)) / 1e6
    return ClockOffset(statistics.median(offsets_us) / 1e6, range_s, len(offsets_us))
