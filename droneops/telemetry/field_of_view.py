"""The lens as the telemetry tells it: CAMERA_FOV_STATUS.hfov, which changes with the zoom."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.tlog import Tlog

# Sent at 1 Hz or faster; after five missed messages the zoom may be anything.
_MAX_AGE_US = 5_000_000


@dataclass(frozen=True, slots=True)
class FieldOfView:
    """``hfov_rad`` at ascending ``time_us``; None where the camera said that it does not know."""

    time_us: tuple[int, ...]
    hfov_rad: tuple[float | None, ...]

    def at(self, time_us: int) -> float | None:
        """The value told nearest to a time; None if that is more than 5 s away, or unknown."""
        after = bisect_left(self.time_us, time_us)
        nearest = min(
            range(max(after - 1, 0), min(after + 1, len(self.time_us))),
            key=lambda index: abs(self.time_us[index] - time_us),
            default=None,
        )
        if nearest is None or abs(self.time_us[nearest] - time_us) > _MAX_AGE_US:
            return None
        return self.hfov_rad[nearest]


def read_field_of_view(log: Tlog, clock: VehicleClock) -> FieldOfView:
    """All horizontal fields of view that the vehicle's cameras told, in order of time. 0 and NaN: unknown."""
    rows = log.table("CAMERA_FOV_STATUS").sent_by(clock.vehicle.system_id)
    time_us = clock.utc_of(rows)
    order = np.argsort(time_us, kind="stable")
    hfov_deg = rows.float("hfov")[order]
    known = (hfov_deg > 0) & (hfov_deg < 180)
    values = np.radians(np.where(known, hfov_deg, 0)).tolist()
    return FieldOfView(
        tuple(time_us[order].tolist()),
        tuple(value if is_known else None for value, is_known in zip(values, known.tolist(), strict=True)),
    )
