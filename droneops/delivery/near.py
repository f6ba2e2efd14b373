"""The nearest place with a name, as an officer would say it."""

from __future__ import annotations

from datetime import datetime

from droneops.delivery.text import short
from geofences import Kind, ZoneIndex

PLACES = frozenset({Kind.VILLAGE, Kind.PIER})
"""What people name when they say where something is. None is shipped: an operator's layer brings them."""

FAR_M = 20_000.0
"""A place further away than this says nothing."""

_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


def near_text(zones: ZoneIndex, lat_deg: float, lon_deg: float, at: datetime) -> str | None:
    """``1.2 km NE of Wan Yai``, in the place's Thai and English name; None without one within 20 km then."""
    nearest = zones.nearest_named(lat_deg=lat_deg, lon_deg=lon_deg, kinds=PLACES, at=at)
    if nearest is None or nearest.distance_m > FAR_M:
        return None
    name = f"{short(nearest.zone.name_th)} ({short(nearest.zone.name_en)})"
    if nearest.bearing_deg is None:
        return f"in {name}"
    # From the place to the point is the opposite of from the point to the place.
    point = _POINTS[round((nearest.bearing_deg + 180) % 360 / 45) % 8]
    return f"{nearest.distance_m / 1000:.1f} km {point} of {name}"
