"""Zone files of other programs, as they come: each fault is named, nothing is mended in silence."""

import io
import json
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely.geometry import box, mapping

from geofences import ZoneError, ZoneIndex, load_layer
from geofences.bounded import MAX_FILE_BYTES
from geofences.imports import ImportOptions, import_layer
from geofences.imports.fence_text import read_fence_text
from geofences.imports.geojson import read_geojson
from geofences.imports.kml import read_kml, read_kmz
from geofences.imports.properties import PropertyOptions
from geofences.imports.qgc_plan import read_plan
from geofences.imports.vector_file import VectorOptions

PARK = PropertyOptions(kind="park", accuracy_m=30.0, id_from="name")
SQUARE = "104.7,16.4 104.8,16.4 104.8,16.5 104.7,16.5 104.7,16.4"
HOLE = "104.74,16.44 104.76,16.44 104.76,16.46 104.74,16.44"
BOW_TIE = "104,16 105,17 105,16 104,17 104,16"


def kml(*placemarks, head=""):
    body = "".join(placemarks)
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'


def ring(coordinates, side="outer"):
    tag = f"{side}BoundaryIs"
    return f"<{tag}><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></{tag}>"


def placemark(shape=None, name="ป่า", extra=""):
    return f"<Placemark><name>{name}</name>{extra}{shape or polygon(SQUARE)}</Placemark>"


def polygon(shell, *holes):
    return f"<Polygon>{ring(shell)}{''.join(ring(hole, 'inner') for hole in holes)}</Polygon>"


