"""Whether a drone sees, as its loop asks it: its pictures, its link, its pose."""

from __future__ import annotations

import numpy as np

from droneops.fleet.blind.watch import BlindWatch
from droneops.fleet.drone_parts import DroneParts
from droneops.telemetry.live.now import Clock
from droneops.times import to_datetime
from droneops.types import Pose
from geofences import ZoneIndex

AROUND_M = 300.0
"""One sigma of where the camera may have looked, about the aircraft: what one sees from 100 m up."""


def watch_of(drone_id: str, parts: DroneParts, zones: ZoneIndex, clock: Clock) -> BlindWatch:
    """The watch of a drone's process; the ground that goes unseen is that below the drone."""

    def zones_now() -> frozenset[str]:
        pose = last_pose(parts, clock.utc_us())
        return frozenset() if pose is None else zones_below(pose, zones)

    def link_age_s() -> float | None:
        heard_us = None if parts.link is None else parts.link.told.last_heard_us
        return None if heard_us is None else max((clock.utc_us() - heard_us) / 1e6, 0.0)

    return BlindWatch(drone_id, clock, zones_now, link_age_s)


def last_pose(parts: DroneParts, now_us: int) -> Pose | None:
    """Where the drone is, or was when that was last known: a lost link takes the poses with it."""
    pose = parts.pose(now_us)
    track = parts.track() if pose is None else None
    if track is None or track.last_us is None:
        return pose
    return parts.pose(track.last_us)


def zones_below(pose: Pose, zones: ZoneIndex) -> frozenset[str]:
    """The zones that the camera of a drone may be seeing."""
    cov_m2 = np.eye(2) * AROUND_M**2
    at = to_datetime(pose.time_us)
    hits = zones.hits(lat_deg=pose.lat_deg, lon_deg=pose.lon_deg, cov_m2=cov_m2, at=at)
    return frozenset(hit.zone.id for hit in hits)
