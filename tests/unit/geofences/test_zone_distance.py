"""Distances with a side, strips, and metres about a point."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, box

from geofences.area import make_area, touches
from geofences.box import Box
from geofences.line_sides import sides_of_line
from geofences.local_metres import bearing_deg, local_frame, to_degrees, to_metres
from geofences.signed_distance import signed_distance_m, signed_distance_to_line_m
from geofences.strip import strip_about

LAT_DEG, LON_DEG = 16.5436, 104.7235
FRAME = local_frame(lat_deg=LAT_DEG, lon_deg=LON_DEG)
ZIGZAG = LineString([(104.70, 16.40), (104.72, 16.45), (104.68, 16.50), (104.72, 16.55), (104.70, 16.60)])


def at(east_m, north_m):
    (lon_deg, lat_deg) = to_degrees(FRAME, np.array([[east_m, north_m]]))[0].tolist()
    return {"lat_deg": lat_deg, "lon_deg": lon_deg}


def test_metres_in_a_degree_agree_with_the_geodesic():
    geod = pytest.importorskip("pyproj", reason="pyproj holds the independent geodesic").Geod(ellps="WGS84")
    east_m, north_m = to_metres(FRAME, np.array([[LON_DEG + 0.001, LAT_DEG + 0.001]]))[0]
    azimuth_deg, _, distance_m = geod.inv(LON_DEG, LAT_DEG, LON_DEG + 0.001, LAT_DEG + 0.001)
    assert math.hypot(east_m, north_m) == pytest.approx(distance_m, rel=2e-5)
    assert bearing_deg(east_m=east_m, north_m=north_m) == pytest.approx(azimuth_deg, abs=1e-3)


@given(st.floats(-5e4, 5e4), st.floats(-5e4, 5e4))
def test_degrees_and_metres_are_each_others_inverse(east_m, north_m):
    there = to_metres(FRAME, to_degrees(FRAME, np.array([[east_m, north_m]])))
    assert there[0] == pytest.approx([east_m, north_m], abs=1e-6)


@pytest.mark.parametrize(
    ("east_m", "north_m", "expected_deg"), [(0, 1, 0.0), (1, 0, 90.0), (0, -1, 180.0), (-1, 0, 270.0)]
)
def test_bearings_run_clockwise_from_north(east_m, north_m, expected_deg):
    assert bearing_deg(east_m=east_m, north_m=north_m) == pytest.approx(expected_deg)


def test_the_distance_to_a_polygon_is_negative_inside_and_positive_outside():
    corners = to_degrees(FRAME, np.array([[-100.0, -50.0], [300.0, 200.0]]))
    area = make_area(box(*corners.ravel().tolist()))
    assert signed_distance_m(area, lat_deg=LAT_DEG, lon_deg=LON_DEG) == pytest.approx(-50.0, abs=1e-3)
    assert signed_distance_m(area, **at(-130.0, -90.0)) == pytest.approx(50.0, abs=1e-2)
    assert signed_distance_m(area, **at(-100.0, 0.0)) == pytest.approx(0.0, abs=1e-6)


def test_a_point_in_a_hole_is_outside():
    ring = box(104.0, 16.0, 105.0, 17.0).difference(box(104.7, 16.5, 104.75, 16.6))
    assert signed_distance_m(make_area(ring), lat_deg=LAT_DEG, lon_deg=LON_DEG) > 0.0


@given(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), st.sampled_from([1, 2, 3]))
def test_the_side_of_a_zigzag_is_right_around_its_corners(east_deg, north_deg, corner):
    lon_deg, lat_deg = ZIGZAG.coords[corner]
    lon_deg, lat_deg = lon_deg + east_deg, lat_deg + north_deg
    line_lon_deg = float(np.interp(lat_deg, [y for _, y in ZIGZAG.coords], [x for x, _ in ZIGZAG.coords]))
    distance_m = signed_distance_to_line_m(sides_of_line(ZIGZAG), lat_deg=lat_deg, lon_deg=lon_deg)
    if abs(lon_deg - line_lon_deg) > 1e-9:
        # The zigzag climbs northward, so its left is the west.
        assert (distance_m > 0.0) == (lon_deg < line_lon_deg)


def test_drawing_a_line_the_other_way_exchanges_its_sides():
    forth = signed_distance_to_line_m(sides_of_line(ZIGZAG), lat_deg=16.47, lon_deg=104.60)
    back = signed_distance_to_line_m(sides_of_line(ZIGZAG.reverse()), lat_deg=16.47, lon_deg=104.60)
    assert forth > 0.0
    assert back == pytest.approx(-forth)


def test_the_two_sides_fill_the_ground_and_share_nothing_but_the_line():
    sides = sides_of_line(ZIGZAG)
    left, right = sides.left.polygon, sides.right.polygon
    assert left.area + right.area == pytest.approx(left.union(right).area)
    assert left.intersection(right).area == pytest.approx(0.0, abs=1e-12)
    assert left.union(right).area == pytest.approx((0.5 + 0.04 + 0.5) * (0.5 + 0.2 + 0.5))


def test_far_from_a_line_there_is_no_side():
    with pytest.raises(ValueError, match="too far for a side"):
        signed_distance_to_line_m(sides_of_line(ZIGZAG), lat_deg=18.0, lon_deg=104.7)


def test_a_line_that_does_not_cross_its_box_is_refused():
    with pytest.raises(ValueError, match="from the edge of the box"):
        sides_of_line(ZIGZAG, Box(west_deg=104.0, south_deg=16.3, east_deg=105.0, north_deg=16.6))


def test_a_line_whose_continuation_meets_it_is_refused():
    hook = LineString([(104.70, 16.40), (104.80, 16.40), (104.80, 16.50), (104.75, 16.50), (104.75, 16.45)])
    with pytest.raises(ValueError, match="meets itself"):
        sides_of_line(hook)


@pytest.mark.parametrize("within_m", [20.0, 1000.0])
def test_a_strip_reaches_as_far_as_it_says(within_m):
    strip = make_area(strip_about(ZIGZAG, within_m))
    sides = sides_of_line(ZIGZAG)
    random = np.random.default_rng(3)
    for lon_deg, lat_deg in random.uniform([104.66, 16.39], [104.74, 16.61], (400, 2)).tolist():
        distance_m = abs(signed_distance_to_line_m(sides, lat_deg=lat_deg, lon_deg=lon_deg))
        if abs(distance_m / within_m - 1.0) > 0.003:
            assert touches(strip, lat_deg=lat_deg, lon_deg=lon_deg) == (distance_m < within_m)


def test_a_repeated_vertex_changes_neither_strip_nor_sides():
    doubled = LineString([point for point in ZIGZAG.coords for _ in range(2)])
    assert strip_about(doubled, 200.0).symmetric_difference(strip_about(ZIGZAG, 200.0)).area < 1e-9
    assert sides_of_line(doubled).left.polygon.equals(sides_of_line(ZIGZAG).left.polygon)


def test_a_strip_about_a_point_is_a_disc():
    disc = strip_about(Point(LON_DEG, LAT_DEG), 150.0)
    assert not isinstance(disc, MultiPolygon)
    area_m2 = disc.area * FRAME.east_m_per_deg * FRAME.north_m_per_deg
    assert area_m2 == pytest.approx(math.pi * 150.0**2, rel=0.005)