def write(folder, content, name="own.kml"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def imported(path, properties=PARK, **options):
    return import_layer(path, ImportOptions(properties, **options))


def refused(path, *parts, properties=PARK, **options):
    """The one line with which the file is refused; it names the file and has all parts."""
    with pytest.raises(ZoneError) as refusal:
        imported(path, properties, **options)
    text = str(refusal.value)
    assert path.name in text and "\n" not in text
    assert [part for part in parts if part not in text] == [], text
    return text


# KML


def test_a_kml_with_folders_holes_and_thai_names(tmp_path):
    data = '<ExtendedData><Data name="code"><value>1001</value></Data></ExtendedData>'
    school = '<ExtendedData><SchemaData><SimpleData name="code">1002</SimpleData></SchemaData></ExtendedData>'
    inner = f"<Folder><name>ใน</name>{placemark(polygon(SQUARE, HOLE), extra=data)}</Folder>"
    path = write(
        tmp_path, kml(f"<Folder><name>นอก</name>{inner}</Folder>", placemark(name="B", extra=school))
    )
    options = PropertyOptions(kind="park", accuracy_m=30.0, id_from="code", name_th_from="name")
    first, second = imported(path, options).zones
    assert (first.id, first.name_th, len(first.geometry.interiors)) == ("1001", "ป่า", 1)
    assert second.id == "1002"
    by_folder = PropertyOptions(kind="park", accuracy_m=30.0, id_from="code", name_en_from="folder")
    text = refused(path, "folder", properties=by_folder)
    assert "placemark 1" in text


def test_a_multigeometry_is_one_zone_and_its_label_is_said_to_be_left_out(tmp_path):
    inner = f"<MultiGeometry>{polygon(BOW_TIE.replace('104,17', '104,17'))}</MultiGeometry>".replace(
        BOW_TIE, SQUARE
    )
    other = polygon("105,16 105.1,16 105.1,16.1 105,16")
    label = "<Point><coordinates>104.75,16.45</coordinates></Point>"
    path = write(tmp_path, kml(placemark(f"<MultiGeometry>{inner}{other}{label}</MultiGeometry>")))
    result = imported(path)
    assert result.zones[0].geometry.geom_type == "MultiPolygon"
    assert any("1 shapes beside its MultiPolygon left out" in note for note in result.notes)


@pytest.mark.parametrize("encoding", ["TIS-620", "windows-874"])
def test_a_kml_in_the_thai_code_page(tmp_path, encoding):
    text = kml(placemark()).replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
    (zone,) = imported(write(tmp_path, text.encode("cp874"))).zones
    assert zone.id == "ป่า"


BILLION = '<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
BAD_KML = {
    "a billion laughs": (kml(placemark(name="&b;"), head=BILLION), ["document type", "remove"]),
    "an entity from another file": (
        kml(placemark(name="&x;"), head='<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        ["document type"],
    ),
    "no XML": ("PK", ["not XML"]),
    "nothing": ("", ["not XML"]),
    "an encoding nobody knows": ('<?xml version="1.0" encoding="klingon"?><kml/>', ["not XML"]),
    "a tree without end": ("<a>" * 200, ["nested deeper"]),
    "no placemark": (kml(), ["no features"]),
    "no shape": (kml("<Placemark><name>a</name></Placemark>"), ["no features"]),
    "an empty polygon": (kml(placemark(polygon(""))), ["placemark 0", "empty"]),
    "a polygon without a shell": (kml(placemark("<Polygon></Polygon>")), ["0 outer boundaries"]),
    "a ring of two places": (kml(placemark(polygon("104,16 105,16"))), ["three different vertices"]),
    "words for numbers": (kml(placemark(polygon("a,b c,d"))), ["malformed coordinates", "lon,lat"]),
    "a blank within the pair": (kml(placemark(polygon("104, 16 105, 16"))), ["malformed coordinates"]),
    "not a number": (
        kml(placemark(polygon("nan,16 105,16 105,17"))),
        ["placemark 0", "nan,16 is no place"],
    ),
    "a crossing": (kml(placemark(polygon(BOW_TIE))), ["crosses itself at lon 104.5, lat 16.5", "--mend"]),
    "latitude first": (
        kml(placemark(polygon("16.4,104.7 16.4,104.8 16.5,104.8 16.4,104.7"))),
        ["latitude, longitude (16.40000, 104.70000)", "--swap"],
    ),
    "one hole latitude first": (
        kml(placemark(polygon(SQUARE, "16.44,104.74 16.44,104.76 16.46,104.76 16.44,104.74"))),
        ["placemark 0", "vertex 5 (16.44, 104.74) is latitude, longitude, others are not"],
    ),
    "over the antimeridian": (
        kml(placemark(polygon("179,16 -179,16 -179,17 179,17 179,16"))),
        ["placemark 0", "antimeridian", "split"],
    ),
    "metres": (
        kml(placemark(polygon("470000,1800000 480000,1800000 480000,1900000"))),
        ["out of range", "reproject"],
    ),
    "two of one name": (kml(placemark(), placemark()), ["placemark 1", "of placemark 0", "--id-from"]),
    "a line for a park": (
        kml(placemark(f"<LineString><coordinates>{SQUARE}</coordinates></LineString>")),
        ["has no area", "within_m"],
    ),
}


@pytest.mark.parametrize(("content", "parts"), BAD_KML.values(), ids=BAD_KML)
def test_a_bad_kml_is_refused_with_the_place_and_the_mend(tmp_path, content, parts):
    refused(write(tmp_path, content), *parts)


def test_latitude_first_is_mended_when_asked_and_said(tmp_path):
    turned = " ".join(",".join(reversed(pair.split(","))) for pair in SQUARE.split())
    path = write(tmp_path, kml(placemark(polygon(turned))))
    result = imported(path, swap=True)
    assert result.zones[0].geometry.equals(box(104.7, 16.4, 104.8, 16.5))
    assert "exchanged, as asked" in result.notes[0]
    refused(write(tmp_path, kml(placemark()), "right.kml"), "leave out --swap", swap=True)


def test_a_crossing_is_mended_when_asked_and_says_what_changed(tmp_path):
    result = imported(write(tmp_path, kml(placemark(polygon(BOW_TIE)))), mend=True)
    (note,) = [note for note in result.notes if "mended" in note]
    assert "0.000000 km2 in 1 part before" in note and "in 2 parts after" in note
    assert "crosses itself at lon 104.5, lat 16.5" in note
    assert result.zones[0].geometry.area == pytest.approx(0.5)


def test_a_zone_far_from_thailand_is_said(tmp_path):
    path = write(tmp_path, kml(placemark(polygon("4,50 5,50 5,51 4,50"))))
    assert any("lie outside Thailand and Laos" in note for note in imported(path).notes)


# KMZ


def kmz(**files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files.items():
            target.writestr(name.replace("_kml", ".kml"), text)
    return archive.getvalue()


def test_a_kmz_is_the_kml_in_it(tmp_path):
    assert imported(write(tmp_path, kmz(doc_kml=kml(placemark())), "own.kmz")).zones[0].id == "ป่า"


def test_an_archive_that_unpacks_into_gigabytes_is_refused(tmp_path):
    bomb = kmz(doc_kml=b" " * (MAX_FILE_BYTES + 1))
    assert len(bomb) < MAX_FILE_BYTES // 100
    refused(write(tmp_path, bomb, "own.kmz"), "larger than")


def test_a_kmz_without_a_kml_or_that_is_none_is_refused(tmp_path):
    refused(write(tmp_path, kmz(readme="x"), "own.kmz"), "holds no .kml")
    refused(write(tmp_path, b"PK\3\4 cut", "cut.kmz"), "no KMZ archive")


# GeoJSON


def collection(**more):
    feature = {
        "type": "Feature",
        "properties": {"name": "ป่า"},
        "geometry": mapping(box(104.7, 16.4, 104.8, 16.5)),
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]} | more)


def test_a_geojson_in_another_coordinate_system_is_refused(tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}
    refused(write(tmp_path, collection(crs=crs), "own.geojson"), "EPSG::32648", "WGS 84")
    wgs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert imported(write(tmp_path, collection(crs=wgs84), "own.geojson")).zones[0].id == "ป่า"


@pytest.mark.parametrize("name", ["own.geojson", "own.kml"])
def test_a_file_of_200_mb_is_refused_without_being_read_whole(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    refused(path, "larger than 64000000 bytes", "simplify")
    with pytest.raises(ZoneError, match="larger than"):
        load_layer(path)


def test_what_the_file_does_not_say_is_asked_for(tmp_path):
    path = write(tmp_path, collection(), "own.geojson")
    refused(path, "`id`", "--id-from", "name", properties=PropertyOptions(kind="park", accuracy_m=1.0))
    refused(path, "`kind`", "--kind", properties=PropertyOptions(id_from="name", accuracy_m=1.0))
    refused(path, "--accuracy-m", "certainty", properties=PropertyOptions(id_from="name", kind="park"))
    refused(path, "no field 'nam'", "name", properties=PropertyOptions(id_from="nam"))
    refused(path, "negative", properties=PropertyOptions("park", -1.0, id_from="name"))


def test_a_file_of_an_unknown_kind_or_none_is_refused(tmp_path):
    refused(write(tmp_path, "x", "own.dwg"), "'.dwg'", ".kml", ".shp")
    refused(tmp_path / "gone.kml", "is no file")
    (tmp_path / "folder.kml").mkdir()
    refused(tmp_path / "folder.kml", "is no file")


# Shapefile and GeoPackage


def shapefile(path, *, name="ป่าสงวน", encoding="cp874", crs="EPSG:32648", geometry=None, cpg=None):
    """A shapefile as GIS programs of Thai offices write it."""
    pyogrio = pytest.importorskip("pyogrio", reason="the extra `zones` is not installed")
    import shapely

    shapes = shapely.to_wkb(np.array([geometry or box(470_000, 1_815_000, 471_000, 1_816_000)]))
    columns = [np.array([name], dtype=object), np.array([1001.0])]
    pyogrio.raw.write(
        path, shapes, columns, ["NAME_T", "CODE"], geometry_type="Polygon", crs=crs, encoding=encoding
    )
    if path.suffix == ".shp":
        path.with_suffix(".cpg").unlink(missing_ok=True)
        if cpg is not None:
            path.with_suffix(".cpg").write_text(cpg)
    return path


FOREST = PropertyOptions(kind="park", accuracy_m=30.0, id_from="CODE", name_th_from="NAME_T")


@pytest.mark.parametrize("cpg", [None, "TIS-620", "874", "windows-874", "ANSI 874"])
def test_a_shapefile_in_thai_letters_and_utm(tmp_path, cpg):
    result = imported(shapefile(tmp_path / "own.shp", cpg=cpg), FOREST)
    (zone,) = result.zones
    assert (zone.id, zone.name_th) == ("1001", "ป่าสงวน")
    # UTM 48N, easting 470 km: 30 km west of 105 E.
    west, south, _, _ = zone.geometry.bounds
    assert (west, south) == (pytest.approx(104.7195, abs=1e-3), pytest.approx(16.4167, abs=1e-3))
    assert any("UTM zone 48N to WGS 84" in note for note in result.notes)
    assert any("cp874" in note for note in result.notes) == (cpg is None)


def test_a_shapefile_in_utf_8(tmp_path):
    (zone,) = imported(shapefile(tmp_path / "own.shp", encoding="utf-8", cpg="UTF-8"), FOREST).zones
    assert zone.name_th == "ป่าสงวน"
    (zone,) = imported(shapefile(tmp_path / "two.shp", encoding="utf-8"), FOREST).zones
    assert zone.name_th == "ป่าสงวน"


def test_the_letters_asked_for_go_before_the_files_word(tmp_path):
    path = shapefile(tmp_path / "own.shp", cpg="UTF-8")
    (zone,) = imported(path, FOREST, vector=VectorOptions(encoding="tis-620")).zones
    assert zone.name_th == "ป่าสงวน"
    refused(path, "'klingon'", "--encoding", properties=FOREST, vector=VectorOptions(encoding="klingon"))


def test_indian_1975_is_not_taken_for_wgs_84(tmp_path):
    result = imported(shapefile(tmp_path / "own.shp", crs="EPSG:24048"), FOREST)
    (plain,) = imported(shapefile(tmp_path / "wgs.shp"), FOREST).zones
    # The same numbers on the older grid, of another ellipsoid, are a place some 700 m away.
    shift_m = 111_000 * np.hypot(*(np.array(result.zones[0].geometry.bounds[:2]) - plain.geometry.bounds[:2]))
    assert 500 < shift_m < 900
    assert any("Indian 1975" in note and "accuracy_m must include it" in note for note in result.notes)


def test_a_system_asked_for_against_the_files_own_is_said(tmp_path):
    path = shapefile(tmp_path / "own.shp")
    other = imported(path, FOREST, vector=VectorOptions(crs="EPSG:24048"))
    assert any("--crs EPSG:24048 taken instead of the file's own" in note for note in other.notes)
    same = imported(path, FOREST, vector=VectorOptions(crs="EPSG:32648"))
    assert not any("instead" in note for note in same.notes)


def test_a_shapefile_that_does_not_say_its_system_is_refused_unless_told(tmp_path):
    path = shapefile(tmp_path / "own.shp")
    path.with_suffix(".prj").unlink()
    refused(path, "no .prj", "--crs", properties=FOREST)
    (zone,) = imported(path, FOREST, vector=VectorOptions(crs="EPSG:32648")).zones
    assert zone.geometry.bounds[0] == pytest.approx(104.7195, abs=1e-3)
    refused(path, "EPSG:1", properties=FOREST, vector=VectorOptions(crs="EPSG:1"))


def test_a_geopackage_and_its_layers(tmp_path):
    path = shapefile(tmp_path / "own.gpkg", encoding="utf-8")
    (zone,) = imported(path, FOREST).zones
    assert zone.name_th == "ป่าสงวน"
    refused(path, "has the layers own", "--layer", properties=FOREST, vector=VectorOptions(layer="b"))


def test_a_shapefile_that_is_none_is_refused(tmp_path):
    pytest.importorskip("pyogrio", reason="the extra `zones` is not installed")
    alone = write(tmp_path, b"no shapes", "own.shp")
    refused(alone, "lacks own.shx, which belongs to it", ".shp .shx .dbf .prj")
    for suffix in (".shx", ".dbf"):
        alone.with_suffix(suffix).write_bytes(b"nothing")
    for text in (
        refused(alone, "is damaged, or no shapefile", "export it again"),
        refused(write(tmp_path, b"no shapes", "own.gpkg"), "is damaged, or no GeoPackage"),
        refused(shapefile(tmp_path / "a.shp"), "no way from 'EPSG:1'", "--crs", **EPSG_1),
    ):
        assert not any(word in text for word in ("GDAL", "SHAPE_RESTORE_SHX", "pyogrio", "proj_create"))


EPSG_1 = {"properties": FOREST, "vector": VectorOptions(crs="EPSG:1")}


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    refused(write(tmp_path, b"", "own.shp"), "not installed", "pip install 'droneops[zones]'")


# Fences


def plan(*polygons, circles=(), version=2):
    fence = {"version": version, "polygons": list(polygons), "circles": list(circles)}
    return json.dumps({"fileType": "Plan", "version": 1, "geoFence": fence})


def fence(inclusion=False, **more):
    ring = [[16.4, 104.7], [16.4, 104.8], [16.5, 104.8]]
    return {"version": 1, "inclusion": inclusion, "polygon": ring} | more


NO_FLY = PropertyOptions(kind="no_fly", accuracy_m=5.0)


def test_a_plan_gives_its_polygons_and_circles(tmp_path):
    circle = {"version": 1, "inclusion": False, "circle": {"center": [16.5, 104.7], "radius": 80.0}}
    polygon, round_one = imported(write(tmp_path, plan(fence(), circles=[circle]), "f.plan"), NO_FLY).zones
    assert (polygon.id, polygon.geometry.bounds) == ("f-polygon-1", (104.7, 16.4, 104.8, 16.5))
    assert (round_one.id, round_one.within_m) == ("f-circle-1", 80.0)


def test_a_fence_to_stay_in_is_not_taken_for_one_to_stay_out_of(tmp_path):
    both = write(tmp_path, plan(fence(True), fence(False)), "both.plan")
    refused(both, "inclusion fences (to stay in) and exclusion", "--only", properties=NO_FLY)
    assert [zone.id for zone in imported(both, NO_FLY, only="exclusion").zones] == ["both-polygon-2"]
    refused(write(tmp_path, plan(fence(True)), "in.plan"), "where the drone may fly", properties=NO_FLY)


BAD_PLANS = {
    "no plan": ("{}", ["no plan"]),
    "no JSON": ("{", ["not JSON"]),
    "an old fence": (plan(fence(), version=1), ["version 2"]),
    "no sense": (plan({"version": 1, "polygon": []}), ["polygon-1", "inclusion"]),
    "no vertices": (plan(fence(polygon=[])), ["polygon-1", "is empty"]),
    "vertices that are words": (plan(fence(polygon=["a", "b", "c"])), ["polygon-1", "malformed"]),
    "a circle without a radius": (
        plan(circles=[{"version": 1, "inclusion": False, "circle": {"center": [16, 104]}}]),
        ["circle-1", "malformed"],
    ),
    "a circle of no size": (
        plan(circles=[{"version": 1, "inclusion": False, "circle": {"center": [16, 104], "radius": 0}}]),
        ["within_m", "above 0"],
    ),
    "longitude first": (plan(fence(polygon=[[104.7, 16.4], [104.8, 16.4], [104.8, 16.5]])), ["--swap"]),
}


@pytest.mark.parametrize(("content", "parts"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_bad_plan_is_refused_with_the_place_and_the_mend(tmp_path, content, parts):
    refused(write(tmp_path, content, "own.plan"), *parts, properties=NO_FLY)


def items(*rows):
    lines = [
        f"{n}\t0\t3\t{command}\t{first}\t0\t0\t0\t{lat}\t{lon}\t0\t1"
        for n, (command, first, lat, lon) in enumerate(rows)
    ]
    return "\n".join(["QGC WPL 110", *lines]) + "\n"


TRIANGLE = [(5002, 3, 16.4, 104.7), (5002, 3, 16.4, 104.8), (5002, 3, 16.5, 104.8)]


def test_mavlink_fence_items_of_a_waypoint_file(tmp_path):
    rows = [(5000, 0, 16.4, 104.7), *TRIANGLE, *TRIANGLE, (5004, 80, 16.5, 104.7), (16, 0, 16.5, 104.7)]
    result = imported(write(tmp_path, items(*rows), "fence.waypoints"), NO_FLY)
    assert [(zone.id, zone.geometry.geom_type) for zone in result.zones] == [
        ("fence-fence-1", "Polygon"),
        ("fence-fence-2", "Polygon"),
        ("fence-fence-3", "Point"),
    ]
    assert result.zones[2].within_m == 80.0
    assert result.notes == ("1 items that are no fence left out",)


BAD_FENCES = {
    "no header": ("1 2 3", ["QGC WPL 110"]),
    "a mission": (items((16, 0, 16.5, 104.7)), ["1 items and no fence", "not the mission"]),
    "a vertex too few": (items(*TRIANGLE[:2]), ["line 2", "3 vertices"]),
    "another count in between": (items(TRIANGLE[0], (5002, 4, 16.4, 104.8), TRIANGLE[2]), ["line 2"]),
    "a fence of two": (items((5002, 2, 16.4, 104.8), (5002, 2, 16.4, 104.8)), ["line 2", "2 vertices"]),
    "a count that is none": (items((5002, "nan", 16.4, 104.8)), ["line 2", "nan vertices"]),
    "a field too few": ("QGC WPL 110\n0 0 3 5002 3", ["line 2", "5 fields"]),
    "nothing": ("QGC WPL 110\n", ["no features"]),
}


@pytest.mark.parametrize(("content", "parts"), BAD_FENCES.values(), ids=BAD_FENCES)
def test_a_bad_fence_file_is_refused_with_the_line_and_the_mend(tmp_path, content, parts):
    refused(write(tmp_path, content, "own.waypoints"), *parts, properties=NO_FLY)


# Anything


SAMPLES = {
    read_kml: kml(placemark(polygon(SQUARE, HOLE)), placemark("<MultiGeometry></MultiGeometry>")).encode(),
    read_kmz: kmz(doc_kml=kml(placemark())),
    read_geojson: collection().encode(),
    read_plan: plan(fence()).encode(),
    read_fence_text: items(*TRIANGLE, (5004, 80, 16.5, 104.7)).encode(),
}


@pytest.mark.parametrize("read", SAMPLES, ids=lambda read: read.__name__)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_bytes_a_reader_gives_a_layer_or_one_line(read, data):
    content = bytearray(SAMPLES[read])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        content = content or bytearray(b" ")
    try:
        read(bytes(content), "own")
    except ZoneError as error:
        assert "\n" not in str(error)


@settings(max_examples=100, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "features",
                        "geometry",
                        "coordinates",
                        "properties",
                        "crs",
                        "fileType",
                        "geoFence",
                        "version",
                        "polygons",
                        "circles",
                    ]
                ),
                v,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@example(
    value={"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Polygon"}}]}
)
@example(value={"fileType": "Plan", "geoFence": {"version": 2, "polygons": 7}})
def test_whatever_the_json_a_reader_gives_a_layer_or_one_line(value):
    content = json.dumps(value).encode()
    for read in (read_geojson, read_plan):
        try:
            read(content, "own")
        except ZoneError as error:
            assert "\n" not in str(error)


