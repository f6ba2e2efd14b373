"""A grid over all zones: most points are told by their cell alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geofences.area import Area
from geofences.local_metres import Array

Indices = NDArray[np.intp]

_FEWEST_CELLS, _MOST_CELLS = 256**2, 512**2
_CELLS_A_ZONE = 16
# A place on the line between two cells is counted to one of them; rounding must not put it outside of it.
_ROUNDING_DEG = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of equal size in degrees, row by row from the south-west.

    The zones that meet cell `c` are `zone[first[c] : first[c + 1]]`; `whole` says which of them hold all of
    it. Arrays are read-only.
    """

    west_deg: float
    south_deg: float
    width_deg: float
    height_deg: float
    columns: int
    rows: int
    first: Indices
    zone: Indices
    whole: NDArray[np.bool_]


def make_cells(areas: Sequence[Area]) -> Cells:
    """The grid over `areas` (at least one)."""
    west, south, east, north = shapely.total_bounds([area.polygon for area in areas]).tolist()
    side = math.isqrt(min(max(_CELLS_A_ZONE * len(areas), _FEWEST_CELLS), _MOST_CELLS))
    width, height = max(east - west, _ROUNDING_DEG) / side, max(north - south, _ROUNDING_DEG) / side
    empty = np.empty(0, np.intp)
    grid = Cells(west, south, width, height, side, side, empty, empty, np.empty(0, np.bool_))
    met = [_met_by(grid, area) for area in areas]
    cell = np.concatenate([cells for cells, _ in met])
    zone = np.repeat(np.arange(len(areas)), [len(cells) for cells, _ in met])
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], np.arange(side * side + 1))
    whole = np.concatenate([holds for _, holds in met])[order]
    for array in (first, zone := zone[order], whole):
        array.setflags(write=False)
    return Cells(west, south, width, height, side, side, first, zone, whole)


def candidates(cells: Cells, lat_deg: Array, lon_deg: Array) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """The pairs of a point and a zone that meets its cell: indices of both, and whether the zone holds it.

    Where it is not said to hold the cell, the point is still to be asked about.
    """
    with np.errstate(invalid="ignore"):
        column = np.floor((lon_deg - cells.west_deg) / cells.width_deg)
        row = np.floor((lat_deg - cells.south_deg) / cells.height_deg)
        # The last row and column have their far edge too.
        column[lon_deg == cells.west_deg + cells.columns * cells.width_deg] = cells.columns - 1
        row[lat_deg == cells.south_deg + cells.rows * cells.height_deg] = cells.rows - 1
        on_grid = (column >= 0) & (column < cells.columns) & (row >= 0) & (row < cells.rows)
    point = np.flatnonzero(on_grid)
    cell = (row[point] * cells.columns + column[point]).astype(np.intp)
    count = cells.first[cell + 1] - cells.first[cell]
    point, cell, count = point[count > 0], cell[count > 0], count[count > 0]
    place = np.repeat(cells.first[cell] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    return np.repeat(point, count), cells.zone[place], cells.whole[place]


def _met_by(grid: Cells, area: Area) -> tuple[Indices, NDArray[np.bool_]]:
    """The cells that an area meets, and which of them it holds whole."""
    west, south, east, north = area.polygon.bounds
    columns = _span(west - grid.west_deg, east - grid.west_deg, grid.width_deg, grid.columns)
    rows = _span(south - grid.south_deg, north - grid.south_deg, grid.height_deg, grid.rows)
    column, row = (axis.ravel() for axis in np.meshgrid(columns, rows))
    boxes = shapely.box(
        grid.west_deg + column * grid.width_deg - _ROUNDING_DEG,
        grid.south_deg + row * grid.height_deg - _ROUNDING_DEG,
        grid.west_deg + (column + 1) * grid.width_deg + _ROUNDING_DEG,
        grid.south_deg + (row + 1) * grid.height_deg + _ROUNDING_DEG,
    )
    met = shapely.intersects(area.polygon, boxes)
    whole: NDArray[np.bool_] = shapely.contains_properly(area.polygon, boxes[met])
    return (row * grid.columns + column)[met], whole


def _span(low_deg: float, high_deg: float, step_deg: float, count: int) -> Indices:
    first = min(max(math.floor((low_deg - _ROUNDING_DEG) / step_deg), 0), count - 1)
    last = min(max(math.floor((high_deg + _ROUNDING_DEG) / step_deg), 0), count - 1)
    return np.arange(first, last + 1)
