"""The ground that was asked about: legal or surveyed zones near the flight, else the flight's own hull."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from droneops.coverage.grid import Bounds, Grid
from droneops.geo.wgs84 import LocalPlane
from droneops.types import FloatArray
from geofences import Zone
from geofences.zone import is_valid_at

BESIDE_M = 500.0
"""How far beside what was seen a zone's ground is shown as not looked at; its share counts all of it."""


class Interest(StrEnum):
    """Who says which ground counts as missed."""

    ZONES = "zones"
    FLIGHT = "flight"


@dataclass(frozen=True, slots=True)
class Area:
    """A zone's ground in metres of a plane: clipped to where the flight was, and how large all of it is."""

    zone_id: str
    placeholder: bool
    near: Any
    km2: float


def areas_of(
    zones: tuple[Zone, ...], plane: LocalPlane, bounds_m: Bounds, at: datetime | None
) -> tuple[Area, ...]:
    """The zones in force that have ground within ``bounds_m``."""
    window = shapely.box(*bounds_m)
    near = (zone for zone in zones if is_valid_at(zone, at) and _may_meet(zone, plane, bounds_m))
    found = (_area(zone, plane, window) for zone in near)
    return tuple(area for area in found if area is not None)


def _may_meet(zone: Zone, plane: LocalPlane, bounds_m: Bounds) -> bool:
    """Whether the boxes meet: of ten thousand zones a flight is near a few."""
    strip_m = zone.within_m or 0.0
    corners = _metres(np.reshape(zone.geometry.bounds, (2, 2)), plane)
    (west_m, south_m), (east_m, north_m) = (corners[0] - strip_m).tolist(), (corners[1] + strip_m).tolist()
    beside = west_m > bounds_m[2] or east_m < bounds_m[0] or south_m > bounds_m[3] or north_m < bounds_m[1]
    return not beside


def _area(zone: Zone, plane: LocalPlane, window: Any) -> Area | None:
    surface = zone.geometry.geom_type in ("Polygon", "MultiPolygon")
    if not surface and zone.within_m is None:
        return None
    strip_m = 0.0 if surface else float(zone.within_m or 0.0)
    metres = shapely.transform(zone.geometry, lambda points: _metres(points, plane))
    reach = window.buffer(strip_m, join_style="mitre") if strip_m else window
    if not shapely.intersects(reach, metres):
        return None
    near = shapely.intersection(metres, reach)
    near = shapely.intersection(near.buffer(strip_m), window) if strip_m else near
    if near.is_empty or near.area == 0:
        return None
    # A strip that meets itself is counted twice here; border lines hardly do.
    km2 = metres.area / 1e6 if surface else (2 * strip_m * metres.length + np.pi * strip_m**2) / 1e6
    shapely.prepare(near)
    return Area(zone.id, zone.placeholder, near, float(km2))


def _metres(points: FloatArray, plane: LocalPlane) -> FloatArray:
    scale = (plane.metres_per_deg_east, plane.metres_per_deg_north)
    metres: FloatArray = (points - (plane.lon_deg, plane.lat_deg)) * scale
    return metres


def asked_cells(
    grid: Grid, areas: tuple[Area, ...], seen: npt.NDArray[np.bool_], flown_m: FloatArray
) -> tuple[Interest, npt.NDArray[np.bool_]]:
    """Which cells (rows, columns) count as missed when nobody looked at them.

    Stand-in zones do not say what ground anybody wanted to see, so they do not count here.
    """
    own = [area for area in areas if not area.placeholder]
    if own:
        return Interest.ZONES, np.logical_or.reduce([holds(area.near, grid) for area in own])
    return Interest.FLIGHT, holds(_hull(grid, seen, flown_m), grid)


def holds(shape: Any, grid: Grid) -> npt.NDArray[np.bool_]:
    """The cells whose centres lie in a shape."""
    west_m, south_m, east_m, north_m = shape.bounds
    inside = np.zeros((grid.rows, grid.columns), np.bool_)
    if not west_m <= east_m:
        return inside
    rows, columns = grid.rows_of(south_m, north_m), grid.columns_of(west_m, east_m)
    shapely.prepare(shape)
    inside[rows, columns] = shapely.contains_xy(
        shape, grid.east_m()[columns][None, :], grid.north_m()[rows][:, None]
    )
    return inside


def _hull(grid: Grid, seen: npt.NDArray[np.bool_], flown_m: FloatArray) -> Any:
    rows, columns = np.nonzero(seen)
    ground = np.column_stack((grid.east_m()[columns], grid.north_m()[rows]))
    return shapely.convex_hull(shapely.multipoints(np.concatenate((ground, flown_m))))
