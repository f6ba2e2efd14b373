"""A ULog's health: its first receiver, its estimator, its first battery, and what it logged as errors.

vehicle_gps_position or sensor_gps: ``fix_type``, ``satellites_used``, ``eph`` in metres (1 sigma), ``hdop``.
estimator_status: test ratios, ``solution_status_flags``. battery_status: ``remaining`` from 0 to 1.
Source: https://docs.px4.io/main/en/msg_docs/
"""

from __future__ import annotations

from typing import Any

import numpy as np

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.log_health import (
    battery_health,
    ekf_health,
    error_texts,
    gps_health,
    held_s,
    unknown_where,
)
from droneops.telemetry.message_tables import own_times, utc_of
from droneops.telemetry.ulog import TopicRows, ULogRows
from droneops.types import FloatArray

_RECEIVERS = ("vehicle_gps_position", "sensor_gps")
_FIRST_FIX = 2
_SILENT = "the receiver did not say"
_RATIOS = {
    "velocity": "vel_test_ratio",
    "horizontal_position": "pos_test_ratio",
    "vertical_position": "hgt_test_ratio",
    "compass": "mag_test_ratio",
    "terrain_height": "hagl_test_ratio",
    "airspeed": "tas_test_ratio",
}
_REASONS = {
    "gps": "no vehicle_gps_position or sensor_gps",
    "ekf": "no estimator_status",
    "battery": "no battery_status",
}


def ulog_health(log: ULogRows, utc_minus_boot_us: int | None) -> dict[str, Any]:
    """The parts as go into JSON; those that the log tells nothing of are None, the reason in ``unknown``."""
    health: dict[str, Any] = {
        "gps": _gps(_topic(log, *_RECEIVERS)),
        "ekf": _ekf(_topic(log, "estimator_status"), utc_minus_boot_us),
        "battery": _battery(_topic(log, "battery_status"), utc_minus_boot_us),
    }
    unknown = {name: why for name, why in _REASONS.items() if health[name] is None}
    return {**health, "errors": _errors(log, utc_minus_boot_us), "unknown": unknown}


def _topic(log: ULogRows, *names: str) -> TopicRows | None:
    """The first instance of the first of these topics that has rows."""
    for name in names:
        found = [t for t in log.topics if t.name == name and len(t) and "timestamp" in t.columns]
        if found:
            return min(found, key=lambda topic: topic.instance)
    return None


def _column(topic: TopicRows, name: str) -> FloatArray:
    """(n,) NaN where the topic does not have the field."""
    column = topic.columns.get(name)
    if column is None:
        return np.full(len(topic), np.nan)
    with np.errstate(invalid="ignore"):  # widening a signalling NaN, which any bytes can be, warns
        floats: FloatArray = column.astype(np.float64)
    return floats


def _boot_us(topic: TopicRows) -> Int64Array:
    return own_times(topic.columns["timestamp"])


def _gps(topic: TopicRows | None) -> dict[str, Any] | None:
    if topic is None:
        return None
    fixed = _column(topic, "fix_type") >= _FIRST_FIX
    accuracies = {
        name: (np.where(fixed & (_column(topic, field) > 0), _column(topic, field), np.nan), _SILENT)
        for name, field in (("h_acc_m", "eph"), ("v_acc_m", "epv"), ("hdop", "hdop"))
    }
    fix_type, satellites = _column(topic, "fix_type"), _column(topic, "satellites_used")
    return gps_health(topic.name, held_s(_boot_us(topic)), fix_type, satellites, accuracies)


def _ekf(topic: TopicRows | None, utc_minus_boot_us: int | None) -> dict[str, Any] | None:
    if topic is None:
        return None
    boot_us = _boot_us(topic)
    flags = _column(topic, "solution_status_flags")
    ratios = {name: _column(topic, field) for name, field in _RATIOS.items()}
    return ekf_health(topic.name, utc_of(boot_us, utc_minus_boot_us), held_s(boot_us), flags, ratios)


def _battery(topic: TopicRows | None, utc_minus_boot_us: int | None) -> dict[str, Any] | None:
    if topic is None:
        return None
    time_us = utc_of(_boot_us(topic), utc_minus_boot_us)
    remaining = unknown_where(_column(topic, "remaining"), lambda values: (values < 0) | (values > 1))
    volt = unknown_where(_column(topic, "voltage_v"), lambda values: values <= 0)
    return battery_health(topic.name, time_us, remaining * 100, volt)


def _errors(log: ULogRows, utc_minus_boot_us: int | None) -> dict[str, Any]:
    boot_us = own_times(np.array([text.boot_us for text in log.texts], dtype=np.uint64))
    time_us = utc_of(boot_us, utc_minus_boot_us).tolist()
    return error_texts(time_us, [text.severity for text in log.texts], [text.text for text in log.texts])
