"""A layer as we read it ourselves."""

from __future__ import annotations

import json
from collections.abc import Iterable

from shapely.geometry import mapping

from geofences.exports.properties import properties_of
from geofences.zone import Zone


def collection_of(zones: Iterable[Zone]) -> dict[str, object]:
    """A GeoJSON FeatureCollection, ready for json.dumps."""
    features = [
        {"type": "Feature", "properties": properties_of(zone), "geometry": mapping(zone.geometry)}
        for zone in zones
    ]
    return {"type": "FeatureCollection", "features": features}


def geojson_text(collection: dict[str, object]) -> str:
    """One line a feature, so that two versions of a layer can be compared; Thai stays readable."""
    features = collection["features"]
    head = {name: value for name, value in collection.items() if name != "features"}
    lines = [json.dumps(feature, ensure_ascii=False) for feature in features]  # type: ignore[attr-defined]  # a list of features
    start = json.dumps(head, ensure_ascii=False)[:-1]
    return f'{start}, "features": [\n' + ",\n".join(lines) + "\n]}\n"
