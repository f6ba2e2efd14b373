"""Which reader reads which file."""

from __future__ import annotations

from pathlib import Path

from geofences.bounded import read_bounded
from geofences.imports.fence_text import read_fence_text
from geofences.imports.geojson import read_geojson
from geofences.imports.kml import read_kml, read_kmz
from geofences.imports.qgc_plan import read_plan
from geofences.imports.raw import RawLayer
from geofences.imports.vector_file import VectorOptions, read_vector_file
from geofences.zone import ZoneError

_READERS = {
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".kml": read_kml,
    ".kmz": read_kmz,
    ".plan": read_plan,
    ".waypoints": read_fence_text,
    ".txt": read_fence_text,
}
_VECTOR = (".shp", ".gpkg")

FORMATS = (*_READERS, *_VECTOR)
"""The endings that can be imported."""


def read_raw(path: Path, options: VectorOptions) -> RawLayer:
    """What the file holds, by its ending. Raises ZoneError."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ZoneError.in_file(str(path), "is no file", "check the path")
    if suffix in _VECTOR:
        return read_vector_file(path, options)
    reader = _READERS.get(suffix)
    if reader is None:
        raise ZoneError.in_file(path.name, f"is of an unknown kind {suffix!r}", f"give {', '.join(FORMATS)}")
    _refuse_unused(options, path.name)
    return reader(read_bounded(path), path.name)


def _refuse_unused(options: VectorOptions, file: str) -> None:
    """An unheeded `crs` would leave an outline of another datum hundreds of metres off, without a word."""
    asked = {"--crs": options.crs, "--layer": options.layer, "--encoding": options.encoding}
    for name, value in asked.items():
        if value is not None:
            vector = " or ".join(_VECTOR)
            mend = f"leave it out, or give the {vector} that the file was made from"
            raise ZoneError.in_file(file, f"{name} is for {vector} alone", mend)
