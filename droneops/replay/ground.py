"""The survey of the ground in the words of the result's files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from droneops.coverage.grid import Grid
from droneops.coverage.light import Light
from droneops.coverage.outline import Codes, Patch, coarsened, patches, runs_of
from droneops.coverage.survey import Survey, ZoneShare
from droneops.coverage.verdict import Verdict
from droneops.replay.report.data import CoveredGround, CoveredZone
from droneops.times import to_text
from geofences import Zone

MAX_FEATURE_RUNS = 12_000
"""About 2 MB of GeoJSON at worst: what QGIS and a phone's map open at once."""

MAX_DRAWN_RUNS = 6_000
"""A run is about 15 bytes on the page and one rectangle on the map."""

FINEST_BAND_M = 0.05
"""Bands of ground sample distance double from here: 5, 10, 20, 40 cm and so on."""

_BANDS = 16
_SEEN = (Verdict.LOOKED, Verdict.TOO_COARSE, Verdict.TOO_DARK)


def name_of(verdict: Verdict) -> str:
    """The word for a verdict in files."""
    return verdict.name.lower()


def coverage_patches(survey: Survey) -> Iterator[tuple[list[list[list[float]]], dict[str, Any]]]:
    """Polygons of cells alike in verdict, light and band of resolution: rings (lon, lat) and properties.

    Where there would be too many, cells are joined two by two and count as the worst among them.
    """
    grid, codes = coarsened(survey.grid, _codes(survey), MAX_FEATURE_RUNS)
    for patch in patches(grid, codes):
        yield _rings(patch, grid), _properties(patch, survey, grid)


def _codes(survey: Survey) -> Codes:
    """Verdict, then light, then band, so that the larger of two codes is the worse."""
    with np.errstate(divide="ignore"):
        band = np.ceil(np.log2(survey.painted.along_m / FINEST_BAND_M))
    band = np.clip(np.nan_to_num(band, posinf=0.0), 0, _BANDS - 1).astype(np.int64)
    seen = survey.painted.looks > 0
    detail = np.where(seen, survey.lights.astype(np.int64) * _BANDS + band, 0)
    codes: Codes = survey.verdicts.astype(np.int64) * (len(Light) * _BANDS) + detail
    return codes


def _rings(patch: Patch, grid: Grid) -> list[list[list[float]]]:
    lines = (patch.polygon.exterior, *patch.polygon.interiors)
    return [[_lon_lat(grid, east_m, north_m) for east_m, north_m in line.coords] for line in lines]


def _lon_lat(grid: Grid, east_m: float, north_m: float) -> list[float]:
    lat_deg, lon_deg = grid.plane.lat_lon_deg(east_m, north_m)
    return [round(lon_deg, 7), round(lat_deg, 7)]


