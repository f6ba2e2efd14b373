"""Fences as MAVLink items in a waypoint file (`QGC WPL 110`), as Mission Planner and MAVProxy save them.

A line is: index, current, frame, command, four parameters, latitude, longitude, altitude, autocontinue. The
commands are MAV_CMD_NAV_FENCE_* of the MAVLink common message set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from shapely.geometry import Point

from geofences.bounded import MAX_VERTICES, too_many_vertices
from geofences.imports.raw import RawFeature, RawLayer, polygon_of_rings
from geofences.zone import ZoneError

_HEADER = "QGC WPL 110"
RETURN_POINT = 5000
POLYGON_INCLUSION, POLYGON_EXCLUSION = 5001, 5002
CIRCLE_INCLUSION, CIRCLE_EXCLUSION = 5003, 5004
_POLYGONS = frozenset({POLYGON_INCLUSION, POLYGON_EXCLUSION})
_CIRCLES = frozenset({CIRCLE_INCLUSION, CIRCLE_EXCLUSION})
_FIELDS = 12


@dataclass(frozen=True, slots=True)
class _Item:
    """One line. `parameter` is the number of the polygon's vertices, or the circle's radius in metres."""

    line: int
    command: int
    parameter: float
    lat_deg: float
    lon_deg: float


def read_fence_text(content: bytes, file: str) -> RawLayer:
    """Every fence of the file, with the property `inclusion`. Raises ZoneError."""
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    if not lines or lines[0].strip() != _HEADER:
        mend = "save the fence as a waypoint file"
        raise ZoneError.in_file(file, f"does not begin with {_HEADER!r}", mend)
    if len(lines) > MAX_VERTICES:
        raise too_many_vertices(file)
    items = [_item(text, number, file) for number, text in enumerate(lines[1:], 2) if text.strip()]
    fences = [item for item in items if item.command in _POLYGONS | _CIRCLES]
    if items and not fences:
        mend = "save the fence, not the mission"
        raise ZoneError.in_file(file, f"has {len(items)} items and no fence among them", mend)
    features = [_feature(group, file, number) for number, group in enumerate(_groups(fences, file), 1)]
    left = sum(item.command not in {*_POLYGONS, *_CIRCLES, RETURN_POINT} for item in items)
    return RawLayer(tuple(features), (f"{left} items that are no fence left out",) if left else ())


def _item(text: str, line: int, file: str) -> _Item:
    fields = text.split()
    try:
        if len(fields) != _FIELDS:
            raise ValueError(f"{len(fields)} fields")
        return _Item(line, int(fields[3]), float(fields[4]), float(fields[8]), float(fields[9]))
    except ValueError as error:
        mend = f"write {_FIELDS} numbers"
        raise ZoneError.in_feature(file, f"line {line}", f"is no item ({error})", mend) from error


def _groups(fences: list[_Item], file: str) -> Iterable[list[_Item]]:
    """A circle alone, a polygon with all of its vertices."""
    place = 0
    while place < len(fences):
        first = fences[place]
        size = 1 if first.command in _CIRCLES else _vertex_count(first, file)
        group = fences[place : place + size]
        alike = all((item.command, item.parameter) == (first.command, first.parameter) for item in group)
        if len(group) < size or not alike:
            what = f"a fence of {size} vertices begins here and does not go on for as many"
            raise ZoneError.in_feature(file, f"line {first.line}", what, "save the fence again")
        yield group
        place += size


def _vertex_count(item: _Item, file: str) -> int:
    if 3 <= item.parameter <= MAX_VERTICES:
        return int(item.parameter)
    what = f"a fence of {item.parameter:g} vertices"
    raise ZoneError.in_feature(file, f"line {item.line}", what, "save the fence again")


def _feature(group: list[_Item], file: str, number: int) -> RawFeature:
    first = group[0]
    label = f"fence-{number}"
    inclusion = first.command in {POLYGON_INCLUSION, CIRCLE_INCLUSION}
    properties: dict[str, object] = {"id": f"{PurePath(file).stem}-{label}", "inclusion": inclusion}
    if first.command in _CIRCLES:
        point = Point(first.lon_deg, first.lat_deg)
        return RawFeature(label, point, properties | {"within_m": first.parameter})
    ring = [(item.lon_deg, item.lat_deg) for item in group]
    return RawFeature(label, polygon_of_rings([ring], file, label), properties)
