"""The part of the earth whose ground a flight can see."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.geo.dem import lon_from
from droneops.geo.meet import MAX_SLANT_M, SLOPE_BASE_M
from droneops.geo.wgs84 import radii_m
from droneops.types import FloatArray

MAX_CELLS = 50_000_000
"""200 MB of heights: a degree square of SRTM at 30 m takes 13 million, a 5 km flight at 1 m 120."""


@dataclass(frozen=True, slots=True)
class Area:
    """Between two parallels and two meridians; ``east_deg`` is above ``west_deg``, beyond 180 if need be."""

    south_deg: float
    north_deg: float
    west_deg: float
    east_deg: float

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude in the middle."""
        return (self.south_deg + self.north_deg) / 2, (self.west_deg + self.east_deg) / 2


def area_seen(lat_deg: FloatArray, lon_deg: FloatArray) -> Area | None:
    """All that can be in range from places (n,); None for no place at all."""
    if len(lat_deg) == 0:
        return None
    reach_m = MAX_SLANT_M + 2 * SLOPE_BASE_M + 100.0
    south, north = float(lat_deg.min()), float(lat_deg.max())
    meridian_m, prime_vertical_m = radii_m((south + north) / 2)
    dlat = math.degrees(reach_m / meridian_m)
    flattest = max(abs(south), abs(north))
    dlon = math.degrees(reach_m / (prime_vertical_m * max(math.cos(math.radians(flattest)), 0.01)))
    middle = float(lon_deg[0])
    across = lon_from(middle, np.asarray(lon_deg))
    return Area(
        max(south - dlat, -90.0),
        min(north + dlat, 90.0),
        middle + float(across.min()) - dlon,
        middle + float(across.max()) + dlon,
    )
