"""Zones as the text of a file, by the file's ending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geofences.exports.geojson import collection_of, geojson_text
from geofences.exports.kml import kml_text
from geofences.exports.qgc_plan import FenceSense, plan_text
from geofences.zone import Zone, ZoneError

FORMATS = (".geojson", ".kml", ".plan")


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of the file (UTF-8), and what it says otherwise than the zones."""

    text: str
    notes: tuple[str, ...]


def export_zones(zones: Sequence[Zone], suffix: str, *, title: str, fence: FenceSense | None) -> Exported:
    """The zones as a file with that ending. Raises ZoneError for an unknown one, or what it cannot hold."""
    if not zones:
        raise ZoneError.in_file("export", "there is no such zone", "see `droneops zones list`")
    if fence is not None and suffix in FORMATS and suffix != ".plan":
        mend = "leave it out, or end the file with .plan"
        raise ZoneError.in_file("export", f"--fence {fence} is for .plan, and {suffix} has no fences", mend)
    if suffix == ".geojson":
        return Exported(geojson_text(collection_of(zones)), ())
    if suffix == ".kml":
        return Exported(kml_text(zones, title), ())
    if suffix == ".plan":
        return Exported(*plan_text(zones, fence))
    raise ZoneError.in_file("export", f"unknown kind {suffix!r}", f"give one of {', '.join(FORMATS)}")
