"""Tracks and zone hits made for tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.incident import Observation
from droneops.types import Track, read_only
from geofences import Zone, ZoneHit, load_zones

PLANE = LocalPlane.at(16.44, 104.75)
START_US = 1_795_169_250_000_000


@cache
def park() -> Zone:
    """The shipped stand-in of Phu Pha Thoep."""
    return next(zone for zone in load_zones() if zone.id == "phu-pha-thoep")


def made_track(number: int = 1, east_m: float = 0.0, time_s: float = 0.0, label: str = "person") -> Track:
    """A person who stands still; its name and its place follow from its number."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, 0.0)
    return Track(
        id=f"d/{number}",
        drone_id="d",
        label=label,
        detector_label=label,
        first_seen_us=START_US + number,
        last_seen_us=START_US + round(time_s * 1e6),
        ordinal=0,
        sightings=5,
        best_score=0.9,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=212.0,
        cov_m2=read_only(np.eye(2) * 9),
        cov_common_m2=read_only(np.eye(2) * 4),
        ce90_m=6.4,
        velocity_mps=read_only((0.0, 0.0)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.01),
    )


def seen(track: Track, time_s: float, probability: float = 0.97) -> Observation:
    """That track at a time, inside the park with a probability."""
    now = replace(track, last_seen_us=START_US + round(time_s * 1e6))
    return Observation(now, (ZoneHit(park(), probability, -200.0),), None)
