"""Looks onto cells: which cells each look saw, and how well.

A cell is seen when its centre falls into the trusted window of the picture, no flatter than the limit of
locating and no farther. Cells are thrown into the picture, not the picture onto the ground: that way nothing
above the horizon can come out behind the drone. Where a relief is known each cell has its own height and
slope, and what a hill hides is not seen; else the ground is level at the height below the drone. The earth is
flat: 0.7 m at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.coverage.glance import ALT, DROP, EAST, FOCAL, LAT, LON, NORTH, ROTATION, TIME, WINDOW
from droneops.coverage.grid import CELL_M, Bounds, Grid
from droneops.coverage.hills import Hills, hidden
from droneops.coverage.sharpness import ground_sample_m, person_px
from droneops.geo.locate import MAX_SLANT_M, MIN_DEPRESSION_RAD
from droneops.geo.wgs84 import LocalPlane
from droneops.types import FloatArray

MAX_PAINTED = 8_000_000
"""Cells times looks that cost about a second; a flight of far views gets larger cells, not a long wait."""

_OUTLINE = 5
"""Points on each side of a window, enough that the arc of the farthest reach bulges 2 % beyond their box."""

_CHUNK = 4096

Cells = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
"""Rows and columns."""


@dataclass(frozen=True, slots=True)
class Painted:
    """What a grid's cells got, each (rows, columns). Where ``looks`` is 0 nothing else means anything.

    ``person_px`` is the best of the looks with light (0 without one); ``across_m`` and ``along_m`` are the
    finest ground sample distance; ``sun_deg`` is the sun's highest elevation at any look.
    """

    looks: npt.NDArray[np.int32]
    first_us: npt.NDArray[np.int64]
    last_us: npt.NDArray[np.int64]
    person_px: FloatArray
    across_m: FloatArray
    along_m: FloatArray
    sun_deg: FloatArray


def places(table: FloatArray, plane: LocalPlane) -> FloatArray:
    """Where the cameras stood (n, 2), in metres of the plane."""
    east_m = (table[:, LON] - plane.lon_deg) * plane.metres_per_deg_east + table[:, EAST]
    north_m = (table[:, LAT] - plane.lat_deg) * plane.metres_per_deg_north + table[:, NORTH]
    return np.column_stack((east_m, north_m))


def boxes(table: FloatArray, plane: LocalPlane) -> FloatArray:
    """West, south, east, north (n, 4) of a box around what each look saw; empty boxes are NaN."""
    at = places(table, plane)
    parts = [_boxes(table[i : i + _CHUNK], at[i : i + _CHUNK]) for i in range(0, len(table), _CHUNK)]
    return np.concatenate(parts) if parts else np.empty((0, 4))


def reach_m(drop_m: FloatArray) -> FloatArray:
    """The farthest distance over ground that can be located, for ground this far below."""
    far_m = np.sqrt(np.maximum(MAX_SLANT_M**2 - drop_m**2, 0.0))
    reach: FloatArray = np.minimum(far_m, drop_m / math.tan(MIN_DEPRESSION_RAD))
    return reach


def _boxes(table: FloatArray, at: FloatArray) -> FloatArray:
    x, y = _outline(table[:, WINDOW])
    r = table[:, ROTATION].reshape(-1, 3, 3)
    rays = [r[:, k, 0, None] * x + r[:, k, 1, None] * y + r[:, k, 2, None] for k in range(3)]
    limit = reach_m(table[:, DROP])[:, None]
    level = np.hypot(rays[0], rays[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = np.where(rays[2] > 0, table[:, DROP, None] * level / rays[2], np.inf)
        far = np.minimum(straight, limit) / level
    ends = [np.nan_to_num(rays[k] * far) for k in (1, 0)]
    pad = 0.02 * limit[:, 0] * (straight > limit).any(axis=1)
    holds_nadir = _holds_nadir(table)
    low = [np.minimum(end.min(axis=1), np.where(holds_nadir, 0.0, np.inf)) - pad for end in ends]
    high = [np.maximum(end.max(axis=1), np.where(holds_nadir, 0.0, -np.inf)) + pad for end in ends]
    box = np.column_stack((at[:, 0] + low[0], at[:, 1] + low[1], at[:, 0] + high[0], at[:, 1] + high[1]))
    box[~(straight < limit).any(axis=1)] = np.nan
    return box


def _holds_nadir(table: FloatArray) -> npt.NDArray[np.bool_]:
    down = table[:, ROTATION].reshape(-1, 3, 3)[:, 2, :]
    left, top, right, bottom = table[:, WINDOW].T
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = down[:, 0] / down[:, 2], down[:, 1] / down[:, 2]
    held: npt.NDArray[np.bool_] = (down[:, 2] > 0) & (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return held


def _outline(window: FloatArray) -> tuple[FloatArray, FloatArray]:
    left, top, right, bottom = (side[:, None] for side in window.T)
    steps = np.linspace(0.0, 1.0, _OUTLINE)
    wide, high = left + steps * (right - left), top + steps * (bottom - top)
    x = np.hstack((wide, wide, np.broadcast_to(left, high.shape), np.broadcast_to(right, high.shape)))
    y = np.hstack((np.broadcast_to(top, wide.shape), np.broadcast_to(bottom, wide.shape), high, high))
    return x, y


def cell_size_m(boxes_m: FloatArray) -> float:
    """The cell size at which painting these boxes stays affordable."""
    area_m2 = float(np.nansum((boxes_m[:, 2] - boxes_m[:, 0]) * (boxes_m[:, 3] - boxes_m[:, 1])))
    cell_m = CELL_M
    while area_m2 / cell_m**2 > MAX_PAINTED:
        cell_m *= 2
    return cell_m


def bounds_of(boxes_m: FloatArray) -> Bounds | None:
    """The box around all boxes; None when no look saw ground."""
    seen = boxes_m[np.isfinite(boxes_m).all(axis=1)]
    if not len(seen):
        return None
    west_m, south_m = seen[:, :2].min(axis=0).tolist()
    east_m, north_m = seen[:, 2:].max(axis=0).tolist()
    return west_m, south_m, east_m, north_m


def paint(
    grid: Grid,
    table: FloatArray,
    boxes_m: FloatArray,
    sun_deg: FloatArray,
    lit: npt.NDArray[np.bool_],
    hills: Hills | None = None,
) -> Painted:
    """The looks of ``table`` (n rows by time) on the grid; ``sun_deg`` and ``lit`` (n,) go with them."""
    out = _blank(grid)
    at = places(table, grid.plane)
    for number in np.flatnonzero(np.isfinite(boxes_m).all(axis=1)).tolist():
        place = at[number], boxes_m[number]
        _paint_one(out, (grid, hills), table[number], place, float(sun_deg[number]), bool(lit[number]))
    for name in Painted.__dataclass_fields__:
        getattr(out, name).setflags(write=False)
    return out


def _blank(grid: Grid) -> Painted:
    shape = grid.rows, grid.columns
    return Painted(
        looks=np.zeros(shape, np.int32),
        first_us=np.zeros(shape, np.int64),
        last_us=np.zeros(shape, np.int64),
        person_px=np.zeros(shape),
        across_m=np.full(shape, np.inf),
        along_m=np.full(shape, np.inf),
        sun_deg=np.full(shape, -90.0),
    )


def _paint_one(
    out: Painted,
    ground: tuple[Grid, Hills | None],
    row: FloatArray,
    place: tuple[FloatArray, FloatArray],
    sun_deg: float,
    lit: bool,
) -> None:
    (grid, hills), (at, box) = ground, place
    west_m, south_m, east_m, north_m = box.tolist()
    rows, columns = grid.rows_of(south_m, north_m), grid.columns_of(west_m, east_m)
    east = grid.west_m + (np.arange(columns.start, columns.stop) + 0.5) * grid.cell_m - at[0]
    north = grid.south_m + (np.arange(rows.start, rows.stop) + 0.5) * grid.cell_m - at[1]
    away = east[None, :], north[:, None], _drop_m(row, hills, rows, columns)
    facing = away[2] if hills is None else hills.facing_m(rows, columns, away)
    depth, slant, seen = _seen(row, away, facing)
    i, j = np.nonzero(seen)
    drop, facing = (np.broadcast_to(part, seen.shape) for part in (away[2], facing))
    if hills is not None:
        camera = float(at[0]), float(at[1]), float(row[ALT])
        kept = ~hidden(hills, grid, camera, (east[j], north[i], drop[i, j]))
        i, j = i[kept], j[kept]
    if not len(i):
        return
    depth_m, slant_m, down_m = depth[i, j], slant[i, j], np.maximum(drop[i, j], 0.0)
    cells = i + rows.start, j + columns.start
    _note(out, cells, int(row[TIME]), sun_deg)
    across_m, along_m = ground_sample_m(depth_m, slant_m, facing[i, j], float(row[FOCAL]))
    finer = across_m * along_m < out.across_m[cells] * out.along_m[cells]
    best = cells[0][finer], cells[1][finer]
    out.across_m[best], out.along_m[best] = across_m[finer], along_m[finer]
    if lit:
        size = person_px(depth_m, slant_m, down_m, float(row[FOCAL]))
        out.person_px[cells] = np.maximum(out.person_px[cells], size)


def _drop_m(row: FloatArray, hills: Hills | None, rows: slice, columns: slice) -> FloatArray:
    """How far the cells lie below the camera: (1, 1) for level ground, else one a cell."""
    if hills is None:
        return np.full((1, 1), row[DROP])
    below: FloatArray = row[ALT] - hills.alt_msl_m[rows, columns]
    return below


def _seen(
    row: FloatArray, away: tuple[FloatArray, FloatArray, FloatArray], facing_m: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Depth along the axis, distance, and whether the cell is in view: near enough and not too aslant."""
    r = row[ROTATION].reshape(3, 3)
    left, top, right, bottom = row[WINDOW].tolist()
    east, north, drop_m = away
    x, y, depth = (north * r[0, k] + east * r[1, k] + drop_m * r[2, k] for k in range(3))
    slant = np.sqrt(north * north + east * east + drop_m * drop_m)
    near = (slant <= MAX_SLANT_M) & (facing_m >= math.sin(MIN_DEPRESSION_RAD) * slant)
    inside = (x >= left * depth) & (x <= right * depth) & (y >= top * depth) & (y <= bottom * depth)
    return depth, slant, near & inside & (depth > 0)


def _note(out: Painted, cells: Cells, time_us: int, sun_deg: float) -> None:
    first = out.first_us[cells]
    out.first_us[cells] = np.where(out.looks[cells] == 0, time_us, first)
    out.last_us[cells] = time_us
    out.looks[cells] += 1
    out.sun_deg[cells] = np.maximum(out.sun_deg[cells], sun_deg)
