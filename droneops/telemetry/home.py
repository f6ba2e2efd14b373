"""The height of home, from which ``relative_alt`` is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.telemetry.position import Positions
from droneops.telemetry.tlog import Tlog
from droneops.telemetry.vehicles import Vehicle

_IMPLIED = "GLOBAL_POSITION_INT.alt - relative_alt"
# HOME_POSITION and the positions come from one estimate: apart by more than the ground is assumed to be
# uneven (10 m), one of them is not meant. A fixed-wing's heights were seen 8 m apart in a recorded flight.
_AGREEMENT_M = 10.0


@dataclass(frozen=True, slots=True)
class Home:
    """``alt_msl_m`` is None when nothing tells; ``source`` says what did."""

    alt_msl_m: float | None
    source: str


def read_home(log: Tlog, vehicle: Vehicle, positions: Positions) -> Home:
    """The last HOME_POSITION, which is set again on arming; else what the positions imply.

    HOME_POSITION.altitude is in millimetres above mean sea level. Some senders leave it at zero, so one
    that the positions contradict gives way: theirs is the home that ``relative_alt`` is measured from.
    """
    told_m = _told(log, vehicle)
    implied_m = _implied(positions)
    if implied_m is None:
        return Home(told_m, "unknown" if told_m is None else "HOME_POSITION")
    if told_m is None:
        return Home(implied_m, _IMPLIED)
    if abs(told_m - implied_m) <= _AGREEMENT_M:
        return Home(told_m, "HOME_POSITION")
    return Home(implied_m, f"{_IMPLIED} (HOME_POSITION says {told_m:.1f} m, which they contradict)")


def _told(log: Tlog, vehicle: Vehicle) -> float | None:
    rows = log.table("HOME_POSITION").sent_by(vehicle.system_id)
    placed = rows.take((rows["latitude"] != 0) | (rows["longitude"] != 0))
    return float(placed["altitude"][-1]) * 1e-3 if len(placed) else None


def _implied(positions: Positions) -> float | None:
    valid = positions.take(positions.valid)
    return float(np.median(valid.alt_msl_m - valid.alt_above_home_m)) if len(valid) else None
