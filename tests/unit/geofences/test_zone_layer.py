"""Layers: what is read, and how a bad file is refused."""

import json
import math
from datetime import UTC, datetime

import pytest
from shapely.geometry import Point

from geofences import Box, Kind, ZoneError, load_layer, load_zones, shipped_layers

SQUARE = [[[104.70, 16.40], [104.80, 16.40], [104.80, 16.50], [104.70, 16.50], [104.70, 16.40]]]
LINE = {"type": "LineString", "coordinates": [[104.7, 16.4], [104.8, 16.5]]}


def feature(geometry=None, **properties):
    polygon = {"type": "Polygon", "coordinates": SQUARE}
    complete = {"id": "a", "kind": "park", "accuracy_m": 10.0} | properties
    kept = {name: value for name, value in complete.items() if value is not ...}
    return {"type": "Feature", "properties": kept, "geometry": polygon if geometry is None else geometry}


def polygon(*points):
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def write(folder, *features, name="own.geojson"):
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def test_a_feature_becomes_a_zone_with_every_property(tmp_path):
    path = write(
        tmp_path,
        feature(
            name_th="ป่า",
            name_en="Forest",
            source="survey",
            licence="own",
            version="3",
            placeholder=True,
            valid_from="2026-01-01T00:00:00+07:00",
            valid_to="2027-01-01T00:00:00+07:00",
            colour="green",
        ),
    )
    (zone,) = load_layer(path)
    assert (zone.id, zone.kind, zone.accuracy_m, zone.placeholder) == ("a", Kind.PARK, 10.0, True)
    assert (zone.name_th, zone.name_en) == ("ป่า", "Forest")
    assert (zone.source, zone.licence, zone.version) == ("survey", "own", "3")
    assert zone.valid_from == datetime(2025, 12, 31, 17, tzinfo=UTC)
    assert zone.valid_to == datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert zone.geometry.contains(Point(104.75, 16.45))
    assert len(zone.sha256) == 64


def test_a_zone_without_names_is_called_by_its_id(tmp_path):
    (zone,) = load_layer(write(tmp_path, feature()))
    assert (zone.name_th, zone.name_en) == ("a", "a")


def test_a_border_knows_both_countries_and_is_a_strip_of_a_kilometre(tmp_path):
    border = feature(LINE, kind="border", side="LA", covers=[104.7, 16.4, 104.8, 16.5])
    (zone,) = load_layer(write(tmp_path, border))
    assert (zone.side_left, zone.side_right, zone.within_m) == ("LA", "TH", 1000.0)
    assert zone.covers == Box(west_deg=104.7, south_deg=16.4, east_deg=104.8, north_deg=16.5)


def test_a_height_in_the_coordinates_is_dropped(tmp_path):
    (zone,) = load_layer(write(tmp_path, feature(polygon([104, 16, 5], [105, 16, 5], [105, 17, 5]))))
    assert not zone.geometry.has_z


