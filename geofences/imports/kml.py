"""KML and KMZ (OGC 12-007r2): every placemark with an outline, a line or a point, in whatever folder."""

from __future__ import annotations

import io
import math
import xml.etree.ElementTree as ET
import zipfile
import zlib

import shapely
from shapely.geometry import Point

from geofences.bounded import MAX_FILE_BYTES, MAX_VERTICES, too_large, too_many_vertices
from geofences.imports.raw import (
    RawFeature,
    RawLayer,
    closed_note,
    gathered,
    is_open,
    line_of,
    polygon_of_rings,
)
from geofences.imports.safe_xml import local_name, parsed_xml
from geofences.zone import ZoneError

_SHAPES = frozenset({"Polygon", "LineString", "LinearRing", "Point"})
_ZIP_TROUBLE = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
)


def read_kmz(content: bytes, file: str) -> RawLayer:
    """The first .kml in the archive, as KMZ has it. Raises ZoneError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
            # What is unpacked may be far larger than the archive.
            kml = archive.open(names[0]).read(MAX_FILE_BYTES + 1) if names else b""
    except _ZIP_TROUBLE as error:
        raise ZoneError.in_file(file, f"is no KMZ archive ({error})", "export it again") from error
    if not names:
        raise ZoneError.in_file(file, "holds no .kml", "export it again from Google Earth or QGIS")
    if len(kml) > MAX_FILE_BYTES:
        raise too_large(f"{file}: {names[0]}", MAX_FILE_BYTES)
    layer = read_kml(kml, file)
    others = [f"{names[0]} was read, not {', '.join(names[1:4])}"] if len(names) > 1 else []
    return RawLayer(layer.features, (*layer.notes, *others))


def read_kml(content: bytes, file: str) -> RawLayer:
    """Every placemark; its name, folder (`a/b`), description and ExtendedData become properties.

    Raises ZoneError.
    """
    root = parsed_xml(content, file)
    features: list[RawFeature] = []
    notes = _followed_nowhere(root)
    vertices_left = MAX_VERTICES
    for number, (placemark, folder) in enumerate(_placemarks(root)):
        label = f"placemark {number} ({_child_text(placemark, 'name')!r:.80})"
        parts = [_shape(element, file, label) for element in _shapes(placemark)]
        vertices_left -= sum(int(shapely.get_num_coordinates(part)) for part in parts)
        if vertices_left < 0:
            raise too_many_vertices(file)
        geometry, left_out = gathered(parts)
        if geometry is None:
            notes.append(f"{label} has no outline, line or point: left out")
            continue
        if left_out:
            notes.append(f"{label}: {left_out} shapes beside its {geometry.geom_type} left out")
        notes += closed_note(label, sum(map(_is_open, _linear_rings(placemark))))
        features.append(RawFeature(label, geometry, _properties(placemark, folder)))
    return RawLayer(tuple(features), tuple(notes))


def _placemarks(root: ET.Element) -> list[tuple[ET.Element, str]]:
    """All placemarks in the order of the document, each with the names of its folders."""
    found: list[tuple[ET.Element, str]] = []
    waiting = [(root, "")]
    while waiting:
        element, folder = waiting.pop()
        if local_name(element) == "Placemark":
            found.append((element, folder))
            continue
        if local_name(element) == "Folder":
            folder = f"{folder}/{_child_text(element, 'name')}".lstrip("/")
        waiting.extend((child, folder) for child in reversed(element))
    return found


def _shapes(placemark: ET.Element) -> list[ET.Element]:
    """The shapes of a placemark, out of its MultiGeometry or not; a polygon's rings are part of it."""
    found: list[ET.Element] = []
    waiting = [placemark]
    while waiting:
        element = waiting.pop()
        if local_name(element) in _SHAPES:
            found.append(element)
        elif element is placemark or local_name(element) == "MultiGeometry":
            waiting.extend(reversed(element))
    return found


def _shape(element: ET.Element, file: str, label: str) -> shapely.Geometry:
    kind = local_name(element)
    if kind == "Polygon":
        return polygon_of_rings(_rings(element, file, label), file, label)
    vertices = _coordinates(element, file, label)
    if kind == "Point":
        return Point(vertices[0])
    if kind == "LinearRing":
        return polygon_of_rings([vertices], file, label)
    return line_of(vertices, file, label)


def _rings(polygon: ET.Element, file: str, label: str) -> list[list[tuple[float, float]]]:
    shells = [child for child in polygon if local_name(child) == "outerBoundaryIs"]
    holes = [child for child in polygon if local_name(child) == "innerBoundaryIs"]
    if len(shells) != 1:
        what = f"its Polygon has {len(shells)} outer boundaries"
        raise ZoneError.in_feature(file, label, what, "give it one outerBoundaryIs")
    # Google Earth puts several rings into one innerBoundaryIs, against the standard.
    rings = [ring for boundary in (*shells, *holes) for ring in boundary if local_name(ring) == "LinearRing"]
    return [_coordinates(ring, file, label) for ring in rings]


def _linear_rings(placemark: ET.Element) -> list[ET.Element]:
    return [element for element in placemark.iter() if local_name(element) == "LinearRing"]


def _is_open(ring: ET.Element) -> bool:
    """The vertices are known to be well-formed; a height may stand at one end and not at the other."""
    vertices = _child_text(ring, "coordinates").split()
    return is_open([_vertex(vertices[0]), _vertex(vertices[-1])])


def _coordinates(element: ET.Element, file: str, label: str) -> list[tuple[float, float]]:
    text = _child_text(element, "coordinates")
    if text.count(",") > 2 * MAX_VERTICES:
        raise too_many_vertices(file)
    try:
        vertices = [_vertex(part) for part in text.split()]
    except ValueError as error:
        mend = "write lon,lat[,alt], a blank between vertices and none within"
        raise ZoneError.in_feature(file, label, f"has malformed coordinates ({error})", mend) from error
    if not vertices:
        raise ZoneError.in_feature(file, label, "is empty", "add coordinates or remove the placemark")
    return vertices


def _vertex(text: str) -> tuple[float, float]:
    lon, lat, *_height = text.split(",")
    if not (math.isfinite(float(lon)) and math.isfinite(float(lat))):
        raise ValueError(f"{text:.40} is no place")
    return float(lon), float(lat)


def _properties(placemark: ET.Element, folder: str) -> dict[str, object]:
    named = {name: _child_text(placemark, name) for name in ("name", "description")} | {"folder": folder}
    properties: dict[str, object] = {name: text for name, text in named.items() if text}
    for element in placemark.iter():
        if local_name(element) == "Data":
            properties[element.get("name", "")] = _child_text(element, "value")
        elif local_name(element) == "SimpleData":
            properties[element.get("name", "")] = (element.text or "").strip()
    return properties


def _followed_nowhere(root: ET.Element) -> list[str]:
    links = sum(local_name(element) == "NetworkLink" for element in root.iter())
    return [f"{links} links to other files not followed: import those files"] if links else []


def _child_text(element: ET.Element, name: str) -> str:
    return next((child.text or "" for child in element if local_name(child) == name), "").strip()
