"""What is written of a drone, a track, an incident, as the store's commands. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from droneops.fleet.mirror.keys import VALID_S, Keys
from droneops.fleet.mirror.link import Command
from droneops.fleet.vitals_like import VitalsLike
from droneops.incidents.incident import Incident
from droneops.times import to_text
from droneops.types import Track

MOST_LAT_DEG = 85.05112878
"""GEOADD takes no latitude beyond (the edge of Web Mercator's square)."""


@dataclass(frozen=True, slots=True)
class Row:
    """How one thing is written, and how it is taken away again."""

    write: tuple[Command, ...]
    remove: tuple[Command, ...]


def drone_row(keys: Keys, vitals: VitalsLike) -> Row:
    """A drone's last word; a value that it does not know is a field that is not there."""
    told = {"at": to_text(vitals.time_us), **vitals.values}
    told |= {name: getattr(vitals, name) for name in ("lat_deg", "lon_deg", "alt_msl_m")}
    known = [part for name, value in told.items() if value is not None for part in (name, _plain(value))]
    unknown = [name for name, value in told.items() if value is None]
    name, key = vitals.drone_id, keys.drone(vitals.drone_id)
    write: list[Command] = [("HSET", key, *known), ("EXPIRE", key, VALID_S), ("SADD", keys.drones, name)]
    if unknown:
        write.append(("HDEL", key, *unknown))
    write.append(_place(keys.positions, name, vitals.lat_deg, vitals.lon_deg))
    gone: tuple[Command, ...] = (("DEL", key), ("SREM", keys.drones, name), ("ZREM", keys.positions, name))
    return Row(tuple(write), gone)


def track_row(keys: Keys, track: Track) -> Row:
    """A track as last seen."""
    key = keys.track(track.id)
    return Row(
        (
            ("SET", key, _json(_track(track)), "EX", VALID_S),
            _place(keys.track_positions, track.id, track.lat_deg, track.lon_deg),
        ),
        (("DEL", key), ("ZREM", keys.track_positions, track.id)),
    )


def incident_row(keys: Keys, incident: Incident) -> Row:
    """An incident that is not over."""
    return Row(
        (("HSET", keys.incidents, incident.id, _json(_incident(incident))),),
        (("HDEL", keys.incidents, incident.id),),
    )


def _plain(value: float | str) -> float | str:
    """redis-py takes no bool."""
    return int(value) if isinstance(value, bool) else value


def _place(key: str, member: str, lat_deg: float | None, lon_deg: float | None) -> Command:
    """Where it is; where that is unknown, or near a pole, it has no place in the index."""
    if lat_deg is None or lon_deg is None:
        return ("ZREM", key, member)
    is_on_map = abs(lat_deg) <= MOST_LAT_DEG and abs(lon_deg) <= 180.0
    return ("GEOADD", key, lon_deg, lat_deg, member) if is_on_map else ("ZREM", key, member)


def _track(track: Track) -> dict[str, Any]:
    east_mps, north_mps = (float(value) for value in track.velocity_mps)
    return {
        "id": track.id,
        "drone_id": track.drone_id,
        "label": track.label,
        "state": track.state,
        "first_seen": to_text(track.first_seen_us),
        "last_seen": to_text(track.last_seen_us),
        "sightings": track.sightings,
        "best_score": track.best_score,
        "lat_deg": track.lat_deg,
        "lon_deg": track.lon_deg,
        "alt_msl_m": track.alt_msl_m,
        "ce90_m": track.ce90_m,
        "velocity_east_mps": east_mps,
        "velocity_north_mps": north_mps,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    lead = None if incident.lead is None else incident.lead.track
    return {
        "id": incident.id,
        "event": incident.event,
        "severity": incident.severity,
        "state": incident.state,
        "rule_id": incident.rule_id,
        "onset": to_text(incident.onset_us),
        "last_seen": to_text(incident.last_seen_us),
        "messages": incident.messages,
        "zone_ids": sorted(incident.zone_ids),
        "drone_ids": sorted({track.drone_id for track in incident.tracks} | {incident.founder.drone_id}),
        "track_ids": [track.id for track in incident.tracks],
        "lat_deg": None if lead is None else lead.lat_deg,
        "lon_deg": None if lead is None else lead.lon_deg,
    }


def _json(table: dict[str, Any]) -> str:
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))