BOW_TIE = polygon([104.0, 16.0], [105.0, 17.0], [105.0, 16.0], [104.0, 17.0])
BAD_FEATURES = {
    "no id": (feature(id=...), "feature 0", "`id`"),
    "a blank id": (feature(id=" "), "feature 0", "`id`"),
    "an id that is a number": (feature(id=7), "feature 0", "`id`"),
    "no kind": (feature(kind=...), "'a'", "`kind`"),
    "an unknown kind": (feature(kind="forest"), "'forest'", "sanctuary"),
    "no accuracy": (feature(accuracy_m=...), "'a'", "`accuracy_m`"),
    "a negative accuracy": (feature(accuracy_m=-1), "negative", "0 or more"),
    "an accuracy that is not a number": (feature(accuracy_m=math.nan), "nan", "0 or more"),
    "an accuracy in quotes": (feature(accuracy_m="10"), "`accuracy_m`", "plain number"),
    "an accuracy that is true": (feature(accuracy_m=True), "`accuracy_m`", "plain number"),
    "no properties": ({"type": "Feature", "properties": None, "geometry": LINE}, "feature 0", "`properties`"),
    "no feature": ({"type": "Polygon", "coordinates": SQUARE}, "feature 0", "Feature"),
    "a number in place of a feature": (7, "feature 0", "Feature"),
    "no geometry": (
        {"type": "Feature", "properties": {"id": "a", "kind": "park", "accuracy_m": 1}},
        "'a'",
        "Polygon",
    ),
    "an unknown geometry": (feature({"type": "Circle", "coordinates": [104, 16]}), "'Circle'", "Polygon"),
    "an empty polygon": (feature({"type": "Polygon", "coordinates": []}), "empty", "coordinates"),
    "an empty multipolygon": (feature({"type": "MultiPolygon", "coordinates": [[]]}), "'a'", "coordinates"),
    "a ring of two points": (
        feature({"type": "Polygon", "coordinates": [[[104, 16], [105, 16]]]}),
        "'a'",
        "lon",
    ),
    "coordinates that are text": (feature({"type": "LineString", "coordinates": "x"}), "'a'", "[lon, lat]"),
    "a self-crossing polygon": (feature(BOW_TIE), "Self-intersection[104.5 16.5]", "redraw"),
    "a vertex that is not finite": (
        feature(polygon([104, 16], [105, math.nan], [105, 17])),
        "vertex 1",
        "longitude",
    ),
    "a vertex out of range": (feature(polygon([104, 16], [505, 16], [105, 17])), "vertex 1", "WGS 84"),
    "metres": (feature(polygon([4.7e5, 1.8e6], [4.8e5, 1.8e6], [4.8e5, 1.9e6])), "out of range", "reproject"),
    "latitude first": (
        feature(polygon([16.4, 104.7], [16.4, 104.8], [16.5, 104.8])),
        "latitude, longitude",
        "swap",
    ),
    "a line of one place": (
        feature({"type": "LineString", "coordinates": [[104, 16], [104, 16]]}, kind="road"),
        "no length",
        "two different",
    ),
    "a park that is a line": (feature(LINE), "no area", "`within_m`"),
    "a border that is a polygon": (feature(kind="border", side="LA"), "Polygon", "LineString"),
    "a border without a side": (feature(LINE, kind="border"), "`side`", "TH or LA"),
    "a border of another country": (feature(LINE, kind="border", side="VN"), "'VN'", "TH or LA"),
    "a border with one country twice": (
        feature(LINE, kind="border", side="LA", side_right="LA"),
        "side_right",
        "TH",
    ),
    "no strip": (feature(LINE, kind="road", within_m=0), "`within_m`", "above 0"),
    "a strip about a polygon": (feature(within_m=5), "`within_m`", "remove"),
    "a placeholder in quotes": (feature(placeholder="true"), "`placeholder`", "without quotes"),
    "a name that is a number": (feature(name_th=5), "`name_th`", "quotes"),
    "a time without offset": (feature(valid_to="2026-01-01T00:00:00"), "`valid_to`", "+07:00"),
    "a date alone": (feature(valid_from="2026-01-01"), "`valid_from`", "+07:00"),
    "a time that is none": (feature(valid_from="tomorrow"), "'tomorrow'", "+07:00"),
    "an end before the beginning": (
        feature(valid_from="2026-01-02T00:00:00Z", valid_to="2026-01-01T00:00:00Z"),
        "`valid_to`",
        "mend",
    ),
    "a box that is none": (
        feature(LINE, kind="border", side="LA", covers=[105, 16, 104, 17]),
        "`covers`",
        "west",
    ),
    "a box that is text": (feature(LINE, kind="border", side="LA", covers="all"), "`covers`", "west"),
}


@pytest.mark.parametrize("name", BAD_FEATURES)
def test_a_bad_feature_is_refused_in_one_line_that_names_it_and_the_mend(tmp_path, name):
    bad, thing, mend = BAD_FEATURES[name]
    with pytest.raises(ZoneError) as refused:
        load_layer(write(tmp_path, bad))
    message = str(refused.value)
    assert message.startswith("own.geojson: feature 0")
    assert "\n" not in message
    assert thing in message
    assert mend in message


