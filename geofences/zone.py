"""A zone: one named piece of ground (or line over it) that rules are written about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon

from geofences.box import Box
from geofences.hours import Hours, holds_at

Geometry: TypeAlias = Point | LineString | MultiLineString | Polygon | MultiPolygon


class ZoneError(ValueError):
    """A zone layer that cannot be trusted. The message is one line: file, feature, what, and the mend."""

    @classmethod
    def in_file(cls, file: str, what: str, mend: str) -> ZoneError:
        """An error of the file as a whole."""
        return cls(_one_line(f"{file}: {what}; {mend}"))

    @classmethod
    def in_feature(cls, file: str, feature: str, what: str, mend: str) -> ZoneError:
        """An error of one feature; `feature` names it by its index and id."""
        return cls(_one_line(f"{file}: {feature}: {what}; {mend}"))


class Kind(StrEnum):
    """What a zone is to the rules."""

    PARK = "park"
    SANCTUARY = "sanctuary"
    BORDER = "border"
    BANK = "bank"
    PIER = "pier"
    ROAD = "road"
    TRAIL = "trail"
    VILLAGE = "village"
    NO_FLY = "no_fly"
    PERMIT = "permit"


@dataclass(frozen=True, slots=True)
class Zone:
    """One feature of a zone layer.

    `accuracy_m` is 1 sigma of the displacement of the zone's line along its normal, common to all points near
    it. `side_left` and `side_right` are the ISO 3166 country codes beside a line as one walks along it.
    `within_m`: the ground this near to a line or point is the zone; None: a line or point without area, which
    is found by name and distance but never hit. `covers`: the box in which a border line is complete.
    `valid_from` is the first instant of validity and `valid_to` the first instant after it, both aware.
    `hours`: the hours of the week in which it is in force; None: at all hours. `labels` and `holder`:
    what a permit allows and to whom; what they suppress is the rules' business. `geometry` is WGS 84, lon
    lat. `sha256` is of the bytes of the layer the zone came from.
    """

    id: str
    kind: Kind
    name_th: str
    name_en: str
    accuracy_m: float
    source: str
    licence: str
    version: str
    placeholder: bool
    valid_from: datetime | None
    valid_to: datetime | None
    side_left: str | None
    side_right: str | None
    within_m: float | None
    covers: Box | None
    geometry: Geometry
    sha256: str
    hours: Hours | None = None
    labels: tuple[str, ...] = ()
    holder: str = ""


def is_valid_at(zone: Zone, at: datetime | None) -> bool:
    """Whether `zone` is in force at `at` (aware); None asks for no particular time: every zone is."""
    if at is None:
        return True
    started = zone.valid_from is None or zone.valid_from <= at
    ended = zone.valid_to is not None and zone.valid_to <= at
    return started and not ended and (zone.hours is None or holds_at(zone.hours, at))


def _one_line(text: str) -> str:
    return " ".join(text.split())
