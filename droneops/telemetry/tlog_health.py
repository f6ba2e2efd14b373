"""The health of one vehicle of a .tlog: what was lost on the way, and what the autopilot said of itself.

Marks for unknown: https://mavlink.io/en/messages/common.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.headers import Headers
from droneops.telemetry.live.loss import LossCounts, count_losses
from droneops.telemetry.log_health import (
    battery_health,
    ekf_health,
    error_texts,
    gps_health,
    held_s,
    time_text,
    unknown_where,
    worst_of,
)
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle
from droneops.types import FloatArray

_MINUTE_US = 60_000_000
# A week. Stamps that span more are damaged, and their minutes say nothing.
_MOST_MINUTES = 10_080
# A SiK radio speaks for itself, as system "3", component "D" (ASCII), on whichever vehicle's link it is.
_RADIO_SYSTEM = 51
_FIRST_FIX = 2
_EKF_RATIOS = {
    "EKF_STATUS_REPORT": {
        "velocity": "velocity_variance",
        "horizontal_position": "pos_horiz_variance",
        "vertical_position": "pos_vert_variance",
        "compass": "compass_variance",
        "terrain_height": "terrain_alt_variance",
    },
    "ESTIMATOR_STATUS": {
        "velocity": "vel_ratio",
        "horizontal_position": "pos_horiz_ratio",
        "vertical_position": "pos_vert_ratio",
        "compass": "mag_ratio",
        "terrain_height": "hagl_ratio",
        "airspeed": "tas_ratio",
    },
}
_REASONS = {
    "gps": "no GPS_RAW_INT",
    "ekf": "no EKF_STATUS_REPORT or ESTIMATOR_STATUS",
    "battery": "no SYS_STATUS",
    "radio": "no RADIO_STATUS or RADIO",
}


def tlog_health(log: Tlog, vehicle: Vehicle, clock: VehicleClock) -> dict[str, Any]:
    """The parts as go into JSON; those that the log tells nothing of are None, the reason in ``unknown``."""
    health: dict[str, Any] = {
        "loss": _loss(log, vehicle.system_id, clock),
        "gps": _gps(_sent(log, vehicle, "GPS_RAW_INT")),
        "ekf": _ekf(log, vehicle, clock),
        "battery": _battery(_sent(log, vehicle, "SYS_STATUS"), clock),
        "radio": _radio(log, vehicle, clock),
        "errors": _errors(log.table("STATUSTEXT").sent_by(vehicle.system_id), clock),
    }
    unknown = {name: why for name, why in _REASONS.items() if health[name] is None}
    return {**health, "unknown": unknown}


def _sent(log: Tlog, vehicle: Vehicle, name: str) -> Columns:
    return log.table(name).sent_by(vehicle.system_id, vehicle.component_id)


def _utc(rows: Columns, clock: VehicleClock) -> Int64Array:
    return clock.utc_of_stamps(rows.stamp_us, rows.file_offset)


def _loss(log: Tlog, system_id: int, clock: VehicleClock) -> list[dict[str, Any]]:
    """Of each component of the system, in order."""
    headers = log.headers
    of_system = headers.system_id == system_id
    components = np.unique(headers.component_id[of_system]).tolist()
    return [
        _component_loss(headers.take(of_system & (headers.component_id == component_id)), clock)
        for component_id in components
    ]


def _component_loss(frames: Headers, clock: VehicleClock) -> dict[str, Any]:
    counts = count_losses(frames.seq, frames.stamp_us)
    return {
        "system_id": int(frames.system_id[0]),
        "component_id": int(frames.component_id[0]),
        **_counts(counts),
        "out_of_order": counts.out_of_order,
        "duplicates": counts.duplicates,
        "resyncs": counts.resyncs,
        "worst_minute": _worst_minute(frames, clock) if counts.lost > 0 else None,
    }


def _counts(counts: LossCounts) -> dict[str, Any]:
    share = counts.lost_ratio
    rounded = None if share is None else round(share, 6)
    return {"received": counts.received, "lost": counts.lost, "share": rounded}


def _worst_minute(frames: Headers, clock: VehicleClock) -> dict[str, Any] | None:
    """The minute since the first frame that lost the largest share; None where stamps are damaged."""
    # In floating point: the difference of two damaged stamps can leave the range of int64.
    since_us = frames.stamp_us.astype(np.float64) - float(frames.stamp_us[0])
    minute = np.floor(since_us / _MINUTE_US)
    begins = np.flatnonzero(np.diff(minute, prepend=np.nan) != 0)
    if len(begins) > _MOST_MINUTES:
        return None
    found = [
        (count_losses(frames.seq[rows], frames.stamp_us[rows]), int(rows[0]))
        for rows in np.split(np.arange(len(frames)), begins[1:])
    ]
    counts, first = max(found, key=lambda minute_of: minute_of[0].lost_ratio or 0.0)
    at = slice(first, first + 1)
    start_us = clock.utc_of_stamps(frames.stamp_us[at], frames.record_start[at])
    return {"start": time_text(int(start_us[0])), **_counts(counts)}


def _gps(rows: Columns) -> dict[str, Any] | None:
    # The dialect of an older pymavlink lacks the accuracies.
    fields = rows.payload.dtype.names or ()
    fixed = rows.take(rows["fix_type"] >= _FIRST_FIX)
    old = "the message is of MAVLink 1, or the receiver did not say"
    accuracies = {
        name: (unknown_where(fixed.float(field), _no_accuracy) / 1000, old)
        for name, field in (("h_acc_m", "h_acc"), ("v_acc_m", "v_acc"))
        if field in fields
    }
    hdop = unknown_where(fixed.float("eph"), lambda values: values == 0xFFFF) / 100
    return gps_health(
        "GPS_RAW_INT",
        held_s(rows.stamp_us),
        rows.float("fix_type"),
        unknown_where(rows.float("satellites_visible"), lambda values: values == 0xFF),
        {**accuracies, "hdop": (hdop, "the receiver did not say")},
    )


def _no_accuracy(millimetres: FloatArray) -> Any:
    """Zero is a field cut off; all bits are what receivers send for no idea."""
    return (millimetres <= 0) | (millimetres == 0xFFFF_FFFF)


def _ekf(log: Tlog, vehicle: Vehicle, clock: VehicleClock) -> dict[str, Any] | None:
    for name, ratios in _EKF_RATIOS.items():
        rows = _sent(log, vehicle, name)
        if len(rows):
            values = {told: rows.float(field) for told, field in ratios.items()}
            return ekf_health(name, _utc(rows, clock), held_s(rows.stamp_us), rows.float("flags"), values)
    return None


def _battery(rows: Columns, clock: VehicleClock) -> dict[str, Any] | None:
    percent = unknown_where(rows.float("battery_remaining"), lambda values: values < 0)
    volt = unknown_where(rows.float("voltage_battery"), _no_voltage) / 1000
    return battery_health("SYS_STATUS", _utc(rows, clock), percent, volt)


def _no_voltage(millivolt: FloatArray) -> Any:
    """Zero is an autopilot without a power module."""
    return (millivolt == 0xFFFF) | (millivolt == 0)


def _radio(log: Tlog, vehicle: Vehicle, clock: VehicleClock) -> dict[str, Any] | None:
    """The weakest signal at either end, in the radio's own units: 0 to 254, of no fixed meaning."""
    for name in ("RADIO_STATUS", "RADIO"):
        table = log.table(name)
        rows = table.take(np.isin(table.system_id, (vehicle.system_id, _RADIO_SYSTEM)))
        if len(rows):
            signal = {field: _signal(rows, field, clock) for field in ("rssi", "remrssi")}
            return {"source": name, "messages": len(rows), **signal}
    return None


