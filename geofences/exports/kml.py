"""KML 2.2 (OGC 07-147r2): a placemark a zone, its properties as ExtendedData, readable by `imports`."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.geometry.polygon import orient

from geofences.exports.properties import properties_of
from geofences.zone import Zone, ZoneError

STAND_IN = "แนวสมมุติ ไม่ใช่แนวเขตตามกฎหมาย / STAND-IN, not the legal boundary"
"""Map programs show a placemark's name beside its outline and hide its data."""

_NAMESPACE = "http://www.opengis.net/kml/2.2"


def kml_text(zones: Iterable[Zone], title: str) -> str:
    """The document, UTF-8. Raises ZoneError for a text that XML cannot hold."""
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    _text_in(document, "name", title, "document")
    for zone in zones:
        _placemark(document, zone)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _placemark(document: ET.Element, zone: Zone) -> None:
    placemark = ET.SubElement(document, "Placemark")
    _text_in(placemark, "name", _title(zone), zone.id)
    data = ET.SubElement(placemark, "ExtendedData")
    for name, value in properties_of(zone).items():
        entry = ET.SubElement(data, "Data", name=name)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        _text_in(entry, "value", text, zone.id)
    _shape(placemark, zone.geometry)


def _title(zone: Zone) -> str:
    return f"{zone.name_th} ({STAND_IN})" if zone.placeholder else zone.name_th


def _shape(parent: ET.Element, geometry: shapely.Geometry) -> None:
    if isinstance(geometry, MultiPolygon | MultiLineString):
        together = ET.SubElement(parent, "MultiGeometry")
        for part in geometry.geoms:
            _shape(together, part)
    elif isinstance(geometry, Polygon):
        _polygon(ET.SubElement(parent, "Polygon"), geometry)
    elif isinstance(geometry, LineString | Point):
        _coordinates(ET.SubElement(parent, geometry.geom_type), geometry)


def _polygon(element: ET.Element, polygon: Polygon) -> None:
    whole = orient(polygon)
    for name, ring in [("outer", whole.exterior), *(("inner", hole) for hole in whole.interiors)]:
        boundary = ET.SubElement(element, f"{name}BoundaryIs")
        _coordinates(ET.SubElement(boundary, "LinearRing"), ring)


def _coordinates(element: ET.Element, geometry: shapely.Geometry) -> None:
    vertices = shapely.get_coordinates(geometry).tolist()
    ET.SubElement(element, "coordinates").text = " ".join(f"{lon!r},{lat!r}" for lon, lat in vertices)


def _text_in(parent: ET.Element, tag: str, text: str, zone_id: str) -> None:
    if not all(map(_is_char, text)):
        what = f"{text!r:.60} holds a character that XML cannot"
        raise ZoneError.in_feature("export", f"id {zone_id!r:.80}", what, "export GeoJSON, or mend the text")
    ET.SubElement(parent, tag).text = text


def _is_char(character: str) -> bool:
    """XML 1.0, section 2.2, Char; not even an escape lets the others in."""
    is_control = character < " " and character not in "\t\n"
    return not (is_control or "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff")
