"""Cells on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.types import FloatArray

CELL_M = 10.0
"""Fine beside a footprint of a hundred metres, and no finer than an uncalibrated camera points."""

MAX_CELLS = 1_000_000
"""10 by 10 km at 10 m; 40 MB while they are painted. A larger flight gets larger cells."""

Bounds = tuple[float, float, float, float]
"""West, south, east, north in metres of a plane."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells of a local plane; row 0 is the southernmost, ``west_m`` and ``south_m`` its outer corner.

    The corner is a multiple of ``cell_m`` from the plane's origin.
    """

    plane: LocalPlane
    cell_m: float
    west_m: float
    south_m: float
    rows: int
    columns: int

    @property
    def bounds_m(self) -> Bounds:
        """The grid's outer edges."""
        east_m = self.west_m + self.columns * self.cell_m
        return self.west_m, self.south_m, east_m, self.south_m + self.rows * self.cell_m

    def east_m(self) -> FloatArray:
        """The centres of the columns."""
        centres: FloatArray = self.west_m + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.cell_m
        return centres

    def north_m(self) -> FloatArray:
        """The centres of the rows."""
        centres: FloatArray = self.south_m + (np.arange(self.rows, dtype=np.float64) + 0.5) * self.cell_m
        return centres

    def rows_of(self, south_m: float, north_m: float) -> slice:
        """The rows whose centres may lie between two northings."""
        return _within(south_m - self.south_m, north_m - self.south_m, self.cell_m, self.rows)

    def columns_of(self, west_m: float, east_m: float) -> slice:
        """The columns whose centres may lie between two eastings."""
        return _within(west_m - self.west_m, east_m - self.west_m, self.cell_m, self.columns)


def grid_over(plane: LocalPlane, bounds_m: Bounds, cell_m: float = CELL_M) -> Grid:
    """The grid that covers bounds, of cells of ``cell_m``, doubled until there are at most `MAX_CELLS`."""
    west_m, south_m, east_m, north_m = bounds_m
    while True:
        west, south = math.floor(west_m / cell_m), math.floor(south_m / cell_m)
        columns = max(math.ceil(east_m / cell_m) - west, 1)
        rows = max(math.ceil(north_m / cell_m) - south, 1)
        if rows * columns <= MAX_CELLS:
            return Grid(plane, cell_m, west * cell_m, south * cell_m, rows, columns)
        cell_m *= 2


def _within(low_m: float, high_m: float, cell_m: float, count: int) -> slice:
    first = min(max(math.floor(low_m / cell_m), 0), count)
    return slice(first, min(max(math.ceil(high_m / cell_m), first), count))
