"""A foreign file becomes a zone layer, checked as our own are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from shapely.geometry import MultiPolygon, Point, Polygon, mapping

from geofences.feature import FeatureSource, zone_of
from geofences.imports.axes import in_lon_lat
from geofences.imports.mend import with_valid_outlines
from geofences.imports.properties import PropertyOptions, fields_not_taken, properties_of
from geofences.imports.raw import RawFeature, RawLayer
from geofences.imports.read import read_raw
from geofences.imports.vector_file import VectorOptions
from geofences.zone import Zone, ZoneError

Only = Literal["polygons", "lines", "points", "inclusion", "exclusion"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is to be read. `only`: shapes of one sort, or fences of one sense; others stay behind."""

    properties: PropertyOptions = field(default_factory=PropertyOptions)
    vector: VectorOptions = field(default_factory=VectorOptions)
    only: Only | None = None
    swap: bool = False
    mend: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """The layer (a GeoJSON FeatureCollection, ready for json.dumps), its zones, and what was assumed."""

    collection: dict[str, object]
    zones: tuple[Zone, ...]
    notes: tuple[str, ...]


def import_layer(path: Path, options: ImportOptions) -> Imported:
    """The zones of a file of any of `FORMATS`.

    Raises ZoneError, one line, for the first thing wrong; nothing is mended or left out without a note.
    """
    file = path.name
    layer = _only(read_raw(path, options.vector), options.only, file)
    layer = in_lon_lat(layer, swap=options.swap, file=file)
    layer = with_valid_outlines(layer, mend=options.mend, file=file)
    _refuse_mixed_fences(layer, file)
    _refuse_strip_of_polygons(layer, options.properties, file)
    features = [_feature(feature, options.properties, file) for feature in layer.features]
    zones = tuple(zone_of(feature, FeatureSource(file, "", i)) for i, feature in enumerate(features))
    _refuse_duplicates(zones, layer, file)
    collection: dict[str, object] = {
        "type": "FeatureCollection",
        "imported_from": {"file": file, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "features": features,
    }
    notes = (
        *layer.notes,
        *_strips_dropped(layer, options.properties),
        *_not_taken(layer, options.properties),
    )
    return Imported(collection, zones, notes)


def _only(layer: RawLayer, only: Only | None, file: str) -> RawLayer:
    kept = tuple(feature for feature in layer.features if only is None or _is_one(feature, only))
    if not kept:
        found = f"{len(layer.features)} features and no {only}" if layer.features else "no features"
        raise ZoneError.in_file(file, f"has {found}", "choose another file, layer or --only")
    left_out = len(layer.features) - len(kept)
    note = (f"{left_out} features left out: not {only}",) if left_out else ()
    return RawLayer(kept, (*layer.notes, *note))


def _is_one(feature: RawFeature, only: Only) -> bool:
    if only in ("inclusion", "exclusion"):
        return feature.properties.get("inclusion") is (only == "inclusion")
    is_polygon = _is_polygon(feature)
    is_point = isinstance(feature.geometry, Point)
    return {"polygons": is_polygon, "points": is_point, "lines": not (is_polygon or is_point)}[only]


def _refuse_mixed_fences(layer: RawLayer, file: str) -> None:
    """A fence to stay in and one to stay out of are opposites, and `kind` is one for all."""
    senses = {feature.properties.get("inclusion") for feature in layer.features}
    if len(senses) > 1:
        what = "has inclusion fences (to stay in) and exclusion fences (to stay out of)"
        raise ZoneError.in_file(file, what, "choose with --only inclusion or --only exclusion")


def _refuse_strip_of_polygons(layer: RawLayer, options: PropertyOptions, file: str) -> None:
    """Whoever asks for a wider zone must not get the bare outline and think that it was widened."""
    if options.within_m is None or not all(map(_is_polygon, layer.features)):
        return
    mend = "leave it out: a polygon is the zone itself; draw it wider, or give its outline as a line"
    what = f"--within-m {options.within_m:g} is for lines and points, and all shapes are polygons"
    raise ZoneError.in_file(file, what, mend)


def _strips_dropped(layer: RawLayer, options: PropertyOptions) -> list[str]:
    asked = options.within_m is not None
    polygons = [
        feature.label
        for feature in layer.features
        if _is_polygon(feature) and (asked or feature.properties.get("within_m") not in (None, ""))
    ]
    if not polygons:
        return []
    return [f"within_m not used for {len(polygons)} polygons, which are zones themselves: {polygons[0]:.100}"]


def _is_polygon(feature: RawFeature) -> bool:
    return isinstance(feature.geometry, Polygon | MultiPolygon)


def _feature(feature: RawFeature, options: PropertyOptions, file: str) -> dict[str, object]:
    properties = properties_of(feature, options, file)
    if _is_polygon(feature):
        properties.pop("within_m", None)
    if properties.get("kind") == "no_fly" and feature.properties.get("inclusion") is True:
        what = "is an inclusion fence, where the drone may fly"
        raise ZoneError.in_feature(file, feature.label, what, "a no_fly zone comes from --only exclusion")
    return {"type": "Feature", "properties": properties, "geometry": mapping(feature.geometry)}


def _refuse_duplicates(zones: tuple[Zone, ...], layer: RawLayer, file: str) -> None:
    first: dict[str, str] = {}
    for zone, feature in zip(zones, layer.features, strict=True):
        if zone.id in first:
            what = f"has the id {zone.id!r:.80} of {first[zone.id]}"
            raise ZoneError.in_feature(file, feature.label, what, "choose another field with --id-from")
        first[zone.id] = feature.label


def _not_taken(layer: RawLayer, options: PropertyOptions) -> tuple[str, ...]:
    # Our own KML repeats the Thai name as the placemark's.
    told = {"inclusion"} | ({"name"} if all("name_th" in f.properties for f in layer.features) else set())
    left = [name for name in fields_not_taken(layer.features, options) if name not in told]
    return (f"fields not taken over: {', '.join(left):.200}",) if left else ()
