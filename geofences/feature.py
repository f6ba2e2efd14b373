"""One GeoJSON feature becomes one Zone, or an error that says what to mend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon

from geofences.box import Box
from geofences.feature_geometry import geometry_of
from geofences.hours import Hours, hours_of
from geofences.zone import Geometry, Kind, Zone, ZoneError

BORDER_WITHIN_M = 1000.0
_COUNTRIES = {"TH": "LA", "LA": "TH"}
_WITHOUT_AREA = frozenset({Kind.BORDER, Kind.BANK, Kind.PIER, Kind.ROAD, Kind.TRAIL, Kind.VILLAGE})

LARGEST_M = 1_000_000.0
"""No line is off, and no strip wide, by more than a country."""


@dataclass(frozen=True, slots=True)
class FeatureSource:
    """Where a feature came from: its file's name and digest, and its index in the file."""

    file: str
    sha256: str
    index: int


@dataclass(frozen=True, slots=True)
class _Reader:
    """The properties of one feature, read with the feature's name at hand."""

    file: str
    feature: str
    properties: Mapping[str, object]

    def error(self, what: str, mend: str) -> ZoneError:
        return ZoneError.in_feature(self.file, self.feature, what, mend)

    def text(self, name: str, default: str = "") -> str:
        value = self.properties.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.error(f"`{name}` is {value!r:.60}, not text", f"write `{name}` in quotes")
        return value

    def number(self, name: str) -> float | None:
        value = self.properties.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.error(
                f"`{name}` is {value!r:.60}, not a finite number", f"write `{name}` as a plain number"
            )
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.properties.get(name, False)
        if not isinstance(value, bool):
            raise self.error(
                f"`{name}` is {value!r:.60}, not true or false", "write true or false without quotes"
            )
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        value = self.properties.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"`{name}` is {value!r:.60}, no list of texts", f'write `{name}` as ["a", "b"]')
        return tuple(value)

    def instant(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        mend = "write date, time and offset, such as 2026-01-31T00:00:00+07:00"
        try:
            instant = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.error(f"`{name}` is {text!r:.60}, not an RFC 3339 time", mend) from error
        if instant.tzinfo is None:
            raise self.error(f"`{name}` is {text!r:.60}, a time without an offset", mend)
        return instant


def zone_of(feature: object, source: FeatureSource) -> Zone:
    """The zone a GeoJSON feature (a parsed object) describes. Raises ZoneError."""
    reader, raw_geometry = _reader(feature, source)
    kind = _kind(reader)
    geometry = geometry_of(raw_geometry, reader.file, reader.feature)
    within_m = _within_m(reader, kind, geometry)
    _refuse_shape(reader, kind, geometry, within_m)
    side_left, side_right = _countries(reader, kind)
    valid_from, valid_to = _validity(reader)
    zone_id = reader.text("id")
    name_en = reader.text("name_en") or zone_id
    return Zone(
        id=zone_id,
        kind=kind,
        name_th=reader.text("name_th") or name_en,
        name_en=name_en,
        accuracy_m=_accuracy_m(reader),
        source=reader.text("source"),
        licence=reader.text("licence"),
        version=reader.text("version"),
        placeholder=reader.flag("placeholder"),
        valid_from=valid_from,
        valid_to=valid_to,
        side_left=side_left,
        side_right=side_right,
        within_m=within_m,
        covers=_covers(reader),
        geometry=geometry,
        sha256=source.sha256,
        hours=_hours(reader),
        labels=reader.texts("labels") or (),
        holder=reader.text("holder"),
    )


def _reader(feature: object, source: FeatureSource) -> tuple[_Reader, object]:
    name = f"feature {source.index}"
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise ZoneError.in_feature(source.file, name, "is not a GeoJSON Feature", 'give it "type": "Feature"')
    properties = feature.get("properties")
    if not isinstance(properties, Mapping):
        raise ZoneError.in_feature(
            source.file, name, "has no `properties`", "add an object with id, kind, accuracy_m"
        )
    zone_id = properties.get("id")
    if not isinstance(zone_id, str) or not zone_id.strip():
        raise ZoneError.in_feature(
            source.file, name, "has no `id`", "add a property `id`, a text unique in the site"
        )
    return _Reader(source.file, f"{name} (id {zone_id!r:.80})", properties), feature.get("geometry")


def _kind(reader: _Reader) -> Kind:
    known = ", ".join(Kind)
    text = reader.text("kind")
    if not text:
        raise reader.error("has no `kind`", f"add a property `kind`, one of {known}")
    try:
        return Kind(text)
    except ValueError as error:
        raise reader.error(f"unknown kind {text!r:.60}", f"use one of {known}") from error


def _accuracy_m(reader: _Reader) -> float:
    mend = "give 1 sigma of the line along its normal in metres, 0 or more"
    raw = reader.properties.get("accuracy_m")
    if isinstance(raw, float) and not math.isfinite(raw):
        raise reader.error(f"`accuracy_m` is {raw}", mend)
    accuracy_m = reader.number("accuracy_m")
    if accuracy_m is None:
        raise reader.error("has no `accuracy_m`", mend)
    if accuracy_m < 0.0:
        raise reader.error(f"`accuracy_m` is negative ({accuracy_m:g})", mend)
    if accuracy_m > LARGEST_M:
        raise reader.error(f"`accuracy_m` is {accuracy_m:g}", f"{mend}, at most {LARGEST_M:g}")
    return accuracy_m


def _within_m(reader: _Reader, kind: Kind, geometry: Geometry) -> float | None:
    within_m = reader.number("within_m")
    if within_m is not None and not 0.0 < within_m <= LARGEST_M:
        mend = f"give the width of the strip in metres, above 0 and at most {LARGEST_M:g}"
        raise reader.error(f"`within_m` is {within_m:g}", mend)
    if isinstance(geometry, Polygon | MultiPolygon):
        if within_m is not None:
            raise reader.error("`within_m` on a polygon", "remove it; the polygon itself is the zone")
        return None
    return BORDER_WITHIN_M if within_m is None and kind is Kind.BORDER else within_m


def _refuse_shape(reader: _Reader, kind: Kind, geometry: Geometry, within_m: float | None) -> None:
    if kind is Kind.BORDER and not isinstance(geometry, LineString | MultiLineString):
        raise reader.error(f"a border that is a {geometry.geom_type}", "give a LineString")
    if isinstance(geometry, Polygon | MultiPolygon) or within_m is not None or kind in _WITHOUT_AREA:
        return
    raise reader.error(
        f"a {kind} that is a {geometry.geom_type} has no area", "give a Polygon, or `within_m` for a strip"
    )


def _countries(reader: _Reader, kind: Kind) -> tuple[str | None, str | None]:
    left, right = reader.text("side") or None, reader.text("side_right") or None
    if kind is not Kind.BORDER:
        return left, right
    if left not in _COUNTRIES:
        raise reader.error(f"`side` is {left!r:.60}", "name the country to the left of the line, TH or LA")
    if right not in (None, _COUNTRIES[left]):
        raise reader.error(f"`side_right` is {right!r:.60}", f"opposite {left} lies {_COUNTRIES[left]}")
    return left, _COUNTRIES[left]


def _validity(reader: _Reader) -> tuple[datetime | None, datetime | None]:
    valid_from, valid_to = reader.instant("valid_from"), reader.instant("valid_to")
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        raise reader.error("`valid_to` is not after `valid_from`", "exchange or mend the two times")
    return valid_from, valid_to


def _hours(reader: _Reader) -> Hours | None:
    hours, days = reader.text("hours") or None, reader.texts("days")
    if hours is None and days is None:
        return None
    try:
        return hours_of(hours, days, reader.text("timezone") or None)
    except ValueError as error:
        what, _, mend = str(error).partition("; ")
        raise reader.error(what, mend) from error


def _covers(reader: _Reader) -> Box | None:
    raw = reader.properties.get("covers")
    if raw is None:
        return None
    numbers = [float(n) for n in raw if isinstance(n, int | float)] if isinstance(raw, list) else []
    ordered = (
        len(numbers) == 4 and -180 <= numbers[0] < numbers[2] <= 180 and -90 <= numbers[1] < numbers[3] <= 90
    )
    if not ordered or len(raw) != 4:  # type: ignore[arg-type]  # `ordered` holds only for a list
        raise reader.error(f"`covers` is {raw!r:.80}, no box", "write [west, south, east, north] in degrees")
    return Box(*numbers)
