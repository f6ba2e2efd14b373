"""What a foreign file holds, before anything of it is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon

from geofences.zone import Geometry, ZoneError

Rings = Sequence[Sequence[Sequence[float]]]
_Made = TypeVar("_Made")

Vertices = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class RawFeature:
    """One feature: how an error names it, its geometry (two axes, order unchecked) and its own properties."""

    label: str
    geometry: Geometry
    properties: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RawLayer:
    """All features of a file in its order, and what a reader had to leave out or to assume."""

    features: tuple[RawFeature, ...]
    notes: tuple[str, ...] = ()


def polygon_of_rings(rings: Rings, file: str, label: str) -> Polygon:
    """The shell and its holes; an open ring is closed. Raises ZoneError for a ring of too few vertices."""
    return _made(lambda: Polygon(rings[0], rings[1:]), file, label, "a ring needs three different vertices")


def is_open(ring: Sequence[object]) -> bool:
    """Whether a ring, which formats want closed, does not end where it began."""
    return len(ring) > 1 and ring[0] != ring[-1]


def closed_note(label: str, count: int) -> list[str]:
    """A word on ``count`` open rings of a feature: one cut short looks the same, and lacks ground."""
    rings = "an open ring" if count == 1 else f"{count} open rings"
    return (
        [f"{label}: {rings} closed from the last vertex to the first; look at it on a map"] if count else []
    )


def line_of(vertices: Vertices, file: str, label: str) -> LineString:
    """Raises ZoneError for fewer than two vertices."""
    return _made(lambda: LineString(vertices), file, label, "a line needs two vertices")


def gathered(parts: Sequence[shapely.Geometry]) -> tuple[Geometry | None, int]:
    """The parts of one feature as one geometry, and how many were left out.

    The polygons if there are any, else the lines, else the first point: a label beside an outline is no zone.
    """
    flat = [part for whole in parts for part in _flat(whole)]
    polygons = [part for part in flat if isinstance(part, Polygon)]
    lines = [part for part in flat if isinstance(part, LineString)]
    points = [part for part in flat if isinstance(part, Point)]
    if polygons:
        whole = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
        return whole, len(flat) - len(polygons)
    if lines:
        return lines[0] if len(lines) == 1 else MultiLineString(lines), len(flat) - len(lines)
    return (points[0], len(flat) - 1) if points else (None, len(flat))


def _flat(whole: shapely.Geometry) -> list[shapely.Geometry]:
    parts: list[shapely.Geometry] = []
    waiting = [whole]
    while waiting:
        geometry = waiting.pop(0)
        inner = getattr(geometry, "geoms", None)
        if inner is None:
            parts.append(geometry)
        else:
            waiting.extend(inner)
    return [part for part in parts if not shapely.is_empty(part)]


def _made(make: Callable[[], _Made], file: str, label: str, need: str) -> _Made:
    try:
        return make()
    except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError) as error:
        raise ZoneError.in_feature(file, label, "has a malformed outline", need) from error
