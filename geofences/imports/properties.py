"""A foreign feature's properties, and what was asked for on the command line, become ours."""

from __future__ import annotations

import json
from dataclasses import dataclass

from geofences.imports.raw import RawFeature
from geofences.zone import ZoneError

_NUMBERS = ("accuracy_m", "within_m")
_JSON = ("placeholder", "days", "labels", "covers")
_TEXTS = (
    "id",
    "kind",
    "name_th",
    "name_en",
    "source",
    "licence",
    "version",
    "valid_from",
    "valid_to",
    "side",
    "side_right",
    "hours",
    "timezone",
    "holder",
)
OURS = frozenset((*_NUMBERS, *_JSON, *_TEXTS))
"""The properties of a zone layer (geofences/README.md); a file that has them keeps them."""


@dataclass(frozen=True, slots=True)
class PropertyOptions:
    """What the file does not say. A given value goes before the file's own; `*_from` name its fields."""

    kind: str | None = None
    accuracy_m: float | None = None
    within_m: float | None = None
    id_from: str | None = None
    name_th_from: str | None = None
    name_en_from: str | None = None
    source: str | None = None
    licence: str | None = None
    version: str | None = None


def properties_of(feature: RawFeature, options: PropertyOptions, file: str) -> dict[str, object]:
    """The properties of a zone. Raises ZoneError for a field it has not, and for no id, kind or accuracy."""
    own = {name: _typed(name, value) for name, value in feature.properties.items() if name in OURS}
    found = {name: value for name, value in own.items() if value is not None} | _fields(
        feature, options, file
    )
    given = ("kind", "accuracy_m", "within_m", "source", "licence", "version")
    found |= {name: value for name in given if (value := getattr(options, name)) is not None}
    for name, mend in _needed(feature):
        if found.get(name) in (None, ""):
            raise ZoneError.in_feature(file, feature.label, f"has no `{name}`", mend)
    return found


def fields_not_taken(features: tuple[RawFeature, ...], options: PropertyOptions) -> tuple[str, ...]:
    """The fields of the file that nobody asked for, sorted."""
    asked = {options.id_from, options.name_th_from, options.name_en_from}
    return tuple(sorted({name for feature in features for name in feature.properties} - OURS - asked))


def _fields(feature: RawFeature, options: PropertyOptions, file: str) -> dict[str, object]:
    asked = {"id": options.id_from, "name_th": options.name_th_from, "name_en": options.name_en_from}
    return {name: _text(_field(feature, field, file)) for name, field in asked.items() if field is not None}


def _field(feature: RawFeature, field: str, file: str) -> object:
    if field not in feature.properties:
        has = ", ".join(map(str, feature.properties)) or "none"
        raise ZoneError.in_feature(
            file, feature.label, f"has no field {field!r}", f"its fields are: {has:.200}"
        )
    return feature.properties[field]


def _needed(feature: RawFeature) -> tuple[tuple[str, str], ...]:
    fields = ", ".join(map(str, feature.properties)) or "none"
    return (
        ("id", f"name a field with --id-from; its fields are: {fields:.200}"),
        ("kind", "give --kind"),
        ("accuracy_m", "give --accuracy-m, 1 sigma of the line: an unknown accuracy is no certainty"),
    )


def _typed(name: str, value: object) -> object:
    """A value as our layers write it, where the file could write text only."""
    if name in _TEXTS:
        return _text(value)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except ValueError:
        return value


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
