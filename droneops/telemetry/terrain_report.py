"""The ground's height as ArduPilot tells it: TERRAIN_REPORT.

``terrain_height`` is above mean sea level at ``lat``, ``lon``, out of the vehicle's own grid, which comes
from SRTM. ``spacing`` is 0 where the grid does not know the place, ``loaded`` counts the blocks in memory.
https://mavlink.io/en/services/terrain.html
"""

from __future__ import annotations

import numpy as np

from droneops.geo.reported import ReportedRelief
from droneops.telemetry.clock import VehicleClock
from droneops.telemetry.headers import read_only as frozen
from droneops.telemetry.position import is_place
from droneops.telemetry.tlog import Tlog
from droneops.types import read_only

# From below the Dead Sea's shore to above the Himalaya.
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0


def read_terrain_reports(log: Tlog, clock: VehicleClock) -> ReportedRelief:
    """All reports of a vehicle that know the ground, in order of time; maybe none.

    Before its grid is loaded a vehicle reports zeros; those are left out, never taken as sea level.
    """
    rows = log.table("TERRAIN_REPORT").sent_by(clock.vehicle.system_id)
    lat_deg, lon_deg = rows["lat"] * 1e-7, rows["lon"] * 1e-7
    height_m = rows.float("terrain_height")
    knows = (rows["spacing"] > 0) & (rows["loaded"] > 0) & is_place(lat_deg, lon_deg)
    knows &= (np.abs(lat_deg) <= 90) & (np.abs(lon_deg) <= 180)
    knows &= (height_m >= _LOWEST_M) & (height_m <= _HIGHEST_M)
    time_us = clock.utc_of(rows)[knows]
    order = np.argsort(time_us, kind="stable")
    return ReportedRelief(
        frozen(time_us[order]),
        read_only(lat_deg[knows][order]),
        read_only(lon_deg[knows][order]),
        read_only(height_m[knows][order]),
    )
