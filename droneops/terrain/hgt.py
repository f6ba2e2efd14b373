"""SRTM tiles (.hgt): a degree square each, heights in whole metres, big-endian, from the north-west corner.

The file's name is its south-west corner (N16E104.hgt); neighbours share their edge. 1201 heights a side are 3
arc-seconds, 3601 one; -32768 is a hole. Heights are above the geoid EGM96, which autopilots call mean sea
level. Format: USGS/NASA, "SRTM Topography" (SRTM_Topo.pdf), 2.1.3 and 3.1.

Servers give tiles out as N16E104.hgt.zip (or N16E104.SRTMGL1.hgt.zip), one tile each: read as they are.
"""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from droneops.errors import ConfigError
from droneops.geo.dem import TERMS, DemGrid, GridMap
from droneops.geo.wgs84 import radii_m
from droneops.terrain.area import MAX_CELLS, Area

SIDES = {2 * 1201 * 1201: 1201, 2 * 3601 * 3601: 3601}
"""Bytes of a file to heights a side."""

NARROW = 2 * 3601 * 1801
"""Bytes of a tile of 1 by 2 arc-seconds, as they are beyond 50 degrees north or south."""

PLAUSIBLE_M = (-500.0, 9000.0)
"""Beyond the earth's lowest shore and highest peak a number is a hole by another name."""

_AGAIN = "download it again, or unpack it"

_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})", re.IGNORECASE)


_ZIP_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)
"""What `zipfile` raises for archives that are damaged, enciphered, or packed in a way it does not know."""


@dataclass(frozen=True, slots=True)
class _Tile:
    """``member`` is the tile's name within ``path``, where that is a .zip."""

    path: Path
    member: str | None
    south_deg: int
    west_deg: int
    side: int


def read_hgt(folder: Path, area: Area) -> tuple[DemGrid, tuple[str, ...]]:
    """The heights of an area from a folder of tiles, or one tile, and the names of the tiles it lacks.

    Raises:
        ConfigError: there is no tile, one has the wrong size or cannot be read, or they are of two kinds.
    """
    # Packed first, so that of one tile in both forms the unpacked is taken.
    tiles = {(t.south_deg, t.west_deg): t for t in sorted(_tiles(folder), key=lambda t: t.member is None)}
    squares = _squares(area)
    wanted = {square: tiles[square] for square in {_wound(s) for s in squares} & tiles.keys()}
    sides = {tile.side for tile in wanted.values()} or {tile.side for tile in tiles.values()}
    if len(sides) > 1:
        mend = "keep one kind in the folder"
        raise ConfigError("holds tiles of 1 and of 3 arc-seconds", where=str(folder), mend=mend)
    frame = _Frame.around(area, sides.pop() - 1, str(folder))
    heights_m = np.full((frame.rows, frame.columns), np.nan, dtype=np.float32)
    for square in squares:
        tile = wanted.get(_wound(square))
        if tile is not None:
            frame.put(heights_m, _heights_m(tile), *square)
    missing = tuple(_name(*square) for square in sorted({_wound(s) for s in squares}) if square not in wanted)
    return DemGrid(
        heights_m, frame.grid_map(area), frame.spacing_m(area), f"SRTM tiles {folder.name}"
    ), missing


def _tiles(folder: Path) -> list[_Tile]:
    paths = [folder] if folder.is_file() else sorted(folder.iterdir()) if folder.is_dir() else []
    named = [path for path in paths if path.name.lower().endswith((".hgt", ".hgt.zip"))]
    found = [_tile(path, match) for path in named if (match := _NAME.match(path.name))]
    if not found:
        mend = "give a folder of tiles named as N16E104.hgt or N16E104.hgt.zip"
        raise ConfigError("holds no SRTM tile", where=str(folder), mend=mend)
    return found


def _tile(path: Path, name: re.Match[str]) -> _Tile:
    member, size = _packed(path) if path.suffix.lower() == ".zip" else (None, path.stat().st_size)
    if size == NARROW:
        what = "is a tile of 1 by 2 arc-seconds (3601 by 1801 heights), as beyond 50 degrees of latitude"
        raise ConfigError(what, where=str(path), mend="give a tile of 3 arc-seconds, or a GeoTIFF")
    if size not in SIDES:
        what = f"has {size} bytes; a tile has {' or '.join(str(known) for known in SIDES)}"
        raise ConfigError(what, where=str(path), mend="download it again")
    south = int(name[2]) * (1 if name[1].upper() == "N" else -1)
    west = int(name[4]) * (1 if name[3].upper() == "E" else -1)
    return _Tile(path, member, south, west, SIDES[size])


