"""Shapefile and GeoPackage, through pyogrio (GDAL) and pyproj: the extra `zones`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofences.bounded import MAX_FILE_BYTES, MAX_VERTICES, too_large, too_many_vertices
from geofences.imports.dbf_encoding import codec_named, encoding_of
from geofences.imports.raw import RawFeature, RawLayer, closed_note, gathered
from geofences.zone import ZoneError

_WGS84 = "EPSG:4326"
_NAMES = {".shp": "shapefile", ".gpkg": "GeoPackage"}


@dataclass(frozen=True, slots=True)
class VectorOptions:
    """What a file may leave open: its layer, its coordinate system, the letters of its names."""

    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None


def read_vector_file(path: Path, options: VectorOptions) -> RawLayer:
    """The features of one layer, in WGS 84. Raises ZoneError."""
    pyogrio = _pyogrio(path.name)
    _refuse_large(path)
    _refuse_incomplete(path)
    layer = _layer(pyogrio, path, options.layer)
    encoding, note = _encoding(path, options.encoding)
    try:
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer, encoding=encoding, force_2d=True)
    except UnicodeError as error:
        mend = "give --encoding, such as cp874 or utf-8"
        raise ZoneError.in_file(path.name, f"its names are not written in {encoding}", mend) from error
    except (ValueError, RuntimeError, OSError) as error:
        raise _unreadable(path) from error
    found, closed = _geometries(shapes, path.name)
    geometries, notes = _in_wgs84(found, options.crs or meta["crs"], path.name)
    names = [str(name) for name in meta["fields"]]
    rows = [dict(zip(names, map(_plain, row), strict=True)) for row in zip(*columns, strict=True)]
    features, left_out = _features(geometries, rows or [{}] * len(geometries))
    told = [*([note] if note else []), *_instead(options.crs, meta["crs"])]
    return RawLayer(features, (*told, *notes, *closed, *left_out))


def _instead(asked: str | None, own: str | None) -> list[str]:
    """A coordinate system that the file does not name moves the outline: said, as a .prj may be wrong."""
    if asked is None or own is None or asked == own:
        return []
    return [f"--crs {asked:.60} taken instead of the file's own {own:.60}"]


def _pyogrio(file: str) -> Any:
    try:
        import pyogrio
        import pyogrio.raw
    except ImportError as error:
        mend = "pip install 'droneops[zones]', or export it as GeoJSON in WGS 84"
        raise ZoneError.in_file(file, "needs a reader that is not installed", mend) from error
    return pyogrio


def _refuse_large(path: Path) -> None:
    beside = [path, *(path.with_suffix(suffix) for suffix in (".dbf", ".DBF"))]
    if sum(part.stat().st_size for part in beside if part.is_file()) > MAX_FILE_BYTES:
        raise too_large(path.name, MAX_FILE_BYTES)


def _refuse_incomplete(path: Path) -> None:
    """A shapefile is a set of files: alone the .shp says where shapes are, and not which is which."""
    if path.suffix.lower() != ".shp":
        return
    for suffix in (".shx", ".dbf"):
        if not any(path.with_suffix(form).is_file() for form in (suffix, suffix.upper())):
            what = f"lacks {path.stem}{suffix}, which belongs to it"
            raise ZoneError.in_file(path.name, what, "copy the whole set: .shp .shx .dbf .prj .cpg")


def _unreadable(path: Path) -> ZoneError:
    """The reader's own words speak to programmers, and of options that we do not have."""
    what = f"is damaged, or no {_NAMES[path.suffix.lower()]}"
    return ZoneError.in_file(path.name, what, "export it again, or as GeoJSON in WGS 84")


def _layer(pyogrio: Any, path: Path, asked: str | None) -> str:
    try:
        names = [str(name) for name, geometry_type in pyogrio.list_layers(path) if geometry_type is not None]
    except (ValueError, RuntimeError, OSError) as error:
        raise _unreadable(path) from error
    if asked is None and len(names) == 1:
        return names[0]
    if asked in names:
        return str(asked)
    has = f"has the layers {', '.join(names)}" if names else "has no layer with geometry"
    raise ZoneError.in_file(path.name, has, "choose one with --layer")


