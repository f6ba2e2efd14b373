"""A zone's properties as a layer writes them; what is not set is not written."""

from __future__ import annotations

from geofences.hours import days_text, hours_text
from geofences.zone import Zone


def properties_of(zone: Zone) -> dict[str, object]:
    """All that `feature.zone_of` reads back, in the order of the README's table."""
    properties: dict[str, object] = {
        "id": zone.id,
        "kind": str(zone.kind),
        "name_th": zone.name_th,
        "name_en": zone.name_en,
        "accuracy_m": zone.accuracy_m,
        "source": zone.source,
        "licence": zone.licence,
        "version": zone.version,
        "placeholder": zone.placeholder,
        "valid_from": None if zone.valid_from is None else zone.valid_from.isoformat(),
        "valid_to": None if zone.valid_to is None else zone.valid_to.isoformat(),
        "within_m": zone.within_m,
        "side": zone.side_left,
        "side_right": zone.side_right,
        "covers": _covers(zone),
        "labels": list(zone.labels),
        "holder": zone.holder,
    }
    return {name: value for name, value in (properties | _hours(zone)).items() if value not in (None, "", [])}


def _covers(zone: Zone) -> list[float] | None:
    box = zone.covers
    return None if box is None else [box.west_deg, box.south_deg, box.east_deg, box.north_deg]


def _hours(zone: Zone) -> dict[str, object]:
    if zone.hours is None:
        return {}
    days = list(days_text(zone.hours))
    return {"hours": hours_text(zone.hours), "days": days, "timezone": zone.hours.timezone}
