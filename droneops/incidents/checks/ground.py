"""Distances between places, for the many that are too far apart to be worth more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.scene import Fix, Thing
from droneops.types import FloatArray, Track


def metres(plane: LocalPlane, place: Track | Fix) -> tuple[float, float]:
    """East and north of the plane's origin."""
    return plane.east_north_m(place.lat_deg, place.lon_deg)


def apart_m(one: Track | Fix, other: Track | Fix) -> float:
    """Metres between two places, errors aside."""
    plane = LocalPlane.at(one.lat_deg, one.lon_deg)
    return math.hypot(*metres(plane, other))


@dataclass(frozen=True, slots=True)
class Places:
    """Where many things are: latitudes and longitudes (n,) in degrees."""

    lat_deg: FloatArray
    lon_deg: FloatArray

    @classmethod
    def of(cls, things: Sequence[Thing]) -> Places:
        """The places of things, in their order."""
        tracks = [thing.seen.track for thing in things]
        return cls(np.array([t.lat_deg for t in tracks]), np.array([t.lon_deg for t in tracks]))

    def apart_m(self, one: Track) -> FloatArray:
        """Metres (n,) from a track to each of them, as `apart_m`."""
        plane = LocalPlane.at(one.lat_deg, one.lon_deg)
        east_m = (self.lon_deg - plane.lon_deg) * plane.metres_per_deg_east
        return np.hypot(east_m, (self.lat_deg - plane.lat_deg) * plane.metres_per_deg_north)
