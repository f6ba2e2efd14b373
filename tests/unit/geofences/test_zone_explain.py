"""Why a point is said to be inside."""

from datetime import UTC, datetime

import numpy as np
import pytest
from made_zones import made_zone
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from geofences import Kind, ZoneIndex
from geofences.explain import explain

COV_M2 = np.diag([3.0**2, 4.0**2])


def explained(*zones, lat_deg=16.45, lon_deg=104.75, at=None, cov_m2=COV_M2):
    return explain(ZoneIndex(zones), lat_deg=lat_deg, lon_deg=lon_deg, cov_m2=cov_m2, at=at)


def test_it_gives_the_same_probability_and_distance_as_the_hit():
    zone = made_zone(accuracy_m=300.0)
    (answer,) = explained(zone, lon_deg=104.799).answers
    (hit,) = ZoneIndex([zone]).hits(lat_deg=16.45, lon_deg=104.799, cov_m2=COV_M2)
    assert (answer.probability_inside, answer.distance_m) == (hit.probability_inside, hit.distance_m)


def test_the_nearest_line_is_named_placed_and_known_as_well_as_it_is():
    (answer,) = explained(made_zone(), lon_deg=104.799).answers
    nearest = answer.nearest
    assert (nearest.line, nearest.bearing_deg) == ("outline", pytest.approx(90.0))
    assert (nearest.lat_deg, nearest.lon_deg) == (pytest.approx(16.45), pytest.approx(104.8))
    # Along east the point is known to 3 m and the line to 10 m.
    assert (nearest.point_sigma_m, nearest.line_sigma_m) == (pytest.approx(3.0), 10.0)
    assert nearest.sigma_m == pytest.approx(np.hypot(3.0, 10.0))


def test_a_hole_and_a_part_are_told_apart():
    holed = Polygon(
        box(104.7, 16.4, 104.8, 16.5).exterior, [box(104.74, 16.44, 104.749, 16.46).exterior.coords]
    )
    far = box(105.0, 16.4, 105.1, 16.5)
    (answer,) = explained(made_zone(geometry=MultiPolygon([far, holed]))).answers
    assert answer.nearest.line == "hole 1 of part 2"
    (answer,) = explained(made_zone(geometry=holed)).answers
    assert answer.nearest.line == "hole 1"


def test_a_corridor_is_known_by_the_edge_of_its_strip():
    trail = made_zone(geometry=LineString([(104.7, 16.45), (104.8, 16.45)]), kind=Kind.TRAIL, within_m=50.0)
    (answer,) = explained(trail).answers
    assert answer.nearest.line == "edge of the strip"
    assert answer.distance_m == pytest.approx(-50.0, abs=0.3)


def test_a_zone_out_of_force_is_shown_as_such():
    over = made_zone("over", valid_to=datetime(2026, 1, 1, tzinfo=UTC))
    found = explained(over, made_zone("now"), at=datetime(2026, 6, 1, tzinfo=UTC))
    assert {answer.zone.id: answer.in_force for answer in found.answers} == {"over": False, "now": True}


def test_zones_that_do_not_hold_it_come_with_distance_and_direction():
    away = [made_zone(f"z{n}", box(105 + n, 16.4, 105.1 + n, 16.5)) for n in range(5)]
    found = explained(*away)
    assert found.answers == ()
    assert [other.zone.id for other in found.others] == ["z0", "z1", "z2"]
    assert found.others[0].bearing_deg == pytest.approx(90.0)


def test_a_point_on_the_line_has_no_bearing():
    (answer,) = explained(made_zone(), lon_deg=104.8).answers
    assert answer.nearest.bearing_deg is None
    assert answer.nearest.sigma_m == pytest.approx(np.hypot(3.0, 10.0))
    assert answer.probability_inside == pytest.approx(0.5, abs=1e-6)
