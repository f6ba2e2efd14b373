"""A DataFlash log's health: its first receiver, the estimator's primary core, the first battery.

GPS: ``Status`` as GPS_FIX_TYPE, ``NSats``, ``HDop``; GPA: ``HAcc``, metres. XKF4 or NKF4: ``SV`` ``SP``
``SH`` ``SM`` ``SVT``, square roots of test ratios, as EKF_STATUS_REPORT sends them too; ``SS``, the filter's
status; ``PI``, the primary core.
BAT or CURR: ``Volt``, ``RemPct``. Source: https://ardupilot.org/copter/docs/logmessages.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dataflash import DataFlash, Table
from droneops.telemetry.log_health import battery_health, ekf_health, gps_health, held_s, unknown_where
from droneops.telemetry.message_tables import NO_TIME, utc_of
from droneops.types import FloatArray

WANTED = frozenset({"GPS", "GPA", "XKF4", "NKF4", "BAT", "CURR"})
_EKF = ("XKF4", "NKF4")
_FIRST_FIX = 2
_BATTERY = ("BAT", "CURR")
_RATIOS = {
    "velocity": "SV",
    "horizontal_position": "SP",
    "vertical_position": "SH",
    "compass": "SM",
    "airspeed": "SVT",
}
_REASONS = {"gps": "no GPS message", "ekf": "no XKF4 or NKF4 message", "battery": "no BAT or CURR message"}


def dataflash_health(log: DataFlash, utc_minus_boot_us: int | None) -> dict[str, Any]:
    """The parts as go into JSON; those that the log tells nothing of are None, the reason in ``unknown``."""
    health = {
        "gps": _gps(log),
        "ekf": _ekf(log, utc_minus_boot_us),
        "battery": _battery(log, utc_minus_boot_us),
    }
    return {**health, "unknown": {name: why for name, why in _REASONS.items() if health[name] is None}}


def _column(table: Table, name: str) -> FloatArray:
    """(n,) NaN where the message does not have the field; empty without messages."""
    return table.get(name, np.full(len(next(iter(table.values()), ())), np.nan))


def _first(table: Table, *fields: str) -> Table:
    """The rows of the first of several receivers, batteries or cores, by the first field that tells."""
    for field in fields:
        number = _column(table, field)
        if np.isfinite(number).any():
            kept = number == np.nanmin(number)
            return {name: column[kept] for name, column in table.items()}
    return table


def _boot_us(table: Table) -> Int64Array:
    stamps = table["TimeUS"] if "TimeUS" in table else _column(table, "TimeMS") * 1000
    held = np.isfinite(stamps) & (np.abs(stamps) < 2.0**62)
    return np.where(held, np.where(held, stamps, 0).astype(np.int64), NO_TIME)


def _gps(log: DataFlash) -> dict[str, Any] | None:
    rows, accuracy = _first(log.tables.get("GPS", {}), "I"), _first(log.tables.get("GPA", {}), "I")
    reason = "no GPA message, or the receiver did not say"
    # A receiver without a fix tells of accuracies of kilometres.
    fixed = _latest(rows, "Status", accuracy) >= _FIRST_FIX
    h_acc_m = np.where(fixed & (_column(accuracy, "HAcc") > 0), _column(accuracy, "HAcc"), np.nan)
    hdop = np.where(_column(rows, "Status") >= _FIRST_FIX, _column(rows, "HDop"), np.nan)
    return gps_health(
        "GPS",
        held_s(_boot_us(rows)),
        _column(rows, "Status"),
        _column(rows, "NSats"),
        {"h_acc_m": (h_acc_m, reason), "hdop": (hdop, "the receiver did not say")},
    )


def _latest(rows: Table, field: str, at: Table) -> FloatArray:
    """(n,) the last value of a field at or before each row of another table; NaN before the first."""
    stamps_us, values = _boot_us(rows), _column(rows, field)
    if len(values) == 0:
        return np.full(len(_boot_us(at)), np.nan)
    place = np.searchsorted(stamps_us, _boot_us(at), side="right") - 1
    return np.where(place >= 0, values[np.maximum(place, 0)], np.nan)


def _ekf(log: DataFlash, utc_minus_boot_us: int | None) -> dict[str, Any] | None:
    name = next((name for name in _EKF if name in log.tables), None)
    if name is None:
        return None
    rows = _primary(log.tables[name])
    boot_us = _boot_us(rows)
    ratios = {told: _column(rows, field) for told, field in _RATIOS.items() if field in rows}
    return ekf_health(name, utc_of(boot_us, utc_minus_boot_us), held_s(boot_us), _column(rows, "SS"), ratios)


def _primary(table: Table) -> Table:
    """The rows of the core in use, where the log tells it; else those of the first."""
    core, primary = _column(table, "C"), _column(table, "PI")
    kept = core == primary
    if not kept.any():
        return _first(table, "C")
    return {name: column[kept] for name, column in table.items()}


def _battery(log: DataFlash, utc_minus_boot_us: int | None) -> dict[str, Any] | None:
    name = next((name for name in _BATTERY if name in log.tables), None)
    if name is None:
        return None
    rows = _first(log.tables[name], "Inst", "Instance", "I")
    volt = unknown_where(_column(rows, "Volt"), lambda values: values <= 0)
    # 255 and below zero: a monitor that does not count.
    percent = unknown_where(_column(rows, "RemPct"), lambda values: (values < 0) | (values > 100))
    return battery_health(name, utc_of(_boot_us(rows), utc_minus_boot_us), percent, volt)
