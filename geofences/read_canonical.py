"""Zones back from their canonical text, so that what was in force can be kept and judged by again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import shapely

from geofences.box import Box
from geofences.canonical import zones_text
from geofences.hours import hours_of
from geofences.zone import Kind, Zone, ZoneError

_TIMES = ("valid_from", "valid_to")


def zones_from_text(text: str, file: str) -> tuple[Zone, ...]:
    """The zones of `canonical.zones_text`, but for the hash of the layer each came from, which is "".

    Raises:
        ZoneError: it is not what that wrote; ``file`` names it in the message.
    """
    try:
        zones = tuple(_zone(json.loads(line)) for line in text.split("\n") if line)
        is_same = zones_text(zones) == text
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ZoneError.in_file(file, f"no zones: {type(error).__name__} {error}", "restore it") from None
    except shapely.errors.ShapelyError as error:
        raise ZoneError.in_file(file, f"no zones: {error}", "restore it") from None
    if not is_same:
        raise ZoneError.in_file(file, "its zones are not written as their digest has them", "restore it")
    return zones


def _zone(fields: dict[str, Any]) -> Zone:
    given = dict(fields)
    given["kind"] = Kind(given["kind"])
    given["geometry"] = shapely.from_wkb(given["geometry"])
    given["covers"] = None if given["covers"] is None else Box(**given["covers"])
    for name in _TIMES:
        given[name] = None if given[name] is None else datetime.fromtimestamp(given[name], UTC)
    if "hours" in given:
        hours, days, timezone = given["hours"]
        given["hours"] = hours_of(hours, tuple(days), timezone)
    if "labels" in given:
        given["labels"] = tuple(given["labels"])
    return Zone(**given, sha256="")