def _packed(path: Path) -> tuple[str, int]:
    """The one .hgt of an archive, and how many bytes it says that it has."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [info for info in archive.infolist() if info.filename.lower().endswith(".hgt")]
    except _ZIP_TROUBLE:
        raise ConfigError("is no archive that can be read", where=str(path), mend=_AGAIN) from None
    if len(inside) != 1:
        what = f"holds {len(inside)} .hgt files"
        raise ConfigError(what, where=str(path), mend="give archives of one tile each")
    return inside[0].filename, inside[0].file_size


def _heights_m(tile: _Tile) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    size = 2 * tile.side**2
    content = _bytes(tile, size)
    if len(content) != size:
        what = f"gives {len(content)} bytes and not {size}"
        raise ConfigError(what, where=str(tile.path), mend=_AGAIN)
    heights_m = np.frombuffer(content, dtype=">i2").reshape(tile.side, tile.side).astype(np.float32)
    heights_m[(heights_m < PLAUSIBLE_M[0]) | (heights_m > PLAUSIBLE_M[1])] = np.nan
    return heights_m


def _bytes(tile: _Tile, size: int) -> bytes:
    """At most one more than ``size``: an archive may unpack into far more than it says."""
    try:
        if tile.member is None:
            with tile.path.open("rb") as file:
                return file.read(size + 1)
        with zipfile.ZipFile(tile.path) as archive, archive.open(tile.member) as packed:
            return packed.read(size + 1)
    except _ZIP_TROUBLE as error:
        told = getattr(error, "strerror", None) or "its archive is damaged or enciphered"
        raise ConfigError(f"cannot be read: {told}", where=str(tile.path), mend=_AGAIN) from None


def _squares(area: Area) -> list[tuple[int, int]]:
    """South-west corners; longitudes run on beyond 180."""
    lats = range(math.floor(area.south_deg), math.ceil(area.north_deg))
    lons = range(math.floor(area.west_deg), math.ceil(area.east_deg))
    return [(lat, lon) for lat in lats for lon in lons]


def _wound(square: tuple[int, int]) -> tuple[int, int]:
    return square[0], (square[1] + 180) % 360 - 180


def _name(lat: int, lon: int) -> str:
    return f"{'S' if lat < 0 else 'N'}{abs(lat):02d}{'W' if lon < 0 else 'E'}{abs(lon):03d}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Grid lines counted from the equator and the zero meridian, ``per_deg`` a degree."""

    per_deg: int
    south: int
    north: int
    west: int
    east: int

    @classmethod
    def around(cls, area: Area, per_deg: int, where: str) -> _Frame:
        frame = cls(
            per_deg,
            math.floor(area.south_deg * per_deg),
            math.ceil(area.north_deg * per_deg),
            math.floor(area.west_deg * per_deg),
            math.ceil(area.east_deg * per_deg),
        )
        if frame.rows * frame.columns > MAX_CELLS:
            what = f"the flight sees {frame.rows * frame.columns} heights, at most {MAX_CELLS} are held"
            raise ConfigError(what, where=where, mend="use tiles of 3 arc-seconds, or a shorter log")
        return frame

    @property
    def rows(self) -> int:
        return self.north - self.south + 1

    @property
    def columns(self) -> int:
        return self.east - self.west + 1

    def put(self, heights_m: np.ndarray, tile_m: np.ndarray, south_deg: int, west_deg: int) -> None:
        """Copy the part of a tile that lies in the frame."""
        top, left = (south_deg + 1) * self.per_deg, west_deg * self.per_deg
        north, south = min(self.north, top), max(self.south, top - self.per_deg)
        west, east = max(self.west, left), min(self.east, left + self.per_deg)
        part = tile_m[top - north : top - south + 1, west - left : east - left + 1]
        target = heights_m[
            self.north - north : self.north - south + 1, west - self.west : east - self.west + 1
        ]
        # Neighbours share an edge: what one of them knows there is kept.
        np.copyto(target, part, where=~np.isnan(part))

    def grid_map(self, area: Area) -> GridMap:
        lat, lon = area.centre
        coefficients = np.zeros((TERMS, 2))
        coefficients[0] = lon * self.per_deg - self.west, self.north - lat * self.per_deg
        coefficients[2, 0], coefficients[1, 1] = self.per_deg, -self.per_deg
        return GridMap(lat, lon, coefficients)

    def spacing_m(self, area: Area) -> float:
        meridian_m, prime_vertical_m = radii_m(area.centre[0])
        across_m = prime_vertical_m * math.cos(math.radians(area.centre[0]))
        return math.radians(min(meridian_m, across_m) / self.per_deg)
