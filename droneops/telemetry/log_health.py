"""What a log tells of a vehicle's health, part by part: positioning, estimator, battery, texts.

Each part is a dict as goes into JSON. What is not known is None and named under ``unknown`` with the reason.
Times in are UTC microseconds (n,), in the order of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.message_tables import NO_TIME
from droneops.telemetry.rows import stamp_texts
from droneops.types import FloatArray

# A state holds until the next message of its kind. These come at 1 to 10 Hz: after 5 s without one nothing
# is known, and the seconds of a link gap are nobody's.
LONGEST_HELD_US = 5_000_000
# GPS_FIX_TYPE in https://mavlink.io/en/messages/common.html; ArduPilot's GPS.Status and PX4 share it up to 6.
_FIX_NAMES = ("no_gps", "no_fix", "2d", "3d", "dgps", "rtk_float", "rtk_fixed", "static", "ppp")
_FIRST_FIX = 2
HORIZONTAL_POSITION = 16
"""EKF_POS_HORIZ_ABS, which is ESTIMATOR_POS_HORIZ_ABS and the same bit of PX4's and ArduPilot's status."""
# MAV_SEVERITY and syslog: emergency, alert, critical, error.
WORST_SEVERITIES = 3
_MOST_TEXTS = 20


def held_s(time_us: Int64Array) -> FloatArray:
    """(n,) seconds for which each message was the latest; the last one, and a step back, count nothing."""
    # In floating point: the difference of two damaged stamps can leave the range of int64.
    steps_us = np.diff(time_us.astype(np.float64), append=time_us[-1:].astype(np.float64))
    seconds: FloatArray = np.clip(steps_us, 0, LONGEST_HELD_US) / 1e6
    return seconds


def gps_health(
    source: str,
    seconds: FloatArray,
    fix_type: FloatArray,
    satellites: FloatArray,
    accuracies: Mapping[str, tuple[FloatArray, str]],
) -> dict[str, Any] | None:
    """Seconds in each fix type; satellites and the spread of each accuracy while there is a fix.

    None without a message. NaN is unknown. ``seconds`` (n,) as `held_s`; ``accuracies``: by name the
    values while there is a fix, smaller is better, and why they may be unknown.
    """
    if len(seconds) == 0:
        return None
    kinds = {int(kind): float(seconds[fix_type == kind].sum()) for kind in np.unique(fix_type[fix_type >= 0])}
    fixed = fix_type >= _FIRST_FIX
    part: dict[str, Any] = {
        "source": source,
        "fix_types_s": {_fix_name(kind): round(held, 3) for kind, held in kinds.items()},
        "satellites": _spread(np.where(fixed, satellites, np.nan), min, "min"),
        **{name: _spread(values, max, "worst") for name, (values, _) in accuracies.items()},
    }
    reasons = {
        "satellites": "the receiver did not say",
        **{name: why for name, (_, why) in accuracies.items()},
    }
    return _with_reasons(part, reasons if fixed.any() else dict.fromkeys(reasons, "there never was a fix"))


def _fix_name(kind: int) -> str:
    return _FIX_NAMES[kind] if kind < len(_FIX_NAMES) else f"type_{kind}"


def ekf_health(
    source: str,
    time_us: Int64Array,
    seconds: FloatArray,
    flags: FloatArray,
    ratios: Mapping[str, FloatArray],
) -> dict[str, Any] | None:
    """Seconds without an absolute horizontal position, and the worst of each test ratio; None without one.

    A ratio above 1 means that the estimator rejects the measurement. ArduPilot tells the square root, in a
    .tlog as in a .BIN; 1 is 1 either way.
    """
    if len(time_us) == 0:
        return None
    known = np.isfinite(flags) & (flags >= 0)
    without = known & ((np.where(known, flags, 0).astype(np.int64) & HORIZONTAL_POSITION) == 0)
    part: dict[str, Any] = {
        "source": source,
        "known_s": round(float(seconds[known].sum()), 3),
        "without_horizontal_position_s": round(float(seconds[without].sum()), 3) if known.any() else None,
        "worst_ratios": {name: _worst(values, time_us, "ratio") for name, values in ratios.items()},
    }
    return _with_reasons(part, {"without_horizontal_position_s": "the log does not hold its flags"})


def battery_health(
    source: str, time_us: Int64Array, remaining_percent: FloatArray, voltage_v: FloatArray
) -> dict[str, Any] | None:
    """The lowest charge and voltage, each with its time; NaN is unknown. None without a message."""
    if len(time_us) == 0:
        return None
    part: dict[str, Any] = {
        "source": source,
        "lowest_percent": _worst(-remaining_percent, time_us, "percent", sign=-1),
        "lowest_voltage": _worst(-voltage_v, time_us, "volt", sign=-1),
    }
    reasons = {
        "lowest_percent": "the autopilot does not know it",
        "lowest_voltage": "the autopilot does not measure it",
    }
    return _with_reasons(part, reasons)


def error_texts(time_us: list[int], severity: list[int], texts: list[str]) -> dict[str, Any]:
    """How many texts say ERROR or worse, and the first of them, without control characters."""
    rows = zip(time_us, severity, texts, strict=True)
    errors = [(at, level, text) for at, level, text in rows if level <= WORST_SEVERITIES]
    first = [
        {"time": time_text(at), "severity": level, "text": printable(text)}
        for at, level, text in errors[:_MOST_TEXTS]
    ]
    return {"count": len(errors), "first": first}


def printable(text: str) -> str:
    """Without characters that steer a terminal or turn the direction of writing."""
    return "".join(char for char in text if char.isprintable())


def time_text(time_us: int) -> str | None:
    """RFC 3339; None for NO_TIME."""
    return None if time_us == NO_TIME else stamp_texts(np.array([time_us]))[0]


def unknown_where(values: FloatArray, marks: Callable[[FloatArray], Any]) -> FloatArray:
    """(n,) NaN where the mark for unknown stands."""
    return np.where(marks(values), np.nan, values)


def worst_of(values: FloatArray, time_us: Int64Array, unit: str) -> dict[str, Any] | None:
    """The lowest of values (n,) with its time, as ``{unit: value, "time": text}``; None if all are NaN."""
    return _worst(-values, time_us, unit, sign=-1)


def _worst(values: FloatArray, time_us: Int64Array, unit: str, *, sign: int = 1) -> dict[str, Any] | None:
    finite = np.isfinite(values)
    if not finite.any():
        return None
    place = int(np.argmax(np.where(finite, values, -np.inf)))
    return {unit: round(sign * float(values[place]), 6), "time": time_text(int(time_us[place]))}


def _spread(values: FloatArray, worst: Callable[[list[float]], float], name: str) -> dict[str, float] | None:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return None
    return {name: round(worst(known.tolist()), 6), "median": round(float(np.median(known)), 6)}


def _with_reasons(part: dict[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    return {**part, "unknown": {name: why for name, why in reasons.items() if part.get(name) is None}}
