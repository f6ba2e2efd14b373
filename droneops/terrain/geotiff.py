"""Heights from a GeoTIFF in any projection, with rasterio (the ``terrain`` extra)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from droneops.errors import ConfigError
from droneops.geo.dem import DemGrid, GridMap, lon_from, terms
from droneops.geo.wgs84 import radii_m
from droneops.terrain.area import MAX_CELLS, Area
from droneops.terrain.hgt import PLAUSIBLE_M
from droneops.types import FloatArray

FIT_POINTS = 12
"""A side: 144 places for a polynomial of ten terms."""

FIT_TOLERANCE_CELLS = 0.05
"""Against the bilinear surface a twentieth of a cell is nothing."""

_EDGE_CELLS = 2


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a grid, in cells."""

    column: int
    row: int
    columns: int
    rows: int

    @property
    def ranges(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (self.row, self.row + self.rows), (self.column, self.column + self.columns)


def read_geotiff(path: Path, area: Area) -> DemGrid | None:
    """The heights of an area from the file's first band; None where they do not overlap.

    Heights are taken as above mean sea level, in metres: the file's maker says which geoid (EGM96, EGM2008).

    Raises:
        ConfigError: no rasterio, no such file, no projection in it, or too many heights.
    """
    try:
        # Not by name: it ships no type information, and need not be installed.
        rasterio, errors = import_module("rasterio"), import_module("rasterio.errors")
    except ImportError:
        mend = "pip install 'droneops[terrain]', or use SRTM .hgt tiles"
        raise ConfigError("a GeoTIFF needs rasterio", where=str(path), mend=mend) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", errors.NotGeoreferencedWarning)  # it is told as an error below
            with rasterio.open(path) as dataset:
                return _grid(dataset, path, area)
    except (errors.RasterioError, OSError) as error:
        raise ConfigError(f"cannot be read as GeoTIFF: {error}", where=str(path)) from None


def _grid(dataset: Any, path: Path, area: Area) -> DemGrid | None:
    if dataset.crs is None:
        mend = "give a GeoTIFF with its projection"
        raise ConfigError("does not say where on the earth it lies", where=str(path), mend=mend)
    lat_deg, lon_deg = _lattice(area)
    cells = _cells(dataset, lat_deg, lon_deg)
    window = _window(dataset, cells, path)
    if window is None:
        return None
    grid_map = _fitted(lat_deg, lon_deg, cells - (window.column, window.row), area, path)
    return DemGrid(_heights_m(dataset, window), grid_map, _spacing_m(grid_map), f"GeoTIFF {path.name}")


def _lattice(area: Area) -> tuple[FloatArray, FloatArray]:
    lat_deg, lon_deg = np.meshgrid(
        np.linspace(area.south_deg, area.north_deg, FIT_POINTS),
        np.linspace(area.west_deg, area.east_deg, FIT_POINTS),
    )
    return lat_deg.ravel(), lon_deg.ravel()


def _cells(dataset: Any, lat_deg: FloatArray, lon_deg: FloatArray) -> FloatArray:
    """Column and row (n, 2) of places, integer at the centres of cells."""
    warp = import_module("rasterio.warp")
    x, y = warp.transform("EPSG:4326", dataset.crs, lon_deg.tolist(), lat_deg.tolist())
    affine = dataset.transform
    corner = np.column_stack((x, y)) - (affine.c, affine.f)
    from_cells = np.array([[affine.a, affine.b], [affine.d, affine.e]])
    cells: FloatArray = np.linalg.solve(from_cells, corner.T).T - 0.5
    return cells


def _window(dataset: Any, cells: FloatArray, path: Path) -> _Window | None:
    first = np.maximum(np.floor(cells.min(axis=0)).astype(int) - _EDGE_CELLS, 0)
    last = np.ceil(cells.max(axis=0)).astype(int) + _EDGE_CELLS
    last = np.minimum(last, (dataset.width - 1, dataset.height - 1))
    size = (last - first + 1).tolist()
    if min(size) < 1:
        return None
    if size[0] * size[1] > MAX_CELLS:
        what = f"the flight sees {size[0] * size[1]} heights, at most {MAX_CELLS} are held"
        raise ConfigError(what, where=str(path), mend="give a coarser grid")
    return _Window(int(first[0]), int(first[1]), size[0], size[1])


def _fitted(lat_deg: FloatArray, lon_deg: FloatArray, cells: FloatArray, area: Area, path: Path) -> GridMap:
    """The map to cells, as a polynomial: no other library is asked for each ray."""
    centre_lat, centre_lon = area.centre
    x, y = lat_deg - centre_lat, lon_from(centre_lon, lon_deg)
    size = np.array((np.abs(x).max(), np.abs(y).max()))
    matrix = terms(x / size[0], y / size[1])
    scaled, *_ = np.linalg.lstsq(matrix, cells, rcond=None)
    if not np.abs(matrix @ scaled - cells).max() <= FIT_TOLERANCE_CELLS:
        what = "its projection bends too much over so large an area"
        raise ConfigError(what, where=str(path), mend="give one in another projection, or a shorter log")
    unit = terms(*(1 / size[:, None]))[0]
    return GridMap(centre_lat, centre_lon, scaled * unit[:, None])


def _heights_m(dataset: Any, window: _Window) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    band = dataset.read(1, window=window.ranges, masked=True)
    heights_m = np.ma.filled(band.astype(np.float64), np.nan) * dataset.scales[0] + dataset.offsets[0]
    with np.errstate(invalid="ignore"):
        heights_m[(heights_m < PLAUSIBLE_M[0]) | (heights_m > PLAUSIBLE_M[1])] = np.nan
    single: np.ndarray[tuple[int, int], np.dtype[np.float32]] = heights_m.astype(np.float32)
    return single


def _spacing_m(grid_map: GridMap) -> float:
    """The smaller of the metres between neighbouring columns and rows."""
    meridian_m, prime_vertical_m = radii_m(grid_map.centre_lat_deg)
    across_m = prime_vertical_m * np.cos(np.radians(grid_map.centre_lat_deg))
    cells_per_deg = grid_map.coefficients[1:3]
    degrees_per_cell = np.linalg.inv(cells_per_deg)
    metres = np.radians(degrees_per_cell * (meridian_m, across_m))
    return float(np.hypot(metres[:, 0], metres[:, 1]).min())
