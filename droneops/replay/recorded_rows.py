"""Recorded sightings as lines of JSON (the contract's sightings.jsonl)."""

from __future__ import annotations

from droneops.fleet.recording.again import Again
from droneops.pipeline import hits_of
from droneops.replay.rows import id_of, sighting_line
from droneops.times import to_datetime
from geofences import ZoneIndex


def recorded_sighting_lines(found: Again, zones: ZoneIndex) -> bytes:
    """The lines of one look, in the order of the detections."""
    if not found.look.inferred:
        return b""
    at = to_datetime(found.look.time_us)
    rows = zip(found.look.sightings, found.tracks, strict=True)
    return b"".join(
        sighting_line(sighting, id_of(track), hits_of(sighting.point, zones, at)) for sighting, track in rows
    )
