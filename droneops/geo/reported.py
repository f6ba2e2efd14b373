"""The ground as the vehicle reports it below itself: level around each pose, and less sure with distance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.geo.wgs84 import LocalPlane
from droneops.types import FloatArray

MAX_AGE_S = 5.0
"""Sent at 1 Hz; five missed reports are 100 m at 20 m/s, the spacing of the vehicle's own grid."""

REACH_M = 500.0
"""Further out the slope's sigma alone says 50 m: a hill."""

SLOPE_SIGMA = 0.1
"""One sigma of the slope of hills over some hundreds of metres. An assumption."""


@dataclass(frozen=True, slots=True, eq=False)
class ReportedRelief:
    """Heights (n,) above mean sea level at places (n,), reported at ascending times (n,)."""

    times_us: npt.NDArray[np.int64]
    lat_deg: FloatArray
    lon_deg: FloatArray
    heights_m: FloatArray

    @property
    def spacing_m(self) -> float | None:
        """None: level around each pose."""
        return None

    @property
    def reach_m(self) -> float:
        """How far from the drone it is believed."""
        return REACH_M

    @property
    def slope_sigma(self) -> float:
        """By how much the sigma grows with the distance."""
        return SLOPE_SIGMA

    @property
    def bounds_m(self) -> tuple[float, float]:
        """Nobody knows."""
        return -math.inf, math.inf

    def height_msl_m(self, lat_deg: FloatArray, lon_deg: FloatArray, time_us: int) -> FloatArray:
        """The height of the report nearest in time, within its reach; NaN beyond, or without one."""
        row = self._nearest(time_us)
        if row is None:
            return np.full(len(lat_deg), np.nan)
        plane = LocalPlane.at(float(self.lat_deg[row]), float(self.lon_deg[row]))
        across = (np.asarray(lon_deg) - plane.lon_deg + 180.0) % 360.0 - 180.0
        east_m = across * plane.metres_per_deg_east
        north_m = (np.asarray(lat_deg) - plane.lat_deg) * plane.metres_per_deg_north
        return np.where(np.hypot(east_m, north_m) <= REACH_M, self.heights_m[row], np.nan)

    def _nearest(self, time_us: int) -> int | None:
        after = int(np.searchsorted(self.times_us, time_us))
        rows = [row for row in (after - 1, after) if 0 <= row < len(self.times_us)]
        nearest = min(rows, key=lambda row: abs(int(self.times_us[row]) - time_us), default=None)
        if nearest is None or abs(int(self.times_us[nearest]) - time_us) > MAX_AGE_S * 1e6:
            return None
        return nearest
