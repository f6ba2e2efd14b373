"""Cells of one kind as polygons, few enough to draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from shapely.geometry import Polygon

from droneops.coverage.grid import Grid

Codes = npt.NDArray[np.int64]
"""A number for each cell of a grid (rows, columns): 0 is nothing, and the larger of two is the worse."""


@dataclass(frozen=True, slots=True)
class Run:
    """Cells of one code beside each other in a row, from ``start`` up to ``stop``."""

    code: int
    row: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Patch:
    """Joined cells of one code, as a polygon in metres of the grid's plane."""

    code: int
    polygon: Polygon


def runs_of(codes: Codes) -> list[Run]:
    """All runs, row by row."""
    walled = np.pad(codes, ((0, 0), (1, 1)))
    found = []
    for row, line in enumerate(walled):
        edges = np.flatnonzero(np.diff(line))
        values = line[edges + 1].tolist()
        for code, start, stop in zip(values[:-1], edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if code:
                found.append(Run(code, row, start, stop))
    return found


def coarsened(grid: Grid, codes: Codes, most_runs: int) -> tuple[Grid, Codes]:
    """The same with cells joined two by two, each as bad as its worst, until ``most_runs`` are enough."""
    while len(runs_of(codes)) > most_runs:
        pad = [(0, size % 2) for size in codes.shape]
        even = np.pad(codes, pad)
        rows, columns = even.shape[0] // 2, even.shape[1] // 2
        codes = even.reshape(rows, 2, columns, 2).max(axis=(1, 3))
        grid = Grid(grid.plane, grid.cell_m * 2, grid.west_m, grid.south_m, rows, columns)
    return grid, codes


def patches(grid: Grid, codes: Codes) -> Iterator[Patch]:
    """The polygons in the order of their codes, then from the south-west."""
    from shapely import box, union_all

    runs = runs_of(codes)
    for code in sorted({run.code for run in runs}):
        of_code = [run for run in runs if run.code == code]
        row = np.array([run.row for run in of_code])
        start, stop = (np.array([getattr(run, end) for run in of_code]) for end in ("start", "stop"))
        west_m, south_m, cell_m = grid.west_m, grid.south_m, grid.cell_m
        boxes = box(
            west_m + start * cell_m,
            south_m + row * cell_m,
            west_m + stop * cell_m,
            south_m + (row + 1) * cell_m,
        )
        joined = union_all(boxes).simplify(0)
        parts = [part for part in getattr(joined, "geoms", [joined]) if isinstance(part, Polygon)]
        for part in sorted(parts, key=lambda part: (part.bounds[1], part.bounds[0])):
            yield Patch(code, part)
