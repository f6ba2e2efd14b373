"""WGS 84: local metres to latitude and longitude and back.

Formulas: NIMA TR8350.2, "Department of Defense World Geodetic System 1984" (ellipsoid constants, ECEF);
geodetic latitude from ECEF by Bowring (1976), "Transformation from spatial to geographical coordinates".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.types import FloatArray

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)


def radii_m(lat_deg: float) -> tuple[float, float]:
    """Radii of curvature at a latitude: in the meridian, in the prime vertical."""
    w2 = 1 - ECCENTRICITY_2 * math.sin(math.radians(lat_deg)) ** 2
    prime_vertical_m = SEMI_MAJOR_M / math.sqrt(w2)
    return prime_vertical_m * (1 - ECCENTRICITY_2) / w2, prime_vertical_m


def lat_lon_from_enu(
    enu_m: FloatArray, lat_deg: float, lon_deg: float, height_m: float
) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes in degrees of points (n, 3) east, north, up of an origin."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    _, prime_vertical_m = radii_m(lat_deg)
    sin_lat, cos_lat = math.sin(lat), math.cos(lat)
    east, north, up = enu_m[:, 0], enu_m[:, 1], enu_m[:, 2]
    outward = (prime_vertical_m + height_m) * cos_lat - sin_lat * north + cos_lat * up
    z = (prime_vertical_m * (1 - ECCENTRICITY_2) + height_m) * sin_lat + cos_lat * north + sin_lat * up
    lon_rad = lon + np.arctan2(east, outward)
    return _latitude_deg(np.hypot(outward, east), z), np.degrees(lon_rad)


def _latitude_deg(p: FloatArray, z: FloatArray) -> FloatArray:
    beta = np.arctan2(z, (1 - FLATTENING) * p)
    second_eccentricity_2 = ECCENTRICITY_2 / (1 - ECCENTRICITY_2)
    return np.degrees(
        np.arctan2(
            z + second_eccentricity_2 * SEMI_MINOR_M * np.sin(beta) ** 3,
            p - ECCENTRICITY_2 * SEMI_MAJOR_M * np.cos(beta) ** 3,
        )
    )


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """Metres east and north of an origin, by the radii of curvature there.

    For relative positions within some tens of kilometres: its scale is off by about tan(latitude) times
    the distance over the earth's radius, 0.05 % at 10 km at Mukdahan. Going there and back is exact.
    """

    lat_deg: float
    lon_deg: float
    metres_per_deg_north: float
    metres_per_deg_east: float

    @classmethod
    def at(cls, lat_deg: float, lon_deg: float) -> LocalPlane:
        """The plane that touches the ellipsoid at a point."""
        meridian_m, prime_vertical_m = radii_m(lat_deg)
        return cls(
            lat_deg,
            lon_deg,
            math.radians(1) * meridian_m,
            math.radians(1) * prime_vertical_m * math.cos(math.radians(lat_deg)),
        )

    def east_north_m(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Metres east and north of the origin."""
        return (
            (lon_deg - self.lon_deg) * self.metres_per_deg_east,
            (lat_deg - self.lat_deg) * self.metres_per_deg_north,
        )

    def lat_lon_deg(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Latitude and longitude of a point in metres."""
        return (
            self.lat_deg + north_m / self.metres_per_deg_north,
            self.lon_deg + east_m / self.metres_per_deg_east,
        )
