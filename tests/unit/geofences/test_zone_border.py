"""The side of the border, and how sure it is."""

import dataclasses
import math

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString

from geofences import Kind, Zone, ZoneError, ZoneIndex, load_zones
from geofences.local_metres import local_frame, to_degrees

MUKDAHAN = {"lat_deg": 16.5436, "lon_deg": 104.7235}
SAVANNAKHET = {"lat_deg": 16.5562, "lon_deg": 104.7573}
SMALL_M2 = np.diag([10.0**2, 10.0**2])


@pytest.fixture(scope="module")
def shipped():
    return ZoneIndex(load_zones())


def straight(**changes):
    """A border due north along 104.75 E, Thailand to its left (the west)."""
    plain = Zone(
        id="line",
        kind=Kind.BORDER,
        name_th="",
        name_en="",
        accuracy_m=100.0,
        source="",
        licence="",
        version="",
        placeholder=False,
        valid_from=None,
        valid_to=None,
        side_left="TH",
        side_right="LA",
        within_m=1000.0,
        covers=None,
        geometry=LineString([(104.75, 16.0), (104.75, 17.0)]),
        sha256="",
    )
    return dataclasses.replace(plain, **changes)


def beside_straight(east_m, north_m=0.0):
    frame = local_frame(lat_deg=16.5, lon_deg=104.75)
    lon_deg, lat_deg = to_degrees(frame, np.array([[east_m, north_m]]))[0].tolist()
    return {"lat_deg": lat_deg, "lon_deg": lon_deg}


def test_mukdahan_is_in_thailand_and_savannakhet_in_laos(shipped):
    thai, lao = shipped.border(**MUKDAHAN, cov_m2=SMALL_M2), shipped.border(**SAVANNAKHET, cov_m2=SMALL_M2)
    assert (thai.side, lao.side) == ("TH", "LA")
    assert thai.p_thailand > 0.999
    assert lao.p_thailand < 0.001
    assert thai.distance_m > 500.0
    assert lao.distance_m < -500.0


def test_the_places_where_the_parks_lie_are_in_thailand(shipped):
    for zone in shipped.placeholders:
        middle = zone.geometry.centroid
        side = shipped.border(lat_deg=middle.y, lon_deg=middle.x, cov_m2=SMALL_M2)
        assert side.side == "TH"


def test_on_the_line_the_side_is_uncertain_and_the_chances_even(shipped):
    (border,) = [zone for zone in shipped.zones if zone.kind is Kind.BORDER]
    on_line = border.geometry.interpolate(0.5, normalized=True)
    side = shipped.border(lat_deg=on_line.y, lon_deg=on_line.x, cov_m2=SMALL_M2)
    assert side.side == "uncertain"
    assert side.p_thailand == pytest.approx(0.5, abs=0.15)
    assert side.distance_m == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("east_m", [-400.0, -150.0, -20.0, 0.0, 60.0, 300.0])
def test_beside_a_straight_border_the_probability_is_normal_in_the_distance(turned, east_m):
    zone = straight()
    if turned:
        zone = straight(geometry=zone.geometry.reverse(), side_left="LA", side_right="TH")
    cov_m2 = np.array([[75.0**2, 30.0**2], [30.0**2, 40.0**2]])
    side = ZoneIndex([zone]).border(**beside_straight(east_m), cov_m2=cov_m2)
    sigma_m = math.hypot(75.0, 100.0)
    expected = 0.5 * (1.0 + math.erf(-east_m / sigma_m / math.sqrt(2.0)))
    assert side.zone_id == "line"
    assert side.distance_m == pytest.approx(-east_m, abs=1e-3)
    assert side.sigma_m == pytest.approx(sigma_m, rel=1e-6)
    assert side.p_thailand == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("deviates", "side"),
    [(1.27, "uncertain"), (1.30, "TH"), (-1.27, "uncertain"), (-1.30, "LA"), (0.0, "uncertain")],
)
def test_a_side_is_named_only_from_nine_in_ten(deviates, side):
    found = ZoneIndex([straight()]).border(**beside_straight(-100.0 * deviates), cov_m2=np.zeros((2, 2)))
    assert found.side == side


