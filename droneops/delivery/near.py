"""The nearest places with a name, as an officer would say it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from droneops.delivery.text import short
from geofences import Kind, ZoneIndex

PLACES = frozenset({Kind.VILLAGE, Kind.PIER})
"""What people name when they say where something is. None is shipped: an operator's layer brings them."""

WAYS = frozenset({Kind.ROAD, Kind.TRAIL})

FAR_M = 20_000.0
"""A place further away than this says nothing."""

WAY_FAR_M = 5_000.0
"""A crossing or road further away than this is not the one they make for on foot."""

_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, slots=True)
class Place:
    """A named zone. ``bearing_deg`` is from the thing to it, clockwise from true north; None where inside."""

    name_th: str
    name_en: str
    distance_m: float
    bearing_deg: float | None


@dataclass(frozen=True, slots=True)
class Around:
    """What lies about a thing: None for each that no layer tells or that is too far.

    ``border_bearing_deg`` is from the thing to the nearest point of the border.
    """

    place: Place | None = None
    crossing: Place | None = None
    road: Place | None = None
    border_bearing_deg: float | None = None


def around(zones: ZoneIndex, lat_deg: float, lon_deg: float, at: datetime) -> Around:
    """The nearest village, crossing (pier) and road or trail, and where the border is."""
    border = _nearest(zones, lat_deg, lon_deg, at, {Kind.BORDER}, FAR_M)
    return Around(
        place=_nearest(zones, lat_deg, lon_deg, at, {Kind.VILLAGE}, FAR_M),
        crossing=_nearest(zones, lat_deg, lon_deg, at, {Kind.PIER}, WAY_FAR_M),
        road=_nearest(zones, lat_deg, lon_deg, at, WAYS, WAY_FAR_M),
        border_bearing_deg=None if border is None else border.bearing_deg,
    )


def near_text(zones: ZoneIndex, lat_deg: float, lon_deg: float, at: datetime) -> str | None:
    """``1.2 km NE of Wan Yai``, in the place's Thai and English name; None without one within 20 km then."""
    nearest = _nearest(zones, lat_deg, lon_deg, at, PLACES, FAR_M)
    if nearest is None:
        return None
    name = f"{short(nearest.name_th)} ({short(nearest.name_en)})"
    if nearest.bearing_deg is None:
        return f"in {name}"
    # From the place to the point is the opposite of from the point to the place.
    point = _POINTS[round((nearest.bearing_deg + 180) % 360 / 45) % 8]
    return f"{nearest.distance_m / 1000:.1f} km {point} of {name}"


def _nearest(
    zones: ZoneIndex, lat_deg: float, lon_deg: float, at: datetime, kinds: Collection[Kind], far_m: float
) -> Place | None:
    found = zones.nearest_named(lat_deg=lat_deg, lon_deg=lon_deg, kinds=kinds, at=at)
    if found is None or found.distance_m > far_m:
        return None
    return Place(found.zone.name_th, found.zone.name_en, found.distance_m, found.bearing_deg)
