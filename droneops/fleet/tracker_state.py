"""A tracker's memory as what JSON can hold, and back without losing a bit, for a drone that restarts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from droneops.geo.wgs84 import LocalPlane
from droneops.incidents.records import track_from_record, track_to_record
from droneops.tracking import kalman
from droneops.tracking.live import Live
from droneops.tracking.tracker import Tracker, TrackerMemory
from droneops.types import read_only

Record = dict[str, Any]


def tracker_to_record(tracker: Tracker) -> Record:
    """All that the next look depends on, as plain values."""
    memory = tracker.memory
    plane = memory.plane
    return {
        "plane": None if plane is None else [plane.lat_deg, plane.lon_deg],
        "made": memory.made,
        "live": [_live_to_record(live) for live in memory.live],
    }


def tracker_from_record(drone_id: str, record: Mapping[str, Any]) -> Tracker:
    """The tracker of `tracker_to_record`.

    Raises:
        KeyError, TypeError, ValueError: it is not what that wrote.
    """
    origin = record["plane"]
    plane = None if origin is None else LocalPlane.at(*origin)
    live = tuple(_live_from_record(item) for item in record["live"])
    return Tracker.resumed(drone_id, TrackerMemory(plane, live, int(record["made"])))


def _live_to_record(live: Live) -> Record:
    state = live.state
    return {
        "number": live.number,
        "track": track_to_record(live.track),
        "state": [state.mean.tolist(), state.own_cov.tolist(), state.bias.tolist()],
        "identity": live.identity,
        "watched_since_us": live.watched_since_us,
        "votes": live.votes,
        "points": list(live.points),
        "misses": live.misses,
        "together": sorted(live.together),
        "came_from": live.came_from,
    }


def _live_from_record(record: Mapping[str, Any]) -> Live:
    mean, own_cov, bias = (read_only(part) for part in record["state"])
    return Live(
        number=record["number"],
        track=track_from_record(record["track"]),
        state=kalman.State(mean, own_cov, bias),
        identity=record["identity"],
        watched_since_us=record["watched_since_us"],
        votes=dict(record["votes"]),
        points=tuple(record["points"]),
        misses=record["misses"],
        together=set(record["together"]),
        came_from=record["came_from"],
    )
