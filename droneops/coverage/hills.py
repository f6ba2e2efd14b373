"""The ground's height under a grid's cells, where a relief tells it, and what hills hide of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.coverage.grid import Bounds, Grid, grid_over
from droneops.geo.ground import Relief
from droneops.geo.locate import MAX_SLANT_M
from droneops.types import FloatArray

SIGHT_STEPS = 16
"""Places between camera and cell at which a hill is looked for: 20 m apart at the range of most looks, so
that what hides ground by more than a cell is found, at the price of as many look-ups a cell."""

SEARCHED_M = 100.0
"""How densely the lowest and the highest ground are looked for; what lies beyond is only left out of what
counts as seen."""

_LEAST_M = 1.0


@dataclass(frozen=True, slots=True)
class Hills:
    """Per cell (rows, columns): height above mean sea level, NaN where unknown, and rise per metre."""

    alt_msl_m: FloatArray
    rise_east: FloatArray
    rise_north: FloatArray

    def facing_m(
        self, rows: slice, columns: slice, away: tuple[FloatArray, FloatArray, FloatArray]
    ) -> FloatArray:
        """How far the camera stands above each cell's own plane; over level ground that is the drop.

        ``away`` is how far east and north of the camera cells lie, and how far below.
        """
        east, north, drop_m = away
        rise_east, rise_north = self.rise_east[rows, columns], self.rise_north[rows, columns]
        above: FloatArray = drop_m + rise_east * east + rise_north * north
        return above / np.sqrt(1 + rise_east**2 + rise_north**2)


def hills_on(grid: Grid, relief: Relief) -> Hills:
    """The heights at the cells' centres, and their slopes."""
    height_m = _heights_m(grid, relief)
    rise_north, rise_east = (_rise(height_m, axis) / grid.cell_m for axis in (0, 1))
    return Hills(height_m, rise_east, rise_north)


def _rise(height_m: FloatArray, axis: int) -> FloatArray:
    """By how much the height grows from cell to cell; one alone is level."""
    if height_m.shape[axis] < 2:
        return np.zeros_like(height_m)
    rise: FloatArray = np.gradient(height_m, axis=axis)
    return rise


def extremes_m(grid: Grid, relief: Relief) -> tuple[float, float]:
    """The lowest and the highest known ground within reach of a grid; NaN where none is known."""
    west_m, south_m, east_m, north_m = grid.bounds_m
    wide: Bounds = west_m - MAX_SLANT_M, south_m - MAX_SLANT_M, east_m + MAX_SLANT_M, north_m + MAX_SLANT_M
    height_m = _heights_m(grid_over(grid.plane, wide, SEARCHED_M), relief)
    if not np.isfinite(height_m).any():
        return math.nan, math.nan
    return float(np.nanmin(height_m)), float(np.nanmax(height_m))


def _heights_m(grid: Grid, relief: Relief) -> FloatArray:
    lat_deg = grid.plane.lat_deg + grid.north_m() / grid.plane.metres_per_deg_north
    lon_deg = grid.plane.lon_deg + grid.east_m() / grid.plane.metres_per_deg_east
    lats, lons = np.meshgrid(lat_deg, lon_deg, indexing="ij")
    return relief.height_msl_m(lats.ravel(), lons.ravel(), 0).reshape(lats.shape)


def hidden(
    hills: Hills,
    grid: Grid,
    camera: tuple[float, float, float],
    cells: tuple[FloatArray, FloatArray, FloatArray],
) -> npt.NDArray[np.bool_]:
    """Which cells (n,) another part of the ground hides, or ground that nobody knows may hide.

    ``camera`` is its easting, northing and height above mean sea level; ``cells`` how far east and north of
    it they lie, and how far below. Half a cell's rise is given the doubt: heights are those of centres.
    """
    at_east, at_north, alt_m = camera
    east, north, drop_m = cells
    found = np.zeros(len(east), np.bool_)
    for share in np.arange(1, SIGHT_STEPS + 1) / (SIGHT_STEPS + 1):
        columns = np.floor((at_east + share * east - grid.west_m) / grid.cell_m).astype(np.intp)
        rows = np.floor((at_north + share * north - grid.south_m) / grid.cell_m).astype(np.intp)
        within = (columns >= 0) & (columns < grid.columns) & (rows >= 0) & (rows < grid.rows)
        here = np.where(within, rows, 0), np.where(within, columns, 0)
        slack_m = grid.cell_m / 2 * np.hypot(hills.rise_east[here], hills.rise_north[here]) + _LEAST_M
        clear = hills.alt_msl_m[here] - slack_m <= alt_m - share * drop_m
        found |= within & ~clear
    return found
