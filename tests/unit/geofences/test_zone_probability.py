"""P(inside) against closed forms, Monte Carlo and its own symmetries."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geofences.area import make_area
from geofences.covariance import spread_of, whitening
from geofences.edges import edges_of
from geofences.local_metres import local_frame, to_degrees
from geofences.normal_mass import normal_mass
from geofences.probability import probability_inside

LAT_DEG, LON_DEG = 16.5436, 104.7235
FRAME = local_frame(lat_deg=LAT_DEG, lon_deg=LON_DEG)
FAR_M = 100_000.0


def in_degrees(polygon_m):
    """A polygon in metres about the point, put on the map."""
    return shapely.transform(polygon_m, lambda xy: to_degrees(FRAME, xy))


def p_inside(polygon_m, cov_m2, accuracy_m=0.0):
    area = make_area(in_degrees(polygon_m))
    return probability_inside(area, lat_deg=LAT_DEG, lon_deg=LON_DEG, cov_m2=cov_m2, accuracy_m=accuracy_m)


def phi(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def covariance(sigma_1_m, sigma_2_m, turn_rad):
    turn = np.array([[math.cos(turn_rad), -math.sin(turn_rad)], [math.sin(turn_rad), math.cos(turn_rad)]])
    return turn @ np.diag([sigma_1_m**2, sigma_2_m**2]) @ turn.T


def star(radii_m, east_m, north_m):
    """A simple polygon, mostly not convex, whose vertices lie at the given radii around its middle."""
    angles = np.arange(len(radii_m)) * 2.0 * math.pi / len(radii_m)
    return Polygon(np.stack([east_m + radii_m * np.cos(angles), north_m + radii_m * np.sin(angles)], axis=1))


stars = st.builds(
    star,
    st.lists(st.floats(5.0, 300.0), min_size=3, max_size=12).map(np.array),
    st.floats(-150.0, 150.0),
    st.floats(-150.0, 150.0),
)
covariances = st.builds(covariance, st.floats(0.5, 200.0), st.floats(0.5, 200.0), st.floats(0.0, math.pi))


@given(stars, covariances, st.floats(0.0, 200.0))
def test_a_probability_is_between_zero_and_one(polygon_m, cov_m2, accuracy_m):
    assert 0.0 <= p_inside(polygon_m, cov_m2, accuracy_m) <= 1.0


@given(stars, covariances)
def test_inside_and_outside_add_up_to_one(polygon_m, cov_m2):
    outside_m = Polygon(box(-FAR_M, -FAR_M, FAR_M, FAR_M).exterior, [polygon_m.exterior])
    assert p_inside(polygon_m, cov_m2) + p_inside(outside_m, cov_m2) == pytest.approx(1.0, abs=1e-10)


@given(stars, covariances, st.floats(0.0, 2.0 * math.pi))
def test_turning_point_and_zone_together_changes_nothing(polygon_m, cov_m2, turn_rad):
    turned_m = affinity.rotate(polygon_m, turn_rad, origin=(0.0, 0.0), use_radians=True)
    turn = np.array([[math.cos(turn_rad), -math.sin(turn_rad)], [math.sin(turn_rad), math.cos(turn_rad)]])
    expected = p_inside(polygon_m, cov_m2)
    assert p_inside(turned_m, turn @ cov_m2 @ turn.T) == pytest.approx(expected, abs=1e-8)


@given(stars, covariances, st.floats(-0.1, 0.1))
def test_shifting_point_and_zone_eastward_together_changes_nothing(polygon_m, cov_m2, east_deg):
    moved = make_area(affinity.translate(in_degrees(polygon_m), xoff=east_deg))
    there = probability_inside(moved, lat_deg=LAT_DEG, lon_deg=LON_DEG + east_deg, cov_m2=cov_m2)
    assert there == pytest.approx(p_inside(polygon_m, cov_m2), abs=1e-8)


@given(stars, st.floats(1e-9, 1e-4))
def test_a_point_known_exactly_is_inside_or_it_is_not(polygon_m, sigma_m):
    distance_m = polygon_m.exterior.distance(Point(0.0, 0.0))
    if distance_m > 0.01:
        inside = float(polygon_m.contains(Point(0.0, 0.0)))
        assert p_inside(polygon_m, np.eye(2) * sigma_m**2) == inside
        assert p_inside(polygon_m, np.zeros((2, 2))) == inside


@given(stars, covariances, st.floats(0.1, 0.9))
def test_a_hole_is_subtracted(polygon_m, cov_m2, share):
    hole_m = affinity.scale(polygon_m, share, share, origin=polygon_m.representative_point())
    assume(polygon_m.contains_properly(hole_m))
    ring_m = Polygon(polygon_m.exterior, [hole_m.exterior])
    expected = p_inside(polygon_m, cov_m2) - p_inside(hole_m, cov_m2)
    assert p_inside(ring_m, cov_m2) == pytest.approx(expected, abs=1e-10)


@given(stars, covariances)
def test_the_parts_of_a_multipolygon_add_up(polygon_m, cov_m2):
    other_m = affinity.translate(polygon_m, xoff=700.0)
    both_m = MultiPolygon([polygon_m, other_m])
    expected = p_inside(polygon_m, cov_m2) + p_inside(other_m, cov_m2)
    assert p_inside(both_m, cov_m2) == pytest.approx(expected, abs=1e-10)


@given(stars, covariances)
def test_the_direction_in_which_a_ring_is_drawn_does_not_matter(polygon_m, cov_m2):
    assert p_inside(polygon_m.reverse(), cov_m2) == pytest.approx(p_inside(polygon_m, cov_m2), abs=1e-12)


@given(stars, covariances, st.floats(0.0, 200.0))
def test_the_accuracy_of_a_line_counts_as_error_of_the_point(polygon_m, cov_m2, accuracy_m):
    wide_m2 = cov_m2 + np.eye(2) * accuracy_m**2
    assert p_inside(polygon_m, cov_m2, accuracy_m) == pytest.approx(p_inside(polygon_m, wide_m2), abs=1e-10)


@given(st.floats(-500.0, 500.0), covariances)
def test_beside_a_straight_line_it_is_the_normal_distribution(distance_m, cov_m2):
    half_plane_m = box(-distance_m, -FAR_M, FAR_M, FAR_M)
    expected = phi(distance_m / math.sqrt(cov_m2[0, 0]))
    assert p_inside(half_plane_m, cov_m2) == pytest.approx(expected, abs=1e-9)


@given(
    st.floats(-300.0, 300.0),
    st.floats(1.0, 400.0),
    st.floats(-300.0, 300.0),
    st.floats(1.0, 400.0),
    st.floats(0.5, 200.0),
    st.floats(0.5, 200.0),
)
def test_in_a_rectangle_it_is_the_product_of_two_normal_distributions(
    west_m, width_m, south_m, height_m, sigma_east_m, sigma_north_m
):
    east_m, north_m = west_m + width_m, south_m + height_m
    expected = (phi(east_m / sigma_east_m) - phi(west_m / sigma_east_m)) * (
        phi(north_m / sigma_north_m) - phi(south_m / sigma_north_m)
    )
    cov_m2 = np.diag([sigma_east_m**2, sigma_north_m**2])
    assert p_inside(box(west_m, south_m, east_m, north_m), cov_m2) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_counting_random_points_in_the_polygon(seed):
    random = np.random.default_rng(seed)
    polygon_m = star(random.uniform(20.0, 300.0, 11), *random.uniform(-100.0, 100.0, 2))
    middle = polygon_m.representative_point()
    hole_m = middle.buffer(0.5 * polygon_m.exterior.distance(middle))
    polygon_m = polygon_m.difference(hole_m)
    cov_m2 = covariance(*random.uniform(10.0, 150.0, 2), random.uniform(0.0, math.pi))
    accuracy_m, n = 40.0, 200_000
    points_m = random.multivariate_normal([0.0, 0.0], cov_m2, n) + random.normal(0.0, accuracy_m, (n, 2))
    counted = float(np.mean(shapely.contains_xy(polygon_m, points_m)))
    sigma = math.sqrt(counted * (1.0 - counted) / n)
    assert abs(p_inside(polygon_m, cov_m2, accuracy_m) - counted) < 4.5 * sigma + 1e-4


@pytest.mark.parametrize("sigma_m", [1e-3, 1.0, 100.0])
def test_on_a_straight_edge_it_is_a_half_and_on_a_corner_its_share_of_the_circle(sigma_m):
    cov_m2 = np.eye(2) * sigma_m**2
    assert p_inside(box(0.0, -FAR_M, FAR_M, FAR_M), cov_m2) == pytest.approx(0.5, abs=1e-6)
    assert p_inside(box(0.0, 0.0, FAR_M, FAR_M), cov_m2) == pytest.approx(0.25, abs=1e-6)
    wedge_m = Polygon([(0.0, 0.0), (FAR_M, 0.0), (FAR_M, FAR_M)])
    assert p_inside(wedge_m, cov_m2) == pytest.approx(0.125, abs=1e-6)


@given(st.floats(-1e-7, 1e-7))
def test_nothing_jumps_where_the_point_crosses_an_edge(east_m):
    polygon_m = box(east_m, -50.0, 200.0, 70.0)
    expected = p_inside(box(0.01, -50.0, 200.0, 70.0), np.eye(2) * 900.0)
    assert p_inside(polygon_m, np.eye(2) * 900.0) == pytest.approx(expected, abs=2e-4)


def test_on_the_boundary_with_no_error_at_all_it_is_a_half():
    square = make_area(box(104.0, 16.0, 105.0, 17.0))
    assert probability_inside(square, lat_deg=16.5, lon_deg=104.0, cov_m2=np.zeros((2, 2))) == 0.5


def test_repeated_vertices_change_nothing():
    plain_m, cov_m2 = box(-10.0, -20.0, 30.0, 40.0), np.eye(2) * 400.0
    doubled_m = Polygon([point for point in plain_m.exterior.coords for _ in range(2)])
    assert p_inside(doubled_m, cov_m2) == pytest.approx(p_inside(plain_m, cov_m2), abs=1e-12)


def test_an_error_in_one_direction_only_is_taken_as_it_is():
    along_m2 = np.array([[100.0**2, 0.0], [0.0, 0.0]])
    assert p_inside(box(-FAR_M, 5.0, FAR_M, FAR_M), along_m2) == pytest.approx(0.0, abs=1e-9)
    assert p_inside(box(50.0, -5.0, FAR_M, 5.0), along_m2) == pytest.approx(1.0 - phi(0.5), abs=1e-6)


@settings(max_examples=300, deadline=None)  # the first example loads scipy
@given(st.floats(-8.0, 1.2), st.floats(-4.0, 4.0), st.sampled_from([-1.0, 1.0]))
def test_an_edges_share_is_owens_t(log_h, log_a, sign):
    special = pytest.importorskip("scipy.special", reason="scipy holds the independent Owen's T")
    h, a = 10.0**log_h, sign * 10.0**log_a
    share = normal_mass(np.array([[h, 0.0]]), np.array([[h, a * h]]))
    assert share == pytest.approx(math.atan(a) / (2.0 * math.pi) - special.owens_t(h, a), abs=1e-12)


@given(stars, covariances)
def test_the_short_way_and_the_whole_way_round_agree(polygon_m, cov_m2):
    edges, white = edges_of(polygon_m), whitening(spread_of(cov_m2))
    whole = normal_mass(edges.start @ white.T, edges.end @ white.T)
    assert p_inside(polygon_m, cov_m2) == pytest.approx(whole, abs=1e-8)


@pytest.mark.parametrize(
    ("cov_m2", "says"),
    [
        (np.zeros((3, 3)), "shape"),
        (np.full((2, 2), np.nan), "not finite"),
        (np.array([[1.0, np.inf], [np.inf, 1.0]]), "not finite"),
        (np.array([[1.0, 0.5], [0.0, 1.0]]), "not symmetric"),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), "negative eigenvalue"),
        (np.array([[-1.0, 0.0], [0.0, 2.0]]), "negative eigenvalue"),
    ],
)
def test_what_is_no_covariance_is_refused(cov_m2, says):
    with pytest.raises(ValueError, match=says) as refused:
        p_inside(box(-1.0, -1.0, 1.0, 1.0), cov_m2)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg"), [(104.7, 16.5), (math.nan, 104.7), (16.5, 181.0), (90.0, 0.0)]
)
def test_what_is_no_place_is_refused(lat_deg, lon_deg):
    area = make_area(box(104.0, 16.0, 105.0, 17.0))
    with pytest.raises(ValueError, match="no place"):
        probability_inside(area, lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=np.eye(2))


@pytest.mark.parametrize("accuracy_m", [-1.0, math.nan, math.inf])
def test_what_is_no_accuracy_is_refused(accuracy_m):
    with pytest.raises(ValueError, match="accuracy_m"):
        p_inside(box(-1.0, -1.0, 1.0, 1.0), np.eye(2), accuracy_m)
