"""A box of longitudes and latitudes."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry import Polygon, box


@dataclass(frozen=True, slots=True)
class Box:
    """WGS 84 degrees; a box does not cross the antimeridian."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float


def grown(inner: Box, margin_deg: float) -> Box:
    """`inner` with `margin_deg` added on every side."""
    return Box(
        west_deg=inner.west_deg - margin_deg,
        south_deg=inner.south_deg - margin_deg,
        east_deg=inner.east_deg + margin_deg,
        north_deg=inner.north_deg + margin_deg,
    )


def polygon_of(outline: Box) -> Polygon:
    """The box as a counter-clockwise polygon, lon lat."""
    return box(outline.west_deg, outline.south_deg, outline.east_deg, outline.north_deg)