def _properties(patch: Patch, survey: Survey, grid: Grid) -> dict[str, Any]:
    verdict = Verdict(patch.code // (len(Light) * _BANDS))
    head = {"class": name_of(verdict), "cell_m": grid.cell_m, "km2": round(patch.polygon.area / 1e6, 6)}
    if verdict is Verdict.NOT_LOOKED:
        return head
    light = Light(patch.code // _BANDS % len(Light))
    return {**head, "light": light.name.lower(), **_measured(patch, survey)}


def _measured(patch: Patch, survey: Survey) -> dict[str, Any]:
    """The extremes over the cells of a patch that were looked at."""
    from shapely import contains_xy, prepare

    own, painted = survey.grid, survey.painted
    west_m, south_m, east_m, north_m = patch.polygon.bounds
    part = own.rows_of(south_m, north_m), own.columns_of(west_m, east_m)
    prepare(patch.polygon)
    inside = contains_xy(patch.polygon, own.east_m()[part[1]][None, :], own.north_m()[part[0]][:, None]) & (
        painted.looks[part] > 0
    )
    sun_deg = painted.sun_deg[part][inside]
    return {
        "first": to_text(int(painted.first_us[part][inside].min())),
        "last": to_text(int(painted.last_us[part][inside].max())),
        "looks_least": int(painted.looks[part][inside].min()),
        "looks_most": int(painted.looks[part][inside].max()),
        "gsd_across_m": round(float(painted.across_m[part][inside].max()), 3),
        "gsd_along_m": round(float(painted.along_m[part][inside].max()), 3),
        "person_px": round(float(painted.person_px[part][inside].min()), 1),
        "sun_elevation_deg": round(float(sun_deg.min()), 1),
    }


def survey_summary(survey: Survey) -> dict[str, Any]:
    """The survey in numbers."""
    plane, grid = survey.grid.plane, survey.grid
    return {
        "cell_m": grid.cell_m,
        "origin": {"lat_deg": round(plane.lat_deg, 8), "lon_deg": round(plane.lon_deg, 8)},
        "west_m": grid.west_m,
        "south_m": grid.south_m,
        "rows": grid.rows,
        "columns": grid.columns,
        "looks": survey.looks,
        "looks_painted_every": survey.every,
        "least_person_px": survey.demand.least_person_px,
        "camera_needs_light": survey.demand.needs_light,
        "not_looked_of": str(survey.interest),
        "km2": {name_of(v): round(survey.km2(v), 6) for v in (*_SEEN, Verdict.NOT_LOOKED)},
        "looked_km2_by_light": {k: round(v, 6) for k, v in _by_light(survey).items()},
        "sun_elevation_deg": [round(deg, 2) for deg in survey.sun_deg],
        "zones": [_zone_summary(zone) for zone in survey.zones],
    }


def _zone_summary(zone: ZoneShare) -> dict[str, Any]:
    shares = {name_of(v): round(_share(zone, v), 6) for v in _SEEN}
    return {
        "id": zone.zone_id,
        "placeholder": zone.placeholder,
        "km2": round(zone.km2, 6),
        "shares": {**shares, "not_looked": round(max(1 - sum(shares.values()), 0.0), 6)},
    }


def _share(zone: ZoneShare, verdict: Verdict) -> float:
    return zone.km2_by_verdict[verdict] / zone.km2 if zone.km2 > 0 else 0.0


def _by_light(survey: Survey) -> dict[str, float]:
    return {light.name.lower(): survey.km2_looked_in(light) for light in Light}


def covered_ground(survey: Survey, zones: tuple[Zone, ...]) -> CoveredGround:
    """The survey as the report shows it."""
    grid, codes = coarsened(survey.grid, survey.verdicts.astype(np.int64), MAX_DRAWN_RUNS)
    south_deg, west_deg = grid.plane.lat_lon_deg(grid.west_m, grid.south_m)
    return CoveredGround(
        west_deg=west_deg,
        south_deg=south_deg,
        lon_step_deg=grid.cell_m / grid.plane.metres_per_deg_east,
        lat_step_deg=grid.cell_m / grid.plane.metres_per_deg_north,
        cell_m=grid.cell_m,
        runs=tuple((r.row, r.start, r.stop, name_of(Verdict(r.code))) for r in runs_of(codes)),
        km2={name_of(v): survey.km2(v) for v in (*_SEEN, Verdict.NOT_LOOKED)},
        of_zones=survey.interest == "zones",
        looked_km2_by_light=_by_light(survey),
        sun_deg=survey.sun_deg,
        least_person_px=survey.demand.least_person_px,
        needs_light=survey.demand.needs_light,
        zones=tuple(_covered_zone(share, zones) for share in survey.zones),
    )


def _covered_zone(share: ZoneShare, zones: tuple[Zone, ...]) -> CoveredZone:
    zone = next(zone for zone in zones if zone.id == share.zone_id)
    return CoveredZone(
        zone.name_th or zone.id,
        zone.name_en or zone.id,
        share.placeholder,
        share.km2,
        *(_share(share, verdict) for verdict in _SEEN),
    )
