"""Which report was the latest when a message of another type was sent."""

from __future__ import annotations

import numpy as np

from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.columns import Columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.estimator import OLDEST_US


def latest_before(reports: Columns, rows: Columns, clock: VehicleClock) -> Int64Array:
    """(n,) for each row the index of the last report before it in the same boot, -1 if none."""
    latest = np.searchsorted(reports.file_offset, rows.file_offset) - 1
    if len(reports) == 0:
        return latest
    same_boot = clock.boot_of(reports)[np.maximum(latest, 0)] == clock.boot_of(rows)
    return np.where(same_boot, latest, -1)


def recent_before(reports: Columns, rows: Columns, clock: VehicleClock) -> Int64Array:
    """As `latest_before`, and -1 where it is older than OLDEST_US."""
    latest = latest_before(reports, rows, clock)
    if len(reports) == 0:
        return latest
    age_us = clock.utc_of(rows) - clock.utc_of(reports)[np.maximum(latest, 0)]
    return np.where(age_us <= OLDEST_US, latest, -1)
