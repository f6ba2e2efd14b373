"""The nearest named place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from droneops.delivery.near import Around, Place, around, near_text
from geofences import ZoneIndex, load_layer, load_zones

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


def layer(folder: Path, *features: tuple[str, str, list[float] | list[list[float]]]) -> ZoneIndex:
    made = [
        {
            "type": "Feature",
            "properties": {"id": name, "kind": kind, "name_th": name, "name_en": name, "accuracy_m": 10},
            "geometry": {
                "type": "LineString" if isinstance(place[0], list) else "Point",
                "coordinates": place,
            },
        }
        for name, kind, place in features
    ]
    path = folder / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}), encoding="utf-8")
    return ZoneIndex(load_layer(path))


def test_around_names_the_nearest_village_crossing_and_way_with_their_directions(tmp_path) -> None:
    zones = layer(
        tmp_path,
        ("village", "village", [104.75, 16.71]),
        ("far-village", "village", [104.75, 16.80]),
        ("pier", "pier", [104.76, 16.70]),
        ("road", "road", [[104.74, 16.6], [104.74, 16.8]]),
    )
    found = around(zones, 16.70, 104.75, NOON)
    assert [place.name_en for place in (found.place, found.crossing, found.road) if place] == [
        "village",
        "pier",
        "road",
    ]
    assert found.place == Place("village", "village", pytest.approx(1107, abs=5), pytest.approx(0, abs=0.5))
    assert found.crossing.bearing_deg == pytest.approx(90, abs=0.5)
    assert found.road.bearing_deg == pytest.approx(270, abs=0.5)
    assert found.border_bearing_deg is None


def test_around_says_where_the_shipped_border_is_and_nothing_of_what_no_layer_tells() -> None:
    found = around(ZoneIndex(load_zones()), 16.55, 104.70, NOON)
    assert (found.place, found.crossing, found.road) == (None, None, None)
    assert 45 < found.border_bearing_deg < 135
    assert around(ZoneIndex(()), 16.55, 104.70, NOON) == Around()


def test_a_crossing_beyond_five_kilometres_is_not_named(tmp_path) -> None:
    zones = layer(tmp_path, ("pier", "pier", [104.80, 16.70]))
    assert around(zones, 16.70, 104.75, NOON).crossing is None
