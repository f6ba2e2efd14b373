"""The fence of a QGroundControl `.plan` ("Plan File Format" in QGroundControl's developer guide).

A polygon's vertices are [latitude, longitude]. A circle becomes a point with `within_m`, its radius.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from shapely.geometry import MultiPolygon, Point, Polygon

from geofences.imports.geojson import parsed_json
from geofences.imports.raw import RawFeature, RawLayer, polygon_of_rings
from geofences.zone import ZoneError

_VERSION = 2


def read_plan(content: bytes, file: str) -> RawLayer:
    """Every polygon and circle of the fence, with the property `inclusion`. Raises ZoneError."""
    document = parsed_json(content, file)
    if not isinstance(document, dict) or document.get("fileType") != "Plan":
        raise ZoneError.in_file(file, 'is no plan ("fileType": "Plan")', "save it from QGroundControl")
    fence = document.get("geoFence")
    if not isinstance(fence, dict) or fence.get("version") != _VERSION:
        mend = "save it again with a present QGroundControl"
        raise ZoneError.in_file(file, f"has no `geoFence` of version {_VERSION}", mend)
    polygons = _joined(_each(fence, "polygons", file, _polygon))
    return RawLayer((*polygons, *_each(fence, "circles", file, _circle)))


_Read = Callable[[dict[str, object], str, str], tuple[object, dict[str, object]]]


def _each(fence: dict[str, object], name: str, file: str, read: _Read) -> list[RawFeature]:
    items = fence.get(name, [])
    if not isinstance(items, list):
        raise ZoneError.in_file(file, f"`{name}` is no list", "save it again with QGroundControl")
    return [_feature(item, file, f"{name[:-1]}-{number}", read) for number, item in enumerate(items, 1)]


def _joined(polygons: list[RawFeature]) -> list[RawFeature]:
    """The parts of one zone, which our own export has to write as several polygons, together again."""
    parts: dict[str, list[RawFeature]] = {}
    for polygon in polygons:
        parts.setdefault(f"{polygon.properties['id']} {polygon.properties['inclusion']}", []).append(polygon)
    return [
        group[0]
        if len(group) == 1
        else RawFeature(
            group[0].label,
            MultiPolygon([part.geometry for part in group if isinstance(part.geometry, Polygon)]),
            group[0].properties,
        )
        for group in parts.values()
    ]


def _feature(item: object, file: str, label: str, read: _Read) -> RawFeature:
    if not isinstance(item, dict) or not isinstance(item.get("inclusion"), bool):
        mend = "save it again with QGroundControl"
        raise ZoneError.in_feature(file, label, "has no `inclusion` of true or false", mend)
    try:
        geometry, properties = read(item, file, label)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
        if isinstance(error, ZoneError):
            raise
        mend = "a vertex is [latitude, longitude], a circle has center and radius in metres"
        raise ZoneError.in_feature(file, label, "is malformed", mend) from error
    own = item.get("droneops")
    named = {"id": f"{PurePath(file).stem}-{label}", "inclusion": item["inclusion"]}
    named |= own if isinstance(own, dict) else {}
    return RawFeature(label, geometry, named | properties)  # type: ignore[arg-type]  # `read` gives a geometry


def _polygon(item: dict[str, object], file: str, label: str) -> tuple[object, dict[str, object]]:
    vertices = item["polygon"]
    if not isinstance(vertices, list):
        raise TypeError
    return polygon_of_rings([[_lon_lat(vertex) for vertex in vertices]], file, label), {}


def _circle(item: dict[str, object], _file: str, _label: str) -> tuple[object, dict[str, object]]:
    circle = item["circle"]
    if not isinstance(circle, dict):
        raise TypeError
    return Point(_lon_lat(circle["center"])), {"within_m": float(circle["radius"])}


def _lon_lat(vertex: object) -> tuple[float, float]:
    if not isinstance(vertex, list):
        raise TypeError
    lat_deg, lon_deg, *_height = vertex
    return float(lon_deg), float(lat_deg)