def test_a_bend_counts_in_the_probability():
    # Thailand is the quarter south-west of the corner: a half-plane would say 0.5 there.
    corner = straight(
        geometry=LineString([(104.0, 16.5), (104.75, 16.5), (104.75, 16.0)]), side_left="LA", side_right="TH"
    )
    side = ZoneIndex([corner]).border(lat_deg=16.5, lon_deg=104.75, cov_m2=np.zeros((2, 2)))
    assert side.p_thailand == pytest.approx(0.25, abs=1e-9)


def test_the_probability_beside_the_shipped_border_is_what_counting_gives(shipped):
    (zone,) = [zone for zone in shipped.zones if zone.kind is Kind.BORDER]
    box = shapely.box(104.0, 15.9, 105.3, 17.1)
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union([box.boundary, zone.geometry])]))
    (thailand,) = [face for face in faces if face.contains(shapely.points(104.7235, 16.5436))]
    random, n = np.random.default_rng(7), 200_000
    for share in (0.21, 0.48, 0.63):
        near = zone.geometry.interpolate(share, normalized=True)
        frame = local_frame(lat_deg=near.y + 0.001, lon_deg=near.x - 0.001)
        cov_m2 = np.array([[150.0**2, 60.0**2], [60.0**2, 90.0**2]])
        points_m = random.multivariate_normal([0, 0], cov_m2, n) + random.normal(0.0, zone.accuracy_m, (n, 2))
        counted = float(np.mean(shapely.contains_xy(thailand, to_degrees(frame, points_m))))
        side = shipped.border(lat_deg=frame.lat_deg, lon_deg=frame.lon_deg, cov_m2=cov_m2)
        assert abs(side.p_thailand - counted) < 4.5 * math.sqrt(counted * (1.0 - counted) / n) + 1e-4


def test_outside_the_covered_box_there_is_no_side_and_the_gap_is_told(shipped):
    north = {"lat_deg": 17.2, "lon_deg": 104.7}
    assert shipped.border(**north, cov_m2=SMALL_M2) is None
    assert shipped.border_gap_m(**north) == pytest.approx(0.1 * 110_660.0, rel=1e-3)
    assert shipped.border_gap_m(**MUKDAHAN) == 0.0


def test_without_a_box_a_line_answers_beside_itself_and_not_beyond_its_ends():
    index = ZoneIndex([straight()])
    beyond = {"lat_deg": 17.01, "lon_deg": 104.74}
    assert index.border(**beyond, cov_m2=SMALL_M2) is None
    assert index.border_gap_m(**beyond) == pytest.approx(0.01 * 110_660.0, rel=1e-3)
    assert index.border(lat_deg=16.99, lon_deg=104.74, cov_m2=SMALL_M2).side == "TH"


def test_an_index_without_a_border_has_no_side():
    parks = [zone for zone in load_zones() if zone.kind is Kind.PARK]
    assert ZoneIndex(parks).border(**MUKDAHAN, cov_m2=SMALL_M2) is None


def test_of_two_borders_the_nearer_answers():
    far = straight(id="far", geometry=LineString([(104.9, 16.0), (104.9, 17.0)]))
    index = ZoneIndex([far, straight()])
    assert index.border(**beside_straight(100.0), cov_m2=SMALL_M2).zone_id == "line"


def test_a_border_in_pieces_is_refused_with_the_mend():
    pieces = MultiLineString([[(104.75, 16.0), (104.75, 16.4)], [(104.75, 16.5), (104.75, 17.0)]])
    with pytest.raises(
        ZoneError, match="id 'line': the border is not one line from end to end; join its parts"
    ):
        ZoneIndex([straight(geometry=pieces)])


def test_a_border_that_winds_about_itself_is_refused_with_the_mend():
    hook = LineString([(104.70, 16.4), (104.80, 16.4), (104.80, 16.5), (104.75, 16.5), (104.75, 16.45)])
    with pytest.raises(ZoneError, match=r"meets itself; set `covers`") as refused:
        ZoneIndex([straight(geometry=hook)])
    assert "\n" not in str(refused.value)
