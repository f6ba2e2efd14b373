"""Distances beyond what affine metres are good for, and never longer than half way round the earth."""

from __future__ import annotations

import math

import numpy as np

from geofences.edges import Edges
from geofences.local_metres import Array, LocalFrame

FAR_M = 100_000.0
"""Affine metres are 0.5 % off at this distance at 16.5 degrees; at the antipode they are off by a world."""

EARTH_M = 6_371_008.8
"""The mean radius (IUGG); a sphere is within 0.6 % of the ellipsoid."""


def on_sphere(frame: LocalFrame, lon_lat_deg: Array) -> tuple[float, float]:
    """Metres to the nearest of some places (n, 2), and the bearing there, clockwise from true north.

    Haversine and the course of a great circle (Sinnott 1984, "Virtues of the Haversine").
    """
    lon, lat = np.radians(lon_lat_deg).T
    here, turn = math.radians(frame.lat_deg), lon - math.radians(frame.lon_deg)
    half = np.sin((lat - here) / 2) ** 2 + math.cos(here) * np.cos(lat) * np.sin(turn / 2) ** 2
    nearest = int(np.argmin(half))
    east = np.sin(turn) * np.cos(lat)
    north = math.cos(here) * np.sin(lat) - math.sin(here) * np.cos(lat) * np.cos(turn)
    bearing = math.degrees(math.atan2(float(east[nearest]), float(north[nearest]))) % 360.0
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, float(half[nearest])))), bearing


def to_edges(frame: LocalFrame, edges: Edges) -> tuple[float, float]:
    """As `on_sphere`, to edges: their ends and middles, which from afar is near enough."""
    places = np.concatenate((edges.start, edges.end, 0.5 * (edges.start + edges.end)))
    return on_sphere(frame, places)
