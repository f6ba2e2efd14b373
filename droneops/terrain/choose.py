"""From [terrain] of the site file to the ground that rays meet, with its sigma and where that comes from."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from droneops.config import TerrainSection
from droneops.errors import ConfigError, UsageError
from droneops.geo.dem import DemGrid, unknown_grid
from droneops.geo.ground import Ground
from droneops.telemetry.clock import read_clock
from droneops.telemetry.pose_track import PoseTrack
from droneops.telemetry.terrain_report import read_terrain_reports
from droneops.telemetry.tlog import Tlog
from droneops.terrain.area import Area, area_seen
from droneops.terrain.geotiff import read_geotiff
from droneops.terrain.hgt import read_hgt
from droneops.types import Sigma

HOME_SIGMA_M = 10.0
"""How far the ground may lie from home's altitude where nobody said: the parks are hills. An assumption."""

GIVEN_SIGMA_M = 3.0
"""How far flat ground at a given altitude may be off: fields and banks are not level. An assumption."""

SRTM_SIGMA_M = 10.0 / 1.645
"""90 % of SRTM's heights are within 10 m on most land (Rodriguez, Morris and Belz 2006, Photogrammetric
Engineering and Remote Sensing 72 (3): 6.2 m in Eurasia). Forest adds part of its canopy."""

SRTM_SOURCE = "SRTM: 90 % within 10 m"


@dataclass(frozen=True, slots=True)
class ChosenGround:
    """``source`` says how the ground is known, ``warnings`` what of it is not."""

    ground: Ground
    source: str
    warnings: tuple[str, ...] = ()


def choose_ground(
    section: TerrainSection, folder: Path, given_alt_msl_m: float | None, log: Tlog | None, poses: PoseTrack
) -> ChosenGround:
    """The ground of a flight. ``folder`` is the site file's; a given altitude overrules the section.

    ``log`` is None for a log of another kind than .tlog, which holds no TERRAIN_REPORT.

    Raises:
        ConfigError: heights that are missing or cannot be read.
        UsageError: the log does not tell of the ground.
    """
    if given_alt_msl_m is not None:
        return ChosenGround(_level(given_alt_msl_m, section, GIVEN_SIGMA_M), "--ground-alt-msl")
    if section.source == "report":
        return _reported(section, log, poses)
    if section.source == "dem":
        return _dem(section, folder, poses)
    return level_ground(section)


def level_ground(section: TerrainSection) -> ChosenGround:
    """The ground as far as the site file alone tells: level, at the altitude it gives or else at home's."""
    if section.source == "value" and section.alt_msl_m is not None:
        return ChosenGround(_level(section.alt_msl_m, section, GIVEN_SIGMA_M), "site file")
    return ChosenGround(_level(None, section, HOME_SIGMA_M), "flat at home")


def _level(alt_msl_m: float | None, section: TerrainSection, default_m: float) -> Ground:
    return Ground(alt_msl_m, _sigma(section, default_m, "assumed"))


def _sigma(section: TerrainSection, default_m: float, source: str) -> Sigma:
    if section.sigma_m is not None:
        return Sigma(float(section.sigma_m), "site file")
    return Sigma(default_m, source)


def _reported(section: TerrainSection, log: Tlog | None, poses: PoseTrack) -> ChosenGround:
    if log is None:
        mend = "use home, value or dem"
        raise UsageError("terrain.source report needs a .tlog: only MAVLink reports terrain", mend=mend)
    relief = read_terrain_reports(log, read_clock(log, poses.vehicle))
    if len(relief.times_us) == 0:
        what = "holds no TERRAIN_REPORT from a loaded grid, which terrain.source report needs"
        raise UsageError(what, where=log.where, mend="use home, value or dem")
    ground = Ground(None, _sigma(section, SRTM_SIGMA_M, SRTM_SOURCE), relief)
    return ChosenGround(ground, "TERRAIN_REPORT, level around the drone")


def _dem(section: TerrainSection, folder: Path, poses: PoseTrack) -> ChosenGround:
    if section.path is None:
        raise ConfigError("terrain.source is dem, but terrain.path is missing", where=str(folder))
    path = poses.path()
    area = area_seen(path.lat_deg[path.valid], path.lon_deg[path.valid])
    grid, warnings = _read(folder / section.path, area)
    is_tiff = _is_geotiff(folder / section.path)
    # Whose heights a GeoTIFF holds, nobody said.
    source = "assumed" if is_tiff else SRTM_SOURCE
    ground = Ground(None, _sigma(section, SRTM_SIGMA_M, source), grid)
    return ChosenGround(ground, f"{grid.source} (sha256 {_digest(grid)[:16]})", warnings)


def _read(path: Path, area: Area | None) -> tuple[DemGrid, tuple[str, ...]]:
    # A flight that was nowhere still hears of a path that is wrong.
    sought = area or Area(0.0, 0.001, 0.0, 0.001)
    if not path.exists():
        raise ConfigError("does not exist", where=str(path), mend="correct terrain.path in the site file")
    if _is_geotiff(path):
        found = read_geotiff(path, sought)
        missing: tuple[str, ...] = ()
    else:
        found, missing = read_hgt(path, sought)
    if area is None:
        return unknown_grid(f"heights {path.name}"), ()
    return found or unknown_grid(f"GeoTIFF {path.name}"), _warnings(path, found, missing)


def _is_geotiff(path: Path) -> bool:
    return path.suffix.lower() in (".tif", ".tiff")


def _warnings(path: Path, grid: DemGrid | None, missing: tuple[str, ...]) -> tuple[str, ...]:
    if grid is None:
        return (f"{path}: does not cover the flight: nothing can be put on the map",)
    told = []
    if missing:
        told.append(f"{path}: lacks {', '.join(missing)}: no point is given there")
    unknown = int(np.isnan(grid.heights_m).sum())
    if unknown and not missing:
        share = unknown / grid.heights_m.size
        told.append(f"{path}: {share:.1%} of the ground in reach is unknown: no point is given behind it")
    return tuple(told)


def _digest(grid: DemGrid) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(grid.heights_m).tobytes())
    digest.update(grid.map.coefficients.tobytes())
    digest.update(
        repr((grid.map.centre_lat_deg, grid.map.centre_lon_deg, math.ceil(grid.spacing_m))).encode()
    )
    return digest.hexdigest()