def _encoding(path: Path, asked: str | None) -> tuple[str | None, str | None]:
    try:
        if asked is not None:
            return codec_named(asked), None
        # GeoPackage is UTF-8 by its standard.
        return encoding_of(path) if path.suffix.lower() == ".shp" else (None, None)
    except (ValueError, OSError) as error:
        raise ZoneError.in_file(path.name, str(error), "give --encoding, such as cp874 or utf-8") from error


def _geometries(shapes: NDArray[Any], file: str) -> tuple[NDArray[Any], list[str]]:
    """The geometries, and a word on each whose open rings had to be closed."""
    try:
        # An open or bent ring must come to our own checks, which name the feature, not fail the file.
        geometries: NDArray[Any] = shapely.from_wkb(shapes, on_invalid="ignore")
        was_open = shapely.is_missing(geometries) & np.array([shape is not None for shape in shapes], bool)
        geometries[was_open] = shapely.from_wkb(shapes[was_open], on_invalid="fix")
    except (shapely.errors.ShapelyError, TypeError) as error:
        what = "has a geometry of an unknown kind (curves, perhaps)"
        raise ZoneError.in_file(file, what, "export polygons") from error
    if shapely.get_num_coordinates(geometries).sum() > MAX_VERTICES:
        raise too_many_vertices(file)
    return geometries, [n for i in np.flatnonzero(was_open) for n in closed_note(f"feature {i}", 1)]


def _in_wgs84(geometries: NDArray[Any], crs: str | None, file: str) -> tuple[NDArray[Any], list[str]]:
    """The geometries in lon lat degrees, and how far the way there may be off."""
    if crs is None:
        mend = "give --crs, such as EPSG:32648 (UTM 48N) or EPSG:24048 (Indian 1975)"
        raise ZoneError.in_file(file, "does not say its coordinate system (no .prj)", mend)
    pyproj = _pyproj(file)
    try:
        source = pyproj.CRS.from_user_input(crs)
        way = pyproj.Transformer.from_crs(source, _WGS84, always_xy=True, allow_ballpark=False)
    except pyproj.exceptions.ProjError as error:
        mend = "give its EPSG number with --crs, such as EPSG:32648"
        raise ZoneError.in_file(file, f"no way from {crs!r:.60} to WGS 84", mend) from error
    if source.equals(pyproj.CRS.from_user_input(_WGS84), ignore_axis_order=True):
        return geometries, []
    turned = shapely.transform(geometries, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    known = math.isfinite(way.accuracy) and way.accuracy >= 0.0
    accuracy = f"good to {way.accuracy:g} m" if known else "of unknown accuracy"
    return turned, [f"transformed from {source.name} to WGS 84, {accuracy}: accuracy_m must include it"]


def _pyproj(file: str) -> Any:
    try:
        import pyproj
        import pyproj.exceptions
    except ImportError as error:
        mend = "pip install 'droneops[zones]'"
        raise ZoneError.in_file(file, "needs pyproj, which is not installed", mend) from error
    return pyproj


def _features(
    geometries: NDArray[Any], rows: list[dict[str, object]]
) -> tuple[tuple[RawFeature, ...], list[str]]:
    features, notes = [], []
    for number, (whole, row) in enumerate(zip(geometries, rows, strict=True)):
        label = f"feature {number}"
        geometry, left_out = (None, 0) if whole is None else gathered([whole])
        if geometry is None:
            notes.append(f"{label} has no geometry: left out ({_first_text(row)})")
            continue
        if left_out:
            notes.append(f"{label}: {left_out} shapes beside its {geometry.geom_type} left out")
        features.append(RawFeature(label, geometry, row))
    return tuple(features), notes


def _first_text(row: Mapping[str, object]) -> str:
    return next((f"{name} {value!r:.40}" for name, value in row.items() if value is not None), "no fields")


def _plain(value: Any) -> object:
    """A table's value as JSON has it; a missing number is None."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float) and math.isnan(plain):
        return None
    return str(plain) if isinstance(plain, datetime | date) else plain
