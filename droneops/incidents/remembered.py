"""What the memory holds of one track, and its way to disk and back."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from droneops.incidents.incident import Observation
from droneops.incidents.path import Path, rows_of
from droneops.incidents.records import Record, observation_from_record, observation_to_record
from droneops.incidents.scene import Fix, Thing
from droneops.incidents.stillness import Anchor
from droneops.types import Track
from geofences import Zone
from geofences.presence import Presence

_FIX = struct.Struct("<qddd")


@dataclass(frozen=True, slots=True)
class Remembered:
    """A thing, where it came to rest, and how it stands with each zone that it may be in."""

    thing: Thing
    anchor: Anchor
    presences: Mapping[str, Presence]

    @property
    def seen_us(self) -> int:
        """When the thing was sighted last."""
        return self.thing.seen.track.last_seen_us

    def with_state(self, track: Track) -> Remembered:
        """The same, with what a look without a sighting tells: its state, or all of it at the same time."""
        seen = self.thing.seen
        known = track if track.last_seen_us == self.seen_us else replace(seen.track, state=track.state)
        return replace(self, thing=replace(self.thing, seen=replace(seen, track=known)))


def to_record(known: Remembered) -> Record:
    """All of it as what JSON can hold; the path packed, for it is most of it."""
    thing = known.thing
    return {
        "seen": observation_to_record(thing.seen),
        "path": _packed(thing.path),
        "still_since_us": thing.still_since_us,
        "inside_since_us": dict(thing.inside_since_us),
        "anchor": [_packed((known.anchor.fix,)), known.anchor.common_m2],
        "presences": {zone_id: asdict(presence) for zone_id, presence in known.presences.items()},
    }


def from_record(record: Mapping[str, Any], zones: Mapping[str, Zone]) -> Remembered:
    """What `to_record` gave."""
    seen: Observation = observation_from_record(record["seen"], zones)
    inside = {zone_id: since for zone_id, since in record["inside_since_us"].items() if zone_id in zones}
    path = _unpacked(record["path"])
    thing = Thing(seen, path, rows_of(path), record["still_since_us"], inside)
    packed, common_m2 = record["anchor"]
    presences = {key: Presence(**value) for key, value in record["presences"].items() if key in zones}
    return Remembered(thing, Anchor(_unpacked(packed)[0], common_m2), presences)


def _packed(path: Path) -> str:
    raw = b"".join(_FIX.pack(fix.time_us, fix.lat_deg, fix.lon_deg, fix.sigma_m) for fix in path)
    return base64.b85encode(raw).decode("ascii")


def _unpacked(text: str) -> Path:
    return tuple(Fix(*values) for values in _FIX.iter_unpack(base64.b85decode(text)))
