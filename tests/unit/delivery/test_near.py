"""The nearest named place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from droneops.delivery.near import near_text
from geofences import ZoneIndex, load_layer

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


def village(folder: Path) -> ZoneIndex:
    feature = {
        "type": "Feature",
        "properties": {
            "id": "wan-yai",
            "kind": "village",
            "name_th": "หว้านใหญ่",
            "name_en": "Wan Yai",
            "accuracy_m": 50,
        },
        "geometry": {"type": "Point", "coordinates": [104.75, 16.70]},
    }
    path = folder / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return ZoneIndex(load_layer(path))


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "text"),
    [(16.71, 104.75, "1.1 km N of"), (16.70, 104.74, "1.1 km W of"), (16.69, 104.76, "1.5 km SE of")],
)
def test_a_place_is_named_with_distance_and_direction_from_it(tmp_path, lat_deg, lon_deg, text) -> None:
    assert near_text(village(tmp_path), lat_deg, lon_deg, NOON) == f"{text} หว้านใหญ่ (Wan Yai)"


def test_a_place_far_away_or_none_at_all_is_not_named(tmp_path) -> None:
    assert near_text(village(tmp_path), 16.3, 104.75, NOON) is None
    assert near_text(ZoneIndex(()), 16.7, 104.75, NOON) is None
