"""One digest over what zones say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict

import shapely

from geofences.hours import days_text, hours_text
from geofences.zone import Zone

# A zone that does not use them has the digest it had before they existed.
_OPTIONAL = ("hours", "labels", "holder")


def zones_sha256(zones: Iterable[Zone]) -> str:
    """SHA-256, hex, of `zones_text` in UTF-8."""
    return hashlib.sha256(zones_text(zones).encode()).hexdigest()


def zones_text(zones: Iterable[Zone]) -> str:
    """A line of JSON for each zone, sorted by id: every field but the hash of the file it came from."""
    return "\n".join(_canonical(zone) for zone in sorted(zones, key=lambda zone: zone.id))


def _canonical(zone: Zone) -> str:
    fields = {name: getattr(zone, name) for name in zone.__dataclass_fields__ if name != "sha256"}
    for name in _OPTIONAL:
        if not fields[name]:
            del fields[name]
    if zone.hours is not None:
        fields["hours"] = [hours_text(zone.hours), days_text(zone.hours), zone.hours.timezone]
    fields["covers"] = None if zone.covers is None else asdict(zone.covers)
    fields["valid_from"] = None if zone.valid_from is None else zone.valid_from.timestamp()
    fields["valid_to"] = None if zone.valid_to is None else zone.valid_to.timestamp()
    # Little-endian, so that the digest does not depend on the machine.
    fields["geometry"] = shapely.to_wkb(zone.geometry, hex=True, byte_order=1)
    return json.dumps(fields, sort_keys=True, ensure_ascii=False)
