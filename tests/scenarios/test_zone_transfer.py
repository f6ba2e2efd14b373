"""Zones in and out: what would be lost, or not heeded, is refused or said."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely
from shapely.geometry import box, mapping

from geofences import ZoneError, load_layer, load_zones
from geofences.exports import export_zones
from geofences.imports import ImportOptions, import_layer
from geofences.imports.properties import PropertyOptions
from geofences.layer import shipped_layers

SQUARE = box(104.7, 16.4, 104.8, 16.5)
LINE = {"type": "LineString", "coordinates": [[104.7, 16.4], [104.8, 16.5]]}
OPEN = [[104.7, 16.4], [104.8, 16.4], [104.8, 16.5]]


def layer(path, *zones):
    features = [
        {"type": "Feature", "properties": {"accuracy_m": 5} | own, "geometry": shape} for own, shape in zones
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def park(zone_id="own", shape=None, **more):
    return {"id": zone_id, "kind": "park"} | more, shape or mapping(SQUARE)


@pytest.fixture
def site(tmp_path):
    """A site with two parks and a pier of its own."""
    pier = {"id": "pier", "kind": "pier", "within_m": 50}, {"type": "Point", "coordinates": [104.73, 16.54]}
    layer(tmp_path / "own.geojson", park("a"), park("b"), pier)
    path = tmp_path / "site.toml"
    path.write_text('[site]\nid = "s"\n[[zone_layer]]\npath = "own.geojson"\n')
    return path


def test_an_export_never_goes_over_a_layer_of_the_site(droneops, site, tmp_path, monkeypatch):
    own = tmp_path / "own.geojson"
    before = own.read_bytes()
    (tmp_path / "link.geojson").symlink_to(own)
    monkeypatch.chdir(tmp_path)
    for name in (own, "own.geojson", "./link.geojson"):
        outcome = droneops("zones", "export", "--site", site, "--id", "a", "--out", name, "--overwrite")
        assert outcome.status == 2
        assert "is a layer that the zones come from" in outcome.error
        assert "choose another name" in outcome.error
    assert own.read_bytes() == before
    assert droneops("zones", "export", "--site", site, "--id", "a", "--out", "new.geojson").status == 0


def test_an_export_never_goes_over_a_shipped_layer(droneops):
    shipped = shipped_layers()["mekong-border"]
    before = shipped.read_bytes()
    outcome = droneops("zones", "export", "--kind", "park", "--out", shipped, "--overwrite")
    assert (outcome.status, "come from" in outcome.error) == (2, True)
    assert shipped.read_bytes() == before


def exported(droneops, site, tmp_path, *options):
    out = tmp_path / "out.kml"
    outcome = droneops("zones", "export", "--site", site, "--out", out, "--overwrite", "--json", *options)
    return outcome if outcome.status else json.loads(outcome.stdout)


def test_id_and_kind_together_choose_what_fits_both(droneops, site, tmp_path):
    assert exported(droneops, site, tmp_path, "--id", "a", "--kind", "park")["zones"] == ["a"]
    done = exported(droneops, site, tmp_path, "--id", "a", "--id", "pier", "--kind", "park")
    assert done["zones"] == ["a"]
    assert done["notes"] == ["pier left out: it is of kind pier, which --kind does not name"]
    neither = exported(droneops, site, tmp_path, "--id", "pier", "--kind", "park")
    assert "fits none of --id: pier is of kind pier" in neither.error


@pytest.mark.parametrize("suffix", [".kml", ".geojson"])
def test_a_fence_is_refused_where_the_format_has_none(droneops, site, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    outcome = droneops("zones", "export", "--site", site, "--fence", "inclusion", "--out", out)
    assert outcome.status == 2
    assert "--fence inclusion is for .plan" in outcome.error
    assert not out.exists()


def test_a_stand_in_is_named_as_such_where_map_programs_show_it(tmp_path):
    zones = load_zones()
    out = tmp_path / "all.kml"
    out.write_text(export_zones(zones, ".kml", title="x", fence=None).text, encoding="utf-8")
    document = ET.fromstring(out.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    names = [mark.findtext("{*}name") or "" for mark in document.iter() if mark.tag.endswith("Placemark")]
    for zone, name in zip(zones, names, strict=True):
        assert ("STAND-IN" in name, "แนวสมมุติ" in name) == (zone.placeholder, zone.placeholder)
    again = import_layer(out, ImportOptions()).zones
    assert [(zone.name_th, zone.placeholder) for zone in again] == [
        (zone.name_th, zone.placeholder) for zone in zones
    ]


def imported(path, **options):
    return import_layer(path, ImportOptions(PropertyOptions(**options)))


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Polygon", "coordinates": [OPEN]},
        {"type": "MultiPolygon", "coordinates": [[OPEN]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [OPEN]}]},
    ],
)
def test_an_open_ring_of_a_geojson_is_closed_and_said(tmp_path, shape):
    result = imported(layer(tmp_path / "own.geojson", park(shape=shape)))
    assert result.notes == (
        "feature 0: an open ring closed from the last vertex to the first; look at it on a map",
    )
    closed = mapping(SQUARE)
    assert imported(layer(tmp_path / "closed.geojson", park(shape=closed))).notes == ()


def test_an_open_ring_of_a_kml_is_closed_and_said(tmp_path):
    def notes(vertices):
        ring = f"<LinearRing><coordinates>{vertices}</coordinates></LinearRing>"
        shape = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
        path = tmp_path / "own.kml"
        path.write_text(f"<kml><Placemark><name>a</name>{shape}</Placemark></kml>")
        return imported(path, kind="park", accuracy_m=5.0, id_from="name").notes

    three = "104.7,16.4 104.8,16.4 104.8,16.5"
    assert "an open ring closed" in notes(three)[0]
    assert notes(f"{three} 104.7,16.4,0") == ()


def test_an_open_ring_of_a_geopackage_is_closed_and_said(tmp_path):
    raw = pytest.importorskip("pyogrio.raw", reason="the extra `zones` is not installed")
    whole = shapely.to_wkb(SQUARE)
    # Byte order, type, one ring, its number of vertices (at 9), 16 bytes each.
    cut = whole[:9] + (4).to_bytes(4, "little") + whole[13:-16]
    path = tmp_path / "own.gpkg"
    columns = [np.array(["a"], dtype=object)]
    raw.write(path, np.array([cut], dtype=object), columns, ["id"], geometry_type="Polygon", crs="EPSG:4326")
    result = imported(path, kind="park", accuracy_m=5.0)
    assert "feature 0: an open ring closed" in " ".join(result.notes)
    assert result.zones[0].geometry.equals(SQUARE)


def test_a_strip_about_polygons_is_refused_and_among_others_said(tmp_path):
    only = layer(tmp_path / "only.geojson", park())
    with pytest.raises(ZoneError, match=r"--within-m 200 is for lines and points.*draw it wider"):
        imported(only, within_m=200.0)
    trail = {"id": "trail", "kind": "trail"}, LINE
    mixed = imported(layer(tmp_path / "mixed.geojson", park(), trail), within_m=200.0)
    assert mixed.notes == ("within_m not used for 1 polygons, which are zones themselves: feature 0",)
    assert [zone.within_m for zone in mixed.zones] == [None, 200.0]
    own = imported(layer(tmp_path / "own.geojson", park(within_m=30)))
    assert "within_m not used for 1 polygons" in own.notes[0]


def test_an_imported_layer_is_what_it_says(tmp_path, droneops):
    source = layer(tmp_path / "in.geojson", park(shape={"type": "Polygon", "coordinates": [OPEN]}))
    outcome = droneops("zones", "import", source, "--out", tmp_path / "out.geojson")
    assert "an open ring closed" in outcome.warnings[0]
    assert [zone.id for zone in load_layer(tmp_path / "out.geojson")] == ["own"]
