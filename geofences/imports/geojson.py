"""GeoJSON (RFC 7946) that has not yet our properties."""

from __future__ import annotations

import json
from typing import Any

import shapely
from shapely.geometry import shape

from geofences.bounded import MAX_VERTICES, too_many_vertices
from geofences.imports.raw import RawFeature, RawLayer, closed_note, gathered, is_open
from geofences.zone import ZoneError

# RFC 7946 has WGS 84 alone; the names under which older programs write just that.
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")
_MALFORMED = (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError)


def read_geojson(content: bytes, file: str) -> RawLayer:
    """The features of a FeatureCollection, or the one Feature. Raises ZoneError."""
    document = parsed_json(content, file)
    if not isinstance(document, dict):
        raise ZoneError.in_file(file, "is not GeoJSON", "give a FeatureCollection")
    _refuse_other_crs(document, file)
    features = [document] if document.get("type") == "Feature" else document.get("features")
    if not isinstance(features, list):
        raise ZoneError.in_file(file, "is not a GeoJSON FeatureCollection", "give a FeatureCollection")
    read = [_feature(feature, file, f"feature {number}") for number, feature in enumerate(features)]
    layer = RawLayer(
        tuple(feature for feature, _ in read if feature is not None),
        tuple(note for _, notes in read for note in notes),
    )
    if sum(shapely.get_num_coordinates(feature.geometry) for feature in layer.features) > MAX_VERTICES:
        raise too_many_vertices(file)
    return layer


def parsed_json(content: bytes, file: str) -> object:
    """The parsed document. Raises ZoneError for what is no JSON."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ZoneError.in_file(file, f"is not JSON ({error})", "export it again, UTF-8") from error


def _refuse_other_crs(document: dict[str, object], file: str) -> None:
    crs = document.get("crs")
    if crs is None or any(known in json.dumps(crs) for known in _WGS84):
        return
    mend = "export it in WGS 84 (EPSG:4326), the only one that GeoJSON has"
    raise ZoneError.in_file(file, f"has another coordinate system ({json.dumps(crs):.100})", mend)


def _feature(feature: object, file: str, label: str) -> tuple[RawFeature | None, list[str]]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ZoneError.in_feature(file, label, "is not a GeoJSON Feature", 'give it "type": "Feature"')
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise ZoneError.in_feature(file, label, "has no `properties`", "make them an object")
    raw = feature.get("geometry")
    if raw is None:
        return None, [f"{label} has no geometry: left out"]
    try:
        geometry, left_out = gathered([shapely.force_2d(shape(raw))])
    except (*_MALFORMED, shapely.errors.ShapelyError) as error:
        mend = "write lists of [lon, lat], rings closed"
        raise ZoneError.in_feature(file, label, "has malformed coordinates", mend) from error
    if geometry is None:
        return None, [f"{label} is empty: left out"]
    notes = [f"{label}: {left_out} shapes beside its {geometry.geom_type} left out"] if left_out else []
    notes += closed_note(label, sum(map(is_open, _rings(raw))))
    if "id" in feature and "id" not in properties:
        properties = properties | {"id": feature["id"]}
    return RawFeature(label, geometry, properties), notes


def _rings(raw: dict[str, Any]) -> list[list[object]]:
    """All rings of a geometry that is known to be well-formed."""
    kind = raw["type"]
    if kind == "GeometryCollection":
        return [ring for part in raw["geometries"] for ring in _rings(part)]
    polygons = {"Polygon": [raw.get("coordinates")], "MultiPolygon": raw.get("coordinates")}.get(kind) or []
    return [ring for polygon in polygons for ring in polygon or []]
