"""Stretches of a log in which two vehicles spoke under one system id, so that neither can be believed."""

from __future__ import annotations

import numpy as np

from droneops.telemetry.clock import timed
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle

# Delays and the clocks of one vehicle differ by less; two vehicles were hardly switched on within it.
_APART_US = 2_000_000
# There and back, three times: a restart leaps once, a stalled link there and slowly back.
_LEAPS = 6
_LEAPS_WITHIN_US = 10_000_000

Stretch = tuple[int, int]


def contested_stretches(log: Tlog, vehicle: Vehicle) -> tuple[Stretch, ...]:
    """First and last place in the file of each stretch in which the time since boot leaps to and fro.

    Vehicles that were switched on within two seconds of each other are not told apart by it.
    """
    file_offset, stamp_us, boot_ms = timed(log, vehicle)
    leap = np.flatnonzero(np.abs(np.diff(stamp_us - boot_ms * 1000)) > _APART_US) + 1
    if len(leap) < _LEAPS:
        return ()
    took_us = np.abs(stamp_us[leap[_LEAPS - 1 :]] - stamp_us[leap[: -_LEAPS + 1]])
    stretches: list[Stretch] = []
    for at in np.flatnonzero(took_us <= _LEAPS_WITHIN_US).tolist():
        first, last = int(file_offset[leap[at]]), int(file_offset[leap[at + _LEAPS - 1]])
        if stretches and first <= stretches[-1][1]:
            first, _ = stretches.pop()
        stretches.append((first, last))
    return tuple(stretches)


def without_contested(log: Tlog, vehicle: Vehicle, stretches: tuple[Stretch, ...]) -> Tlog:
    """The log without what was said under the vehicle's system id in these stretches."""
    if not stretches:
        return log
    at = log.headers.record_start
    inside = np.zeros(len(log.headers), dtype=np.bool_)
    for first, last in stretches:
        inside |= (at >= first) & (at <= last)
    return log.only(~(inside & (log.headers.system_id == vehicle.system_id)))


def contested_warning(vehicle: Vehicle, stretches: tuple[Stretch, ...]) -> tuple[str, ...]:
    """What the user is told; nothing where there is nothing."""
    if not stretches:
        return ()
    several = f" in {len(stretches)} stretches" if len(stretches) > 1 else ""
    return (
        f"two vehicles spoke as system {vehicle.system_id} at the same time{several}:"
        " what either said then is left out (give each vehicle an id of its own)",
    )