# The commands


def test_the_examples_of_the_commands_work(droneops, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert droneops("zones", "list").status == 0
    at_town = ["--lat-deg", "16.5436", "--lon-deg", "104.7235", "--sigma-m", "10"]
    assert (
        "uncertain: the line is known to 120 m, the point to 10 m"
        in droneops("zones", "check", *at_town).stdout
    )
    assert droneops("zones", "export", "--kind", "park", "--out", "parks.kml").status == 0
    back = droneops("zones", "import", "parks.kml", "--out", "parks.geojson")
    assert (back.status, back.stdout) == (0, "3 zones written to parks.geojson\n")
    assert all(zone.source.startswith("Stand-in") for zone in load_layer(tmp_path / "parks.geojson"))
    plan = droneops(
        "zones", "export", "--kind", "park", "--fence", "inclusion", "--out", "parks.plan", "--json"
    )
    assert len(json.loads(plan.stdout)["zones"]) == 3


def test_stand_ins_that_go_to_another_program_and_back_are_said_to_be_no_legal_boundaries(
    droneops, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    out = droneops("zones", "export", "--id", "phu-pha-thoep", "--out", "park.kml")
    back = droneops("zones", "import", "park.kml", "--out", "park.geojson")
    told = "warning: stand-ins among them, NOT legal boundaries: phu-pha-thoep\n"
    assert told in out.stderr and told in back.stderr
    assert "stand-ins" not in droneops("zones", "export", "--kind", "border", "--out", "b.kml").stderr


def test_an_import_never_replaces_the_file_it_reads(droneops, tmp_path):
    path = write(tmp_path, json.dumps(json.loads(SAMPLES[read_geojson])), "own.geojson")
    before = path.read_bytes()
    done = droneops("zones", "import", str(path), "--out", str(path), "--overwrite")
    assert done.status == 2 and "is the file that is imported" in done.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("option", ["crs", "layer", "encoding"])
def test_an_option_that_a_format_does_not_heed_is_refused(tmp_path, option):
    path = write(tmp_path, kml(placemark()))
    refused(path, f"--{option} is for .shp or .gpkg alone", vector=VectorOptions(**{option: "x"}))


def test_a_place_whose_error_nobody_gave_is_said_to_be_taken_as_exact(droneops):
    told = droneops("zones", "check", "--lat-deg", "16.44", "--lon-deg", "104.75").stdout
    assert "taken as exact (--sigma-m says how unsure)" in told
    assert "known to 0 m" not in told and "the point to 0 m" not in told


def test_the_answer_as_json_has_all_that_is_needed_to_judge_it(droneops):
    answer = json.loads(
        droneops(
            "zones", "check", "--lat-deg", "16.44", "--lon-deg", "104.75", "--sigma-m", "10", "--json"
        ).stdout
    )
    park = next(zone for zone in answer["zones"] if zone["id"] == "phu-pha-thoep")
    assert park["placeholder"] is True and park["version"] == "1" and park["in_force"] is True
    assert park["name"] == {
        "th": "อุทยานแห่งชาติมุกดาหาร (ภูผาเทิบ)",
        "en": "Mukdahan National Park (Phu Pha Thoep)",
    }
    assert park["distance_m"] < 0 < park["probability_inside"]
    assert park["nearest"]["line_sigma_m"] == park["accuracy_m"]
    assert set(answer["border"]) == {"id", "distance_m", "sigma_m", "p_thailand", "side"}


def test_a_site_file_and_a_time_choose_the_zones(droneops, tmp_path):
    zone = {"id": "night", "kind": "permit", "accuracy_m": 1, "hours": "18:00-06:00"}
    feature = {"type": "Feature", "properties": zone, "geometry": mapping(box(104.7, 16.4, 104.8, 16.5))}
    (tmp_path / "own.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (tmp_path / "site.toml").write_text('[site]\nid = "s"\n[[zone_layer]]\npath = "own.geojson"\n')
    place = ["--lat-deg", 16.45, "--lon-deg", 104.75, "--site", tmp_path / "site.toml", "--json"]

    def in_force(at):
        zones = json.loads(droneops("zones", "check", *place, "--at", at).stdout)["zones"]
        return next(zone["in_force"] for zone in zones if zone["id"] == "night")

    assert in_force("2026-11-22T12:00:00Z") is True
    assert in_force("2026-11-22T05:00:00Z") is False


BAD_COMMANDS = {
    "a place that is none": (["check", "--lat-deg", "104", "--lon-deg", "16"], "latitude first"),
    "an error below zero": (["check", "--lat-deg", "16", "--lon-deg", "104", "--sigma-m", "-1"], "metres"),
    "a time that is none": (["check", "--lat-deg", "16", "--lon-deg", "104", "--at", "noon"], "2026-"),
    "no such zone": (["export", "--id", "x", "--out", "x.kml"], "phu-pha-thoep"),
    "an unknown format": (["export", "--out", "x.dwg"], ".geojson, .kml, .plan"),
    "a park as a fence": (["export", "--kind", "park", "--out", "x.plan"], "--fence"),
    "no zone of the kind": (["export", "--kind", "pier", "--out", "x.kml"], "zones list"),
    "a layer that is no GeoJSON": (["import", "x.kml", "--out", "x.kml"], ".geojson"),
    "no command": ([], "Missing command"),
}


@pytest.mark.parametrize(("arguments", "mend"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_wrong_command_ends_with_2_and_one_line(droneops, tmp_path, monkeypatch, arguments, mend):
    monkeypatch.chdir(tmp_path)
    outcome = droneops("zones", *arguments)
    assert outcome.status == 2
    assert mend in outcome.error
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept_unless_told(droneops, tmp_path):
    out = tmp_path / "own.kml"
    out.write_text("mine")
    assert "--overwrite" in droneops("zones", "export", "--out", out).error
    assert out.read_text() == "mine"
    assert droneops("zones", "export", "--out", out, "--overwrite").status == 0
    assert droneops("zones", "export", "--out", tmp_path / "no" / "x.kml").status == 2


def test_the_kinds_of_the_command_line_are_those_of_the_zones():
    from droneops.cli.zones import KindName
    from geofences import Kind

    assert [kind.value for kind in KindName] == [kind.value for kind in Kind]


def test_an_imported_layer_loads_as_it_is(droneops, tmp_path):
    path = write(tmp_path, kml(placemark(polygon(SQUARE, HOLE))))
    out = tmp_path / "own.geojson"
    arguments = [
        "--kind",
        "park",
        "--accuracy-m",
        "30",
        "--id-from",
        "name",
        "--licence",
        "own",
        "--version",
        "2",
    ]
    outcome = droneops("zones", "import", path, "--out", out, *arguments, "--json")
    assert json.loads(outcome.stdout)["zones"] == ["ป่า"]
    (zone,) = load_layer(out)
    assert (zone.accuracy_m, zone.licence, zone.version) == (30.0, "own", "2")
    assert (
        ZoneIndex([zone]).hits(lat_deg=16.41, lon_deg=104.71, cov_m2=np.eye(2))[0].probability_inside > 0.99
    )


@pytest.mark.parametrize("name", ["list", "check", "import", "export"])
def test_the_help_of_every_zones_command_has_an_example(droneops, name):
    outcome = droneops("zones", name, "--help")
    assert outcome.status == 0
    assert "Example: droneops zones" in outcome.stdout