BAD_FILES = {
    "not JSON": (b"PK\x03\x04", "is not JSON", "export"),
    "not UTF-8": (b'{"a": "\xff"}', "is not JSON", "UTF-8"),
    "nested without end": (b"[" * 100_000, "is not JSON", "export"),
    "a list": (b"[]", "FeatureCollection", "wrap"),
    "a bare geometry": (json.dumps(LINE).encode(), "FeatureCollection", "wrap"),
    "no features": (b'{"type": "FeatureCollection", "features": []}', "no features", "take the layer out"),
    "features that are no list": (
        b'{"type": "FeatureCollection", "features": {}}',
        "no features",
        "add a feature",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_one_line_that_names_it_and_the_mend(tmp_path, name):
    content, thing, mend = BAD_FILES[name]
    path = tmp_path / "own.geojson"
    path.write_bytes(content)
    with pytest.raises(ZoneError) as refused:
        load_layer(path)
    message = str(refused.value)
    assert message.startswith("own.geojson: ")
    assert "\n" not in message
    assert thing in message
    assert mend in message


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "absent.geojson", tmp_path):
        with pytest.raises(ZoneError, match=r"cannot be read .*; check the path") as refused:
            load_layer(path)
        assert str(path) in str(refused.value)


def test_a_file_beyond_the_limit_is_refused(tmp_path):
    path = write(tmp_path, feature())
    with pytest.raises(ZoneError, match=r"larger than 20 bytes; simplify"):
        load_layer(path, max_bytes=20)
    assert len(load_layer(path, max_bytes=path.stat().st_size)) == 1


def test_an_id_twice_in_a_file_is_refused(tmp_path):
    with pytest.raises(ZoneError, match=r"own.geojson: feature 2 \(id 'a'\): has the id of feature 0; give"):
        load_layer(write(tmp_path, feature(), feature(id="b"), feature()))


def test_a_newline_in_an_id_does_not_break_the_message(tmp_path):
    with pytest.raises(ZoneError) as refused:
        load_layer(write(tmp_path, feature(id="a\nb", kind="forest")))
    assert "\n" not in str(refused.value)


def test_the_shipped_layers_are_the_border_and_the_parks_and_load():
    assert list(shipped_layers()) == ["mekong-border", "national-parks"]
    zones = {zone.id: zone for zone in load_zones()}
    assert set(zones) == {"mekong-border", "phu-pha-thoep", "phu-sa-dok-bua", "phu-pha-yon"}
    assert {zone.kind for zone in zones.values()} == {Kind.BORDER, Kind.PARK}
    assert all(zone.name_th and zone.source and zone.licence and zone.version for zone in zones.values())


def test_only_the_park_circles_are_placeholders():
    flagged = {zone.id for zone in load_zones() if zone.placeholder}
    assert flagged == {"phu-pha-thoep", "phu-sa-dok-bua", "phu-pha-yon"}


def test_the_shipped_border_carries_its_licence_and_its_accuracy():
    (border,) = load_layer(shipped_layers()["mekong-border"])
    assert (border.licence, border.accuracy_m, border.within_m) == ("ODbL-1.0", 120.0, 1000.0)
    raw = json.loads(shipped_layers()["mekong-border"].read_text(encoding="utf-8"))
    properties = raw["features"][0]["properties"]
    assert properties["attribution"] == "(c) OpenStreetMap contributors"
    assert "thalweg" in properties["accuracy_derivation"]
    assert "Measured in this derivation" in properties["accuracy_derivation"]


def test_an_operators_zone_replaces_the_shipped_one_of_the_same_id(tmp_path):
    own = write(tmp_path, feature(id="phu-pha-thoep"), feature(id="phu-mu"))
    zones = {zone.id: zone for zone in load_zones([own])}
    assert not zones["phu-pha-thoep"].placeholder
    assert zones["phu-pha-thoep"].accuracy_m == 10.0
    assert set(zones) == {"mekong-border", "phu-mu", "phu-pha-thoep", "phu-sa-dok-bua", "phu-pha-yon"}


def test_naming_a_shipped_layer_loads_that_one_and_no_other_shipped_one(tmp_path):
    own = write(tmp_path, feature())
    assert [zone.id for zone in load_zones(["mekong-border"])] == ["mekong-border"]
    assert [zone.id for zone in load_zones(["mekong-border", str(own)])] == ["a", "mekong-border"]


def test_one_id_in_two_own_files_is_refused(tmp_path):
    first, second = write(tmp_path, feature()), write(tmp_path, feature(), name="other.geojson")
    with pytest.raises(ZoneError, match=r"other.geojson: id 'a': is in own.geojson too; keep"):
        load_zones([first, second])


def test_a_reference_to_nothing_is_refused_with_the_shipped_ids():
    with pytest.raises(ZoneError, match=r"mekong-boarder: is neither .*one of mekong-border, national-parks"):
        load_zones(["mekong-boarder"])
