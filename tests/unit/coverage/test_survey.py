"""What may be said of the ground that a flight saw."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import EXACT, GROUND, LAT, LON, MIDNIGHT_US, NOON_US, PLANE, camera, pose, zone

from droneops.coverage.glance import Glances
from droneops.coverage.light import Light
from droneops.coverage.outline import coarsened, patches
from droneops.coverage.sharpness import Demand, person_px
from droneops.coverage.survey import Survey, survey_of
from droneops.coverage.verdict import Verdict
from droneops.geo.locate import locate
from droneops.types import NoGroundPoint, Sigma

NOWHERE = np.empty((0, 2))


def surveyed(*poses, zones=(), demand=None, of=None, flown=NOWHERE) -> Survey | None:
    glances = Glances()
    for one in poses:
        glances.add(one, of or camera(), GROUND)
    return survey_of(glances, flown, zones, demand or Demand())


def test_the_area_seen_straight_down_is_that_of_the_picture() -> None:
    seen = surveyed(pose(height_m=60))
    wide_m = 2 * 60 * math.tan(math.radians(31))
    assert seen.km2(Verdict.LOOKED) * 1e6 == pytest.approx(wide_m**2 * 720 / 1280, rel=0.1)


def test_a_person_of_five_by_eight_pixels_is_too_small_to_promise() -> None:
    """FIELD: at 100 m, 60 degrees down, 720p with 62 degrees of view."""
    slant_m = 100 / math.sin(math.radians(60))
    focal_px = 640 / math.tan(math.radians(31))
    size = person_px(np.array([slant_m]), np.array([slant_m]), np.array([100.0]), focal_px)
    assert float(size[0]) == pytest.approx(math.sqrt(5 * 8), rel=0.1)
    seen = surveyed(pose(height_m=100, pitch_deg=-60))
    assert seen.km2(Verdict.TOO_COARSE) > 5 * seen.km2(Verdict.LOOKED)


def test_flying_lower_turns_too_coarse_into_looked() -> None:
    high, low = surveyed(pose(height_m=150)), surveyed(pose(height_m=40))
    assert (high.km2(Verdict.LOOKED), low.km2(Verdict.TOO_COARSE)) == (0.0, 0.0)
    assert high.km2(Verdict.TOO_COARSE) > 0 < low.km2(Verdict.LOOKED)


def test_the_ground_sample_distance_straight_down_is_height_over_focal_length() -> None:
    seen = surveyed(pose(height_m=60)).painted
    expected_m = 60 / (640 / math.tan(math.radians(31)))
    assert float(seen.across_m[seen.looks > 0].min()) == pytest.approx(expected_m, rel=0.01)
    assert float(seen.along_m[seen.looks > 0].min()) == pytest.approx(expected_m, rel=0.02)


def test_at_night_ground_is_too_dark_unless_the_camera_needs_no_light() -> None:
    dark = surveyed(pose(time_us=MIDNIGHT_US))
    assert dark.km2(Verdict.TOO_DARK) > 0 == dark.km2(Verdict.LOOKED)
    thermal = surveyed(pose(time_us=MIDNIGHT_US), demand=Demand(needs_light=False))
    assert thermal.km2(Verdict.LOOKED) == thermal.km2_looked_in(Light.NIGHT) > 0


def test_a_dark_sharp_look_and_a_bright_coarse_one_do_not_make_a_good_one() -> None:
    seen = surveyed(pose(height_m=150), pose(height_m=50, time_us=MIDNIGHT_US))
    assert seen.km2(Verdict.LOOKED) == seen.km2(Verdict.TOO_DARK) == 0.0


def test_cells_know_when_and_how_often_they_were_looked_at() -> None:
    times = [NOON_US + k * 200_000 for k in range(5)]
    painted = surveyed(*(pose(time_us=t) for t in times)).painted
    seen = painted.looks > 0
    assert set(painted.looks[seen].tolist()) == {5}
    assert set(painted.first_us[seen].tolist()) == {times[0]}
    assert set(painted.last_us[seen].tolist()) == {times[-1]}


def test_a_camera_that_may_point_aside_claims_less_ground() -> None:
    sure = surveyed(pose())
    unsure = surveyed(pose(), of=camera(EXACT.model_copy(update={"heading_deg": 3.0, "boresight_deg": 2.0})))
    assert 0 < unsure.km2(Verdict.LOOKED) < 0.95 * sure.km2(Verdict.LOOKED)
    lost = surveyed(pose(), of=camera(EXACT.model_copy(update={"boresight_deg": 30.0})))
    assert lost is None


def test_a_look_above_the_horizon_sees_nothing_and_none_behind_the_drone() -> None:
    assert surveyed(pose(pitch_deg=25)) is None
    ahead = surveyed(pose(pitch_deg=-10, height_m=80, yaw_deg=0))
    rows, _ = np.nonzero(ahead.painted.looks)
    assert float(ahead.grid.north_m()[rows].min()) > 0


def test_ground_too_far_to_be_located_does_not_count_as_seen() -> None:
    painted_grid = surveyed(pose(pitch_deg=-8, yaw_deg=45, height_m=50))
    rows, columns = np.nonzero(painted_grid.painted.looks)
    away_m = np.hypot(painted_grid.grid.north_m()[rows], painted_grid.grid.east_m()[columns])
    assert 500 < float(away_m.max()) <= 50 / math.tan(math.radians(5))


def test_a_look_without_a_known_gimbal_is_no_look() -> None:
    assert surveyed(dataclasses.replace(pose(), ned_from_gimbal=None)) is None


@settings(max_examples=60, deadline=None)
@given(st.floats(-90, -8), st.floats(-180, 180), st.floats(20, 250), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_what_a_pixel_locates_lies_on_ground_that_was_seen(pitch_deg, yaw_deg, height_m, u, v) -> None:
    """The picture's inside, found by the geometry that places sightings, is in the grid's seen cells."""
    at, lens = pose(pitch_deg=pitch_deg, yaw_deg=yaw_deg, height_m=height_m), camera()
    (point,) = locate(np.array([[u * 1279, v * 719]]), at, lens, GROUND, None)
    if isinstance(point, NoGroundPoint):
        return
    seen = surveyed(at)
    east_m, north_m = seen.grid.plane.east_north_m(point.lat_deg, point.lon_deg)
    row = int((north_m - seen.grid.south_m) // seen.grid.cell_m)
    column = int((east_m - seen.grid.west_m) // seen.grid.cell_m)
    around = np.pad(seen.painted.looks, 2)[row : row + 5, column : column + 5]
    assert around.any()


def test_missed_ground_is_the_zones_where_somebody_drew_one() -> None:
    seen = surveyed(pose(height_m=40), zones=(zone(-200, -200, 200, 200),))
    (share,) = seen.zones
    assert seen.interest == "zones"
    assert share.km2 == pytest.approx(0.16, rel=0.01)
    looked = seen.km2(Verdict.LOOKED)
    assert share.km2_by_verdict[Verdict.LOOKED] == pytest.approx(looked)
    assert seen.km2(Verdict.NOT_LOOKED) == pytest.approx(0.16 - looked, rel=0.02)


def test_a_stand_in_zone_says_nothing_of_what_was_missed_but_has_its_share() -> None:
    seen = surveyed(pose(height_m=40), zones=(zone(-200, -200, 200, 200, placeholder=True),))
    assert seen.interest == "flight"
    assert seen.km2(Verdict.NOT_LOOKED) < 0.01
    assert seen.zones[0].km2_by_verdict[Verdict.LOOKED] > 0


def test_without_zones_missed_ground_is_what_the_flight_encloses() -> None:
    path = [PLANE.lat_lon_deg(e, n) for e, n in ((0, 0), (300, 0), (300, 300), (0, 300))]
    seen = surveyed(pose(height_m=40), flown=np.array(path))
    total = sum(seen.km2(v) for v in Verdict if v is not Verdict.OUTSIDE)
    assert total == pytest.approx(0.09, rel=0.1)


def test_far_views_get_larger_cells_instead_of_a_long_wait() -> None:
    far = [pose(pitch_deg=-10, height_m=250, yaw_deg=k, time_us=NOON_US + k) for k in range(0, 1000, 3)]
    seen = surveyed(*far)
    assert seen.grid.cell_m > 10
    assert seen.km2(Verdict.TOO_COARSE) > 10


def test_the_origin_and_the_cells_put_the_ground_where_it_is() -> None:
    grid = surveyed(pose()).grid
    assert (grid.plane.lat_deg, grid.plane.lon_deg) == (pytest.approx(LAT), pytest.approx(LON))
    assert grid.west_m % grid.cell_m == grid.south_m % grid.cell_m == 0


def test_ground_of_unsure_height_claims_less() -> None:
    glances = Glances()
    hill = dataclasses.replace(GROUND, sigma_m=Sigma(10.0, "test"))
    glances.add(pose(pitch_deg=-45), camera(), hill)
    unsure = survey_of(glances, NOWHERE, (), Demand())
    assert unsure.km2(Verdict.LOOKED) < surveyed(pose(pitch_deg=-45)).km2(Verdict.LOOKED)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=2, max_size=8))
def test_polygons_hold_exactly_their_cells(table) -> None:
    grid = dataclasses.replace(surveyed(pose()).grid, rows=len(table), columns=6)
    codes = np.array(table, dtype=np.int64)
    area_m2 = dict.fromkeys((1, 2, 3), 0.0)
    for patch in patches(grid, codes):
        assert patch.polygon.is_valid
        area_m2[patch.code] += patch.polygon.area
    for code, area in area_m2.items():
        assert area == pytest.approx(np.count_nonzero(codes == code) * grid.cell_m**2)


def test_joined_cells_are_as_bad_as_the_worst_of_them() -> None:
    grid = dataclasses.replace(surveyed(pose()).grid, rows=4, columns=4)
    codes = np.array([[1, 2, 1, 2], [2, 1, 2, 1], [1, 1, 1, 1], [1, 1, 1, 4]], dtype=np.int64)
    coarse, joined = coarsened(grid, codes, 4)
    assert (coarse.cell_m, joined.tolist()) == (grid.cell_m * 2, [[2, 2], [1, 4]])
