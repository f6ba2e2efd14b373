"""All zones in a table."""

from __future__ import annotations

from typing import Any

from geofences import Zone, ZoneIndex
from geofences.hours import days_text, hours_text


def zones_json(index: ZoneIndex) -> dict[str, Any]:
    """Every zone in the order of ids, and the digest that alerts carry."""
    zones = [zone_json(zone) for zone in sorted(index.zones, key=lambda zone: zone.id)]
    return {"zones_sha256": index.sha256, "zones": zones}


def zones_text(index: ZoneIndex) -> str:
    """A block of two lines a zone."""
    blocks = [_block(zone) for zone in sorted(index.zones, key=lambda zone: zone.id)]
    return "\n".join([*blocks, f"{len(blocks)} zones, sha256 {index.sha256[:16]}"]) + "\n"


def zone_json(zone: Zone) -> dict[str, Any]:
    """A zone without its geometry."""
    return {
        "id": zone.id,
        "kind": str(zone.kind),
        "name": {"th": zone.name_th, "en": zone.name_en},
        "accuracy_m": zone.accuracy_m,
        "within_m": zone.within_m,
        "version": zone.version,
        "source": zone.source,
        "licence": zone.licence,
        "placeholder": zone.placeholder,
        "valid_from": None if zone.valid_from is None else zone.valid_from.isoformat(),
        "valid_to": None if zone.valid_to is None else zone.valid_to.isoformat(),
        "hours": None if zone.hours is None else hours_text(zone.hours),
        "days": None if zone.hours is None else list(days_text(zone.hours)),
        "timezone": None if zone.hours is None else zone.hours.timezone,
        "labels": list(zone.labels),
        "holder": zone.holder,
    }


def title_of(zone: Zone) -> str:
    """Id, both names, kind and version; a stand-in says so."""
    standing_in = ", STAND-IN, not the real outline" if zone.placeholder else ""
    version = f", version {zone.version}" if zone.version else ""
    return f"{zone.id}: {zone.name_th} / {zone.name_en} ({zone.kind}{version}{standing_in})"


def validity_of(zone: Zone) -> str:
    """When the zone is in force: `always`, or from when, until when, at which hours."""
    parts = []
    if zone.valid_from is not None:
        parts.append(f"from {zone.valid_from.isoformat()}")
    if zone.valid_to is not None:
        parts.append(f"until {zone.valid_to.isoformat()}")
    if zone.hours is not None:
        days = ",".join(days_text(zone.hours))
        parts.append(f"{hours_text(zone.hours)} {days} {zone.hours.timezone}")
    return " ".join(parts) or "always"


def _block(zone: Zone) -> str:
    strip = "" if zone.within_m is None else f", the ground within {zone.within_m:g} m"
    return (
        f"{title_of(zone)}\n"
        f"    line known to {zone.accuracy_m:g} m (1 sigma){strip}; in force {validity_of(zone)};"
        f" {zone.source or 'source not given'}"
    )