def _signal(rows: Columns, field: str, clock: VehicleClock) -> dict[str, Any] | None:
    values = unknown_where(rows.float(field), lambda values: values == 0xFF)
    return worst_of(values, _utc(rows, clock), "value")


def _errors(rows: Columns, clock: VehicleClock) -> dict[str, Any]:
    texts = _joined(rows)
    utc_us = _utc(rows, clock).tolist()
    severity = rows["severity"].tolist()
    begun = sorted(texts)
    return error_texts(
        [utc_us[at] for at in begun], [severity[at] for at in begun], [texts[at] for at in begun]
    )


def _joined(rows: Columns) -> dict[int, str]:
    """Texts by the row that they begin at; a long one comes in numbered chunks, under one id other than 0."""
    texts: dict[int, str] = {}
    begun: dict[tuple[int, int], int] = {}
    component_id = rows.component_id.tolist()
    ids, chunks = rows["id"].tolist(), rows["chunk_seq"].tolist()
    for at, stored in enumerate(rows["text"].tolist()):
        text = stored.split(b"\0")[0].decode("utf-8", "replace")
        key = (component_id[at], ids[at])
        if ids[at] and chunks[at] and key in begun:
            texts[begun[key]] += text
        else:
            begun[key] = at
            texts[at] = text
    return texts
