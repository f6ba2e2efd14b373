"""What another version of the zones means for what the old ones held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geofences.canonical import zones_sha256
from geofences.index import ZoneIndex
from geofences.zone import Zone


@dataclass(frozen=True, slots=True)
class ZoneDiff:
    """Ids, sorted; each is in one list only.

    `expired` zones are in both versions, were in force under the old one, and have reached the new version's
    `valid_to`. Hours that end for the night are no expiry.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    expired: tuple[str, ...]


def diff(old: ZoneIndex, new: ZoneIndex, *, at: datetime) -> ZoneDiff:
    """What differs between two versions of the zones at `at` (aware).

    A zone has changed where any of its fields has, the digest of its file aside: its outline, accuracy and
    hours decide what is inside, its kind and names what is said of it. Raises ValueError for a time without a
    zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"at={at.isoformat()} has no time zone; give an aware time, best UTC")
    before, after = _by_id(old), _by_id(new)
    both = before.keys() & after.keys()
    expired = {zone_id for zone_id in both if has_expired(after[zone_id], at)}
    changed = {zone_id for zone_id in both - expired if _differ(before[zone_id], after[zone_id])}
    return ZoneDiff(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(before.keys() - after.keys())),
        expired=tuple(sorted(expired)),
    )


def closed_by(old: ZoneIndex, new: ZoneIndex, *, at: datetime) -> frozenset[str]:
    """The zones that no longer say what they said: what they held is to be closed.

    A thing that is still inside a changed zone opens anew under the new outline, so that every incident is
    about one version of its zone.
    """
    found = diff(old, new, at=at)
    return frozenset((*found.changed, *found.removed, *found.expired))


def has_expired(zone: Zone, at: datetime) -> bool:
    """Whether the zone's `valid_to` has come."""
    return zone.valid_to is not None and zone.valid_to <= at


def _by_id(index: ZoneIndex) -> dict[str, Zone]:
    return {zone.id: zone for zone in index.zones}


def _differ(one: Zone, other: Zone) -> bool:
    return zones_sha256([one]) != zones_sha256([other])
