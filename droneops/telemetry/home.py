"""The height of home, from which ``relative_alt`` is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.telemetry.position import Positions
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle


@dataclass(frozen=True, slots=True)
class Home:
    """``alt_msl_m`` is None when nothing tells; ``source`` says what did."""

    alt_msl_m: float | None
    source: str


def read_home(log: Tlog, vehicle: Vehicle, positions: Positions) -> Home:
    """The last HOME_POSITION, which is set again on arming; else what the positions imply.

    HOME_POSITION.altitude is in millimetres above mean sea level.
    """
    rows = log.table("HOME_POSITION").sent_by(vehicle.system_id)
    placed = rows.take((rows["latitude"] != 0) | (rows["longitude"] != 0))
    if len(placed):
        return Home(float(placed["altitude"][-1]) * 1e-3, "HOME_POSITION")
    valid = positions.take(positions.valid)
    if len(valid):
        difference_m = valid.alt_msl_m - valid.alt_above_home_m
        return Home(float(np.median(difference_m)), "GLOBAL_POSITION_INT.alt - relative_alt")
    return Home(None, "unknown")
