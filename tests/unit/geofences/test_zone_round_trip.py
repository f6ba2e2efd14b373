"""What is exported comes back as it was: outlines, holes, and names in Thai letters."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_zones import areas, made_zone, names, stars
from shapely.geometry import LineString, Point, Polygon

from geofences import Box, Kind, ZoneError, ZoneIndex, load_layer, load_zones
from geofences.exports import export_zones
from geofences.exports.geojson import geojson_text
from geofences.exports.properties import properties_of
from geofences.hours import hours_of
from geofences.imports import ImportOptions, import_layer

EVERYTHING = made_zone(
    kind=Kind.PERMIT,
    source="ที่ทำการอุทยาน",
    licence="own",
    placeholder=True,
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_to=datetime(2027, 1, 1, tzinfo=UTC),
    hours=hours_of("18:00-06:00", ("mon", "sun"), None),
    labels=("log_pile", "vehicle"),
    holder="นาย ก",
)
BORDER = made_zone(
    "border",
    LineString([(104.7, 16.4), (104.8, 16.5)]),
    kind=Kind.BORDER,
    side_left="LA",
    side_right="TH",
    within_m=1000.0,
    covers=Box(104.7, 16.4, 104.8, 16.5),
)


def back(zones, suffix, fence="inclusion"):
    """The zones after an export and an import."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"zones{suffix}")
        sense = fence if suffix == ".plan" else None
        exported = export_zones(zones, suffix, title="zones", fence=sense)
        path.write_text(exported.text, encoding="utf-8")
        return import_layer(path, ImportOptions()).zones


def same_ground(one, other):
    """Whether two geometries have the same vertices to 1e-7 degrees, wherever a ring begins."""
    return shapely.equals_exact(one, other, tolerance=1e-7, normalize=True)


@pytest.mark.parametrize("suffix", [".geojson", ".kml"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometry=areas(), thai=names(), english=names())
def test_any_outline_with_holes_and_any_names_come_back(suffix, geometry, thai, english):
    zone = made_zone("ป่า-1", geometry, name_th=thai or "x", name_en=english or "y")
    (again,) = back([zone], suffix)
    assert same_ground(again.geometry, geometry)
    assert (again.id, again.name_th, again.name_en) == (zone.id, zone.name_th, zone.name_en)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometry=areas(), thai=names(), sense=st.sampled_from(["inclusion", "exclusion"]))
def test_a_fence_comes_back_from_a_plan_with_its_thai_name(geometry, thai, sense):
    shells = shapely.union_all([Polygon(part.exterior) for part in shapely.get_parts(geometry)])
    zone = made_zone("a", shells, name_th=thai or "x")
    (again,) = back([zone], ".plan", sense)
    assert same_ground(again.geometry, shells)
    assert again.name_th == zone.name_th


@pytest.mark.parametrize("suffix", [".geojson", ".kml"])
@pytest.mark.parametrize("zone", [EVERYTHING, BORDER])
def test_every_property_comes_back(suffix, zone):
    (again,) = back([zone], suffix)
    assert properties_of(again) == properties_of(zone)
    assert same_ground(again.geometry, zone.geometry)


def test_a_circle_of_a_plan_is_a_point_with_its_radius_both_ways():
    zone = made_zone("pier", Point(104.73, 16.54), kind=Kind.NO_FLY, within_m=150.0)
    text = export_zones([zone], ".plan", title="x", fence=None).text
    (circle,) = json.loads(text)["geoFence"]["circles"]
    assert circle["circle"] == {"center": [16.54, 104.73], "radius": 150.0}
    assert circle["inclusion"] is False
    (again,) = back([zone], ".plan", None)
    assert (again.within_m, again.geometry.coords[0]) == (150.0, (104.73, 16.54))


@given(polygon=stars())
@settings(max_examples=20, deadline=None)
def test_a_plan_has_all_that_qgroundcontrol_asks_for(polygon):
    plan = json.loads(export_zones([made_zone(geometry=polygon)], ".plan", title="x", fence="inclusion").text)
    assert (plan["fileType"], plan["version"]) == ("Plan", 1)
    assert plan["geoFence"]["version"] == 2
    assert plan["rallyPoints"] == {"version": 2, "points": []}
    assert (plan["mission"]["version"], plan["mission"]["items"]) == (2, [])
    home_lat, home_lon, _ = plan["mission"]["plannedHomePosition"]
    assert polygon.contains(Point(home_lon, home_lat))
    shell, *holes = plan["geoFence"]["polygons"]
    assert (shell["version"], shell["inclusion"]) == (1, True)
    assert len(shell["polygon"]) == len(polygon.exterior.coords) - 1
    assert [hole["inclusion"] for hole in holes] == [False] * len(polygon.interiors)


def test_a_plan_says_what_it_cannot_hold():
    holed = Polygon(made_zone().geometry.exterior, [[(104.74, 16.44), (104.76, 16.44), (104.76, 16.46)]])
    notes = export_zones([made_zone(geometry=holed)], ".plan", title="x", fence="exclusion").notes
    assert notes == ("a: 1 holes filled; a fence has none",)
    with pytest.raises(ZoneError, match="in or out"):
        export_zones([made_zone()], ".plan", title="x", fence=None)
    trail = made_zone("t", BORDER.geometry, kind=Kind.TRAIL)
    with pytest.raises(ZoneError, match="has no area"):
        export_zones([trail], ".plan", title="x", fence="exclusion")


def test_a_name_that_xml_cannot_hold_is_refused_not_lost():
    with pytest.raises(ZoneError, match=r"id 'a'.*XML"):
        export_zones([made_zone(name_th="a\x01b")], ".kml", title="x", fence=None)


def test_the_shipped_layers_come_back_with_the_same_digest(tmp_path):
    zones = load_zones()
    path = tmp_path / "all.geojson"
    path.write_text(export_zones(zones, ".geojson", title="x", fence=None).text, encoding="utf-8")
    assert ZoneIndex(load_layer(path)).sha256 == ZoneIndex(zones).sha256
    imported = tmp_path / "again.geojson"
    imported.write_text(geojson_text(import_layer(path, ImportOptions()).collection), encoding="utf-8")
    assert ZoneIndex(load_layer(imported)).sha256 == ZoneIndex(zones).sha256


def test_a_strip_goes_into_a_plan_as_its_outline():
    border = next(zone for zone in load_zones() if zone.id == "mekong-border")
    exported = export_zones([border], ".plan", title="x", fence="exclusion")
    (shape,) = json.loads(exported.text)["geoFence"]["polygons"]
    assert np.shape(shape["polygon"])[1] == 2
    assert exported.notes == (
        "mekong-border: written as the outline of its strip of 1000 m",
        *exported.notes[1:],
    )
