"""Tracks and observations as what JSON can hold, and back, without losing a bit: floats go as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from droneops.incidents.incident import Observation
from droneops.types import Track, TrackState, read_only
from geofences import BorderSide, Zone, ZoneHit, ZoneIndex

_ARRAYS = ("cov_m2", "cov_common_m2", "velocity_mps", "velocity_cov_m2ps2", "common_root_m")
_TRACK = tuple(item.name for item in fields(Track))

Record = dict[str, Any]


def zones_by_id(zones: ZoneIndex) -> dict[str, Zone]:
    """The zones that a record may name."""
    return {zone.id: zone for zone in zones.zones}


def track_to_record(track: Track) -> Record:
    """A track as plain values."""
    record = {name: getattr(track, name) for name in _TRACK}
    for name in _ARRAYS:
        record[name] = None if record[name] is None else record[name].tolist()
    record["state"] = str(track.state)
    record["label_scores"] = [list(vote) for vote in track.label_scores]
    return record


def track_from_record(record: Mapping[str, Any]) -> Track:
    """The track of `track_to_record`."""
    given = {name: record[name] for name in _TRACK}
    for name in _ARRAYS:
        given[name] = None if given[name] is None else read_only(given[name])
    given["state"] = TrackState(given["state"])
    given["label_scores"] = tuple((label, score) for label, score in given["label_scores"])
    return Track(**given)


def observation_to_record(seen: Observation) -> Record:
    """An observation; of a zone only its id."""
    return {
        "track": track_to_record(seen.track),
        "hits": [[hit.zone.id, hit.probability_inside, hit.distance_m] for hit in seen.hits],
        "border": None if seen.border is None else asdict(seen.border),
    }


def observation_from_record(record: Mapping[str, Any], zones: Mapping[str, Zone]) -> Observation:
    """The observation of `observation_to_record`; a zone that is there no more is left out of its hits."""
    border = record["border"]
    return Observation(
        track_from_record(record["track"]),
        tuple(ZoneHit(zones[zone_id], p, m) for zone_id, p, m in record["hits"] if zone_id in zones),
        None if border is None else BorderSide(**border),
    )
