"""A grid of heights, whatever file it came from, as a relief that rays can meet."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from droneops.types import FloatArray

TERMS = 10
"""Coefficients of a polynomial of third order in two variables.

Over some tens of kilometres it maps latitude and longitude to any conformal projection within micrometres
(tests hold it against PROJ).
"""


@dataclass(frozen=True, slots=True, eq=False)
class GridMap:
    """Column and row of a place, integer at the grid's points: ``coefficients`` (TERMS, 2) of degrees from
    the centre."""

    centre_lat_deg: float
    centre_lon_deg: float
    coefficients: FloatArray

    def column_row(self, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
        """(n, 2)"""
        return (
            terms(lat_deg - self.centre_lat_deg, lon_from(self.centre_lon_deg, lon_deg)) @ self.coefficients
        )


def lon_from(centre_deg: float, lon_deg: FloatArray) -> FloatArray:
    """Degrees east of a meridian, the short way round, so that the antimeridian is no edge."""
    return (lon_deg - centre_deg + 180.0) % 360.0 - 180.0


def terms(x: FloatArray, y: FloatArray) -> FloatArray:
    """(n, TERMS) the products of powers of x and y up to the third order."""
    one = np.ones_like(x)
    return np.stack([one, x, y, x * x, x * y, y * y, x * x * x, x * x * y, x * y * y, y * y * y], axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class DemGrid:
    """Heights (rows, columns) above mean sea level, float32, NaN where unknown; between them bilinear.

    ``spacing_m`` is the smaller of its two spacings. ``source`` names it in messages.
    """

    heights_m: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    map: GridMap
    spacing_m: float
    source: str
    bounds_m: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        self.heights_m.setflags(write=False)
        object.__setattr__(self, "bounds_m", _bounds_m(self.heights_m))

    @property
    def reach_m(self) -> float:
        """A grid knows its own holes and edges."""
        return math.inf

    @property
    def slope_sigma(self) -> float:
        """A grid is as good far from the drone as below it."""
        return 0.0

    def height_msl_m(self, lat_deg: FloatArray, lon_deg: FloatArray, time_us: int = 0) -> FloatArray:
        """Heights (n,) at places (n,); NaN beyond the edge, and where a neighbour that counts is unknown."""
        column, row = self.map.column_row(lat_deg, lon_deg).T
        rows, columns = self.heights_m.shape
        with np.errstate(invalid="ignore"):
            inside = (column >= 0) & (column <= columns - 1) & (row >= 0) & (row <= rows - 1)
        left = np.clip(np.where(inside, column, 0.0).astype(np.intp), 0, max(columns - 2, 0))
        top = np.clip(np.where(inside, row, 0.0).astype(np.intp), 0, max(rows - 2, 0))
        height = self._between(left, top, column - left, row - top)
        return np.where(inside, height, np.nan)

    def _between(
        self, left: np.ndarray, top: np.ndarray, right_part: FloatArray, bottom_part: FloatArray
    ) -> FloatArray:
        rows, columns = self.heights_m.shape
        right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        grid = self.heights_m
        upper = _mix(grid[top, left], grid[top, right], right_part)
        lower = _mix(grid[bottom, left], grid[bottom, right], right_part)
        return _mix(upper, lower, bottom_part)


def _mix(first: np.ndarray, second: np.ndarray, part: FloatArray) -> FloatArray:
    """The first where ``part`` is 0 and the second where it is 1, even if the other one is unknown."""
    mixed = first + part * (second.astype(np.float64) - first)
    exact: FloatArray = np.where(part == 0, first, np.where(part == 1, second, mixed))
    return exact


def _bounds_m(heights_m: np.ndarray) -> tuple[float, float]:
    if heights_m.size == 0 or not np.isfinite(heights_m).all():
        return -math.inf, math.inf
    return float(heights_m.min()), float(heights_m.max())


def unknown_grid(source: str) -> DemGrid:
    """A grid that knows nothing, for a flight that was nowhere."""
    nothing = GridMap(0.0, 0.0, np.zeros((TERMS, 2)))
    return DemGrid(np.full((1, 1), np.nan, dtype=np.float32), nothing, 30.0, source)
