"""The shipped border is what its script makes."""

import json
from importlib.metadata import PackageNotFoundError, version

import pytest
import shapely
from shapely.geometry import LineString, shape

from geofences import load_layer, shipped_layers
from geofences.derive_border import DeriveError, compare, layer_of, main

LINE = LineString([(104.75, 16.0), (104.75, 17.0)])


def installed():
    try:
        code, data = version("timezonefinder"), version("timezonefinder-data")
    except PackageNotFoundError:
        return "none"
    return f"timezonefinder {code}, timezonefinder-data {data}"


def shipped_feature():
    document = json.loads(shipped_layers()["mekong-border"].read_text(encoding="utf-8"))
    return document["features"][0]


def write_line(path, *coordinates):
    geometry = {"type": "LineString", "coordinates": coordinates}
    feature = {"type": "Feature", "properties": {"source": "other"}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def test_the_shipped_border_is_what_the_script_derives(tmp_path):
    recorded = shipped_feature()["properties"]["version"]
    if installed() != recorded:
        pytest.skip(f"the border was derived with {recorded}; installed: {installed()}")
    out = tmp_path / "border.geojson"
    assert main(["--out", str(out)]) == 0
    (derived,) = json.loads(out.read_text(encoding="utf-8"))["features"]
    shipped = shipped_feature()
    assert derived["geometry"] == shipped["geometry"]
    # The derivation text holds the figures of a comparison with a file that is not shipped.
    for feature in (derived, shipped):
        feature["properties"].pop("accuracy_derivation")
    assert derived["properties"] == shipped["properties"]
    assert len(load_layer(out)) == 1


def test_the_shipped_border_is_one_simple_line_across_its_box():
    feature = shipped_feature()
    line = shape(feature["geometry"])
    assert shapely.is_simple(line)
    west, south, east, north = feature["properties"]["covers"]
    frame = shapely.box(west, south, east, north)
    assert frame.covers(line)
    assert all(
        frame.boundary.distance(shapely.points(end)) < 1e-6 for end in (line.coords[0], line.coords[-1])
    )


def test_a_comparison_measures_the_distance_and_leaves_out_what_the_other_line_does_not_reach(tmp_path):
    other = write_line(tmp_path / "other.geojson", [104.751, 15.9], [104.751, 16.5])
    found = compare(LINE, other)
    # 0.001 deg of longitude at 16 to 16.5 deg is 107.0 to 106.7 m; the other line ends half-way.
    assert found.median_m == pytest.approx(106.9, abs=0.2)
    assert found.max_m == pytest.approx(107.0, abs=0.2)
    assert found.n == pytest.approx(found.skipped, rel=0.01)
    assert found.n + found.skipped == pytest.approx(110_660 / 50, rel=0.01)


def test_a_comparison_with_a_line_elsewhere_is_refused(tmp_path):
    other = write_line(tmp_path / "other.geojson", [104.75, 18.0], [104.75, 19.0])
    with pytest.raises(DeriveError, match=r"other.geojson has no stretch .*; compare"):
        compare(LINE, other)


def test_the_derivation_says_what_was_measured_or_that_nothing_was(tmp_path):
    found = compare(LINE, write_line(tmp_path / "other.geojson", [104.751, 15.9], [104.751, 17.1]))

    def derivation(comparison):
        return layer_of(LINE, "TH", comparison)["features"][0]["properties"]["accuracy_derivation"]

    assert f"n {found.n}, median {found.median_m:.2f} m" in derivation(found)
    assert "Not measured" in derivation(None)
    assert all("thalweg" in derivation(comparison) for comparison in (found, None))


def test_without_timezonefinder_the_script_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "timezonefinder", None)
    assert main(["--out", str(tmp_path / "border.geojson")]) == 2
    message = capsys.readouterr().err
    assert "pip install timezonefinder" in message
    assert message.count("\n") == 1
