"""A track and the zones become an observation, live and in a replay alike."""

from __future__ import annotations

from droneops.incidents.incident import Observation
from droneops.times import to_datetime
from droneops.types import Track
from geofences import ZoneIndex


def observation_of(track: Track, zones: ZoneIndex, time_us: int) -> Observation:
    """A track with the zones in force then that may hold it, and its side of the border."""
    lat_deg, lon_deg, cov_m2, at = track.lat_deg, track.lon_deg, track.cov_m2, to_datetime(time_us)
    return Observation(
        track,
        zones.hits(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2, at=at),
        zones.border(lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2, at=at),
    )
