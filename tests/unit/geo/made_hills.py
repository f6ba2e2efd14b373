"""Hills made for tests, and rays walked over them in small steps by pymap3d and scipy alone."""

from __future__ import annotations

import math

import numpy as np
import pymap3d
from scipy.interpolate import RegularGridInterpolator

from droneops.geo.dem import TERMS, DemGrid, GridMap
from droneops.geo.ground import Ground
from droneops.types import Sigma

LAT, LON = 16.44, 104.75
STEP_DEG = 1 / 3600
SIDE = 241


def lattice() -> tuple[np.ndarray, np.ndarray]:
    """Latitudes from north to south, longitudes from west to east."""
    half = (SIDE - 1) / 2 * STEP_DEG
    return np.linspace(LAT + half, LAT - half, SIDE), np.linspace(LON - half, LON + half, SIDE)


def hills(seed: int = 3, rough_m: float = 60.0) -> np.ndarray:
    """(SIDE, SIDE) metres above sea: some waves of a kilometre and less around 200 m."""
    random = np.random.default_rng(seed)
    lat, lon = lattice()
    north, east = np.meshgrid((lat - LAT) * 110_600, (lon - LON) * 106_700, indexing="ij")
    height = np.full_like(north, 200.0)
    for _ in range(6):
        wave_m, turn, phase = random.uniform(400, 1500), *random.uniform(0, 2 * math.pi, 2)
        along = (north * math.cos(turn) + east * math.sin(turn)) / wave_m
        height += rough_m / 6 * np.sin(2 * math.pi * along + phase)
    return height.astype(np.float32)


def grid_of(heights: np.ndarray) -> DemGrid:
    """The grid as a relief."""
    lat, lon = lattice()
    coefficients = np.zeros((TERMS, 2))
    coefficients[0] = (SIDE - 1) / 2
    coefficients[2, 0], coefficients[1, 1] = 1 / STEP_DEG, -1 / STEP_DEG
    del lat, lon
    return DemGrid(np.array(heights, dtype=np.float32), GridMap(LAT, LON, coefficients), 29.6, "made")


def ground_of(heights: np.ndarray, sigma_m: float = 0.0) -> Ground:
    """The same as ground."""
    return Ground(None, Sigma(sigma_m, "made"), grid_of(heights))


def walked(
    heights: np.ndarray, ray: np.ndarray, alt_msl_m: float, step_m: float = 0.5
) -> tuple[float, float, float] | None:
    """Latitude, longitude and height of the first ground that a ray meets within 3 km; None if none."""
    lat, lon = lattice()
    surface = RegularGridInterpolator(
        (lat[::-1], lon), heights[::-1].astype(float), bounds_error=False, fill_value=np.nan
    )
    along = np.arange(0.0, 3000.0, step_m)
    north, east, down = ray[:, None] * along
    place = pymap3d.enu2geodetic(east, north, -down, LAT, LON, alt_msl_m)
    # The air bends the ray after the earth by 0.13 of its fall.
    bent = place[2] - 0.13 * (north**2 + east**2) / 2 / 6_371_000.0
    ground = surface(np.column_stack((place[0], place[1])))
    below = np.flatnonzero(~(bent > ground))
    if len(below) == 0 or below[0] == 0 or np.isnan(ground[below[0]]):
        return None
    after = int(below[0])
    above = (bent - ground)[after - 1 : after + 1]
    part = above[0] / (above[0] - above[1])
    mixed = [float(v[after - 1] + part * (v[after] - v[after - 1])) for v in (place[0], place[1], ground)]
    return mixed[0], mixed[1], mixed[2]
