"""How high the sun stands.

Source: J. Meeus, Astronomical Algorithms (2nd ed., 1998), chapters 25 (the sun's place, low accuracy), 22
(the obliquity) and 12 (sidereal time); the same series as NOAA's solar calculator. The centre of the sun's
disc, seen from the earth's centre, without refraction: within 0.02 degrees of the almanac between 1950 and
2050, of which the series has 0.01, the parallax 0.0024, UT1 for UTC 0.004 and UTC for dynamical time 0.001.
At that, dusk moves by 5 s.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droneops.types import FloatArray

UNIX_EPOCH_JD = 2440587.5
J2000_JD = 2451545.0
DAYS_PER_CENTURY = 36525.0
US_PER_DAY = 86_400_000_000


def sun_elevation_deg(time_us: npt.ArrayLike, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> FloatArray:
    """Elevations in degrees at UTC times in microseconds; arguments broadcast like numpy's."""
    days = np.asarray(time_us, dtype=np.float64) / US_PER_DAY + (UNIX_EPOCH_JD - J2000_JD)
    right_ascension_rad, declination_rad = _place(days / DAYS_PER_CENTURY)
    hour_angle_rad = _sidereal_rad(days) + np.radians(lon_deg) - right_ascension_rad
    lat_rad = np.radians(lat_deg)
    sine = np.sin(lat_rad) * np.sin(declination_rad) + np.cos(lat_rad) * np.cos(declination_rad) * np.cos(
        hour_angle_rad
    )
    elevation: FloatArray = np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
    return elevation


def _place(centuries: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Apparent right ascension and declination in radians (Meeus 25.2 to 25.8)."""
    t = centuries
    mean_rad = np.radians(280.46646 + t * (36000.76983 + t * 0.0003032))
    anomaly_rad = np.radians(357.52911 + t * (35999.05029 - t * 0.0001537))
    centre_deg = (
        (1.914602 - t * (0.004817 + t * 0.000014)) * np.sin(anomaly_rad)
        + (0.019993 - t * 0.000101) * np.sin(2 * anomaly_rad)
        + 0.000289 * np.sin(3 * anomaly_rad)
    )
    node_rad = np.radians(125.04 - t * 1934.136)
    longitude_rad = mean_rad + np.radians(centre_deg - 0.00569 - 0.00478 * np.sin(node_rad))
    obliquity_rad = np.radians(23.4392911 - t * 0.0130042 + 0.00256 * np.cos(node_rad))
    right_ascension_rad = np.arctan2(np.cos(obliquity_rad) * np.sin(longitude_rad), np.cos(longitude_rad))
    return right_ascension_rad, np.arcsin(np.sin(obliquity_rad) * np.sin(longitude_rad))


def _sidereal_rad(days: FloatArray) -> FloatArray:
    """Greenwich sidereal time (Meeus 12.4); its slow terms are below 0.0003 degrees until 2100."""
    angle: FloatArray = np.radians((280.46061837 + 360.98564736629 * days) % 360.0)
    return angle
