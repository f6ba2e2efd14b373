"""The ground that a flight really saw, as a grid, with what may be said of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from droneops.coverage.glance import ALT, DROP, LAT, LON, TIME, Glances
from droneops.coverage.grid import Bounds, Grid, grid_over
from droneops.coverage.hills import extremes_m, hills_on
from droneops.coverage.interest import BESIDE_M, Area, Interest, areas_of, asked_cells, holds
from droneops.coverage.light import CIVIL_DUSK_DEG, Light
from droneops.coverage.paint import Painted, bounds_of, boxes, cell_size_m, paint, places
from droneops.coverage.sharpness import Demand
from droneops.coverage.sun import sun_elevation_deg
from droneops.coverage.verdict import ByteArray, Verdict, lights, verdicts
from droneops.geo.ground import Relief
from droneops.geo.locate import MIN_HEIGHT_M
from droneops.geo.wgs84 import LocalPlane
from droneops.times import to_datetime
from droneops.types import FloatArray
from geofences import Zone

MAX_LOOKS = 36_000
"""Two hours at five looks a second, 6 s of painting; of more every n-th is painted, which claims less."""


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """How much of a zone was looked at; square kilometres by verdict, the rest of ``km2`` was not."""

    zone_id: str
    placeholder: bool
    km2: float
    km2_by_verdict: dict[Verdict, float]


@dataclass(frozen=True, slots=True)
class Survey:
    """The coverage of a flight.

    ``looks`` is how many looks went in, ``every`` that every so many-th was painted. ``sun_deg`` are the
    sun's lowest and highest elevation at the looks. ``verdicts`` and ``lights`` are (rows, columns).
    """

    grid: Grid
    painted: Painted
    verdicts: ByteArray
    lights: ByteArray
    interest: Interest
    demand: Demand
    looks: int
    every: int
    sun_deg: tuple[float, float]
    zones: tuple[ZoneShare, ...]

    def km2(self, verdict: Verdict) -> float:
        """The area of all cells of a verdict."""
        return self._km2(self.verdicts == verdict)

    def km2_looked_in(self, light: Light) -> float:
        """The area looked at well enough, by its best light."""
        return self._km2((self.verdicts == Verdict.LOOKED) & (self.lights == light))

    def _km2(self, cells: npt.NDArray[np.bool_]) -> float:
        return int(np.count_nonzero(cells)) * self.grid.cell_m**2 / 1e6


def survey_of(
    glances: Glances, flown: FloatArray, zones: tuple[Zone, ...], demand: Demand, relief: Relief | None = None
) -> Survey | None:
    """The survey of a flight's looks, given in the order of time; None when none of them saw ground.

    ``flown`` (n, 2) is where the drone flew, also without looking: latitude and longitude in degrees. A
    ``relief`` that is level around each pose (``spacing_m`` None) is in the looks already.
    """
    relief = None if relief is None or relief.spacing_m is None else relief
    table = glances.table()
    every = max(1, -(-len(table) // MAX_LOOKS))
    table = table[::every]
    if not len(table):
        return None
    plane = LocalPlane.at(float(table[0, LAT]), float(table[0, LON]))
    boxes_m = _boxes(table, plane, relief)
    bounds_m = bounds_of(boxes_m)
    if bounds_m is None:
        return None
    path_m = _metres(flown, plane)
    at = to_datetime(int(table[-1, TIME]))
    grid, areas = _grid(zones, plane, _around(bounds_m, path_m), cell_size_m(boxes_m), at)
    sun_deg = sun_elevation_deg(table[:, TIME], table[:, LAT], table[:, LON])
    lit = (sun_deg >= CIVIL_DUSK_DEG) | (not demand.needs_light)
    hills = None if relief is None else hills_on(grid, relief)
    painted = paint(grid, table, boxes_m, sun_deg, lit, hills)
    if not painted.looks.any():
        return None
    interest, asked = asked_cells(grid, areas, painted.looks > 0, path_m)
    cells = verdicts(painted, asked, demand)
    return Survey(
        grid=grid,
        painted=painted,
        verdicts=cells,
        lights=lights(painted),
        interest=interest,
        demand=demand,
        looks=len(glances.rows) // table.shape[1],
        every=every,
        sun_deg=(float(sun_deg.min()), float(sun_deg.max())),
        zones=tuple(_share(area, grid, cells) for area in areas),
    )


def _boxes(table: FloatArray, plane: LocalPlane, relief: Relief | None) -> FloatArray:
    """Boxes (n, 4) around what looks saw; over hills those over the lowest and the highest ground, joined.

    What a ray meets lies between where it meets the one and where it meets the other.
    """
    if relief is None:
        return boxes(table, plane)
    at = places(table, plane)
    over = grid_over(plane, (*at.min(axis=0).tolist(), *at.max(axis=0).tolist()))
    drops = [np.fmax(table[:, ALT] - alt_m, MIN_HEIGHT_M) for alt_m in extremes_m(over, relief)]
    far, near = (boxes(_dropped(table, drop_m), plane) for drop_m in drops)
    return np.hstack((np.fmin(far[:, :2], near[:, :2]), np.fmax(far[:, 2:], near[:, 2:])))


def _dropped(table: FloatArray, drop_m: FloatArray) -> FloatArray:
    other = table.copy()
    other[:, DROP] = drop_m
    return other


def _metres(lat_lon_deg: FloatArray, plane: LocalPlane) -> FloatArray:
    scale = (plane.metres_per_deg_east, plane.metres_per_deg_north)
    metres: FloatArray = (lat_lon_deg.reshape(-1, 2)[:, ::-1] - (plane.lon_deg, plane.lat_deg)) * scale
    return metres


def _around(bounds_m: Bounds, points_m: FloatArray) -> Bounds:
    """Bounds that hold the points too; without them the drone's path would end where the looks do."""
    corners = np.vstack((np.reshape(bounds_m, (2, 2)), points_m))
    west_m, south_m = corners.min(axis=0).tolist()
    east_m, north_m = corners.max(axis=0).tolist()
    return west_m, south_m, east_m, north_m


def _grid(
    zones: tuple[Zone, ...], plane: LocalPlane, bounds_m: Bounds, cell_m: float, at: datetime
) -> tuple[Grid, tuple[Area, ...]]:
    """A grid over what was seen, wider by `BESIDE_M` where a zone that somebody drew is near; the zones."""
    west_m, south_m, east_m, north_m = bounds_m
    wide = (west_m - BESIDE_M, south_m - BESIDE_M, east_m + BESIDE_M, north_m + BESIDE_M)
    areas = areas_of(zones, plane, wide, at)
    drawn = any(not area.placeholder for area in areas)
    return grid_over(plane, wide if drawn else bounds_m, cell_m), areas


def _share(area: Area, grid: Grid, cells: ByteArray) -> ZoneShare:
    inside = holds(area.near, grid)
    km2_per_cell = grid.cell_m**2 / 1e6
    seen = (Verdict.LOOKED, Verdict.TOO_COARSE, Verdict.TOO_DARK)
    km2 = {v: min(int(np.count_nonzero(inside & (cells == v))) * km2_per_cell, area.km2) for v in seen}
    return ZoneShare(area.zone_id, area.placeholder, area.km2, km2)
