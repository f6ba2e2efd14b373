"""Whether a picture may show what the rules ask about."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import EXACT, GROUND, LAT, LON, NOON_US, PLANE, camera, pose, zone
from shapely.geometry import LineString

from droneops.coverage.concern import ZoneConcern, concern_for
from droneops.geo.dem import TERMS, DemGrid, GridMap
from droneops.geo.locate import Ground, locate
from droneops.times import to_datetime
from droneops.types import NoPose, Reason, Sigma, Track
from geofences import Kind

PARK = zone(1000, -100, 1200, 100)


def thing_at(east_m: float, seen_us: int) -> Track:
    """A car, known to 3 m."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, 0.0)
    cov_m2, still = np.eye(2) * 9, np.zeros(2)
    return Track(
        id="d/1",
        drone_id="d",
        label="vehicle",
        detector_label="vehicle",
        first_seen_us=seen_us,
        last_seen_us=seen_us,
        ordinal=0,
        sightings=9,
        best_score=0.9,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=0.0,
        cov_m2=cov_m2,
        cov_common_m2=cov_m2,
        ce90_m=6.4,
        velocity_mps=still,
        velocity_cov_m2ps2=cov_m2,
    )


def concern_of(zones, within_m: float) -> ZoneConcern:
    return ZoneConcern(zones, dict.fromkeys(Kind, within_m))


def matters(concern: ZoneConcern, at, of=None) -> bool:
    return concern.may_matter(at, of or camera(), GROUND, None)


def test_a_picture_far_from_every_zone_need_not_be_looked_at() -> None:
    concern = concern_of([PARK], 150.0)
    assert not matters(concern, pose())
    assert matters(concern, pose(east_m=1100))


def test_a_zone_is_widened_by_the_rules_distance() -> None:
    """The picture reaches 30 m to the east, so 150 m from the zone it is in time at 820 m."""
    concern = concern_of([PARK], 150.0)
    assert not matters(concern, pose(east_m=810))
    assert matters(concern, pose(east_m=825))
    assert not matters(concern_of([PARK], 0.0), pose(east_m=825))


def test_each_kind_of_zone_is_widened_by_its_own_distance() -> None:
    of_the_river = ZoneConcern([PARK], {Kind.BORDER: 2000.0, Kind.PARK: 150.0})
    assert not matters(of_the_river, pose(east_m=810))
    assert matters(of_the_river, pose(east_m=825))
    pier = dataclasses.replace(PARK, kind=Kind.PIER)
    assert not matters(ZoneConcern([pier], {Kind.PARK: 2000.0}), pose(east_m=825))
    assert matters(ZoneConcern([pier], {Kind.PARK: 2000.0}), pose(east_m=1100)), "somebody drew it"


def test_a_zone_is_widened_by_three_sigma_of_the_pictures_error_and_of_its_own_line() -> None:
    at = pose(east_m=700)
    unsure = dataclasses.replace(at, position_sigma_m=dataclasses.replace(at.position_sigma_m, value=45.0))
    assert not matters(concern_of([PARK], 150.0), at)
    assert matters(concern_of([PARK], 150.0), unsure)
    assert matters(concern_of([dataclasses.replace(PARK, accuracy_m=45.0)], 150.0), at)


def test_the_strip_along_a_line_counts_from_the_line() -> None:
    line = LineString([(PARK.geometry.bounds[0], 16.4), (PARK.geometry.bounds[0], 16.5)])
    border = dataclasses.replace(PARK, geometry=line, kind=Kind.BORDER, within_m=300.0)
    assert matters(concern_of([border], 150.0), pose(east_m=530))
    assert not matters(concern_of([border], 150.0), pose(east_m=500))


def test_without_a_pose_or_a_gimbal_or_with_the_horizon_in_view_everything_may_matter() -> None:
    concern = concern_of([PARK], 150.0)
    assert matters(concern, NoPose(NOON_US, Reason.POSE_TOO_OLD))
    assert matters(concern, dataclasses.replace(pose(), ned_from_gimbal=None))
    assert matters(concern, pose(pitch_deg=-10))
    assert matters(concern, pose(pitch_deg=-10, yaw_deg=-90))


def test_a_zone_not_in_force_is_no_reason_to_look() -> None:
    over = dataclasses.replace(PARK, valid_to=to_datetime(NOON_US - 1))
    assert not matters(concern_of([over], 150.0), pose(east_m=1100))


def test_a_thing_of_an_open_incident_is_followed_out_of_every_zone() -> None:
    concern, at = concern_of([PARK], 150.0), pose()
    assert concern.may_matter(at, camera(), GROUND, None, [thing_at(10, NOON_US)])
    assert not concern.may_matter(at, camera(), GROUND, None, [thing_at(-400, NOON_US)])
    unseen = thing_at(-400, NOON_US - 20_000_000)
    assert concern.may_matter(at, camera(), GROUND, None, [unseen]), "600 m further by now, at 30 m/s"


@pytest.mark.parametrize("placeholder", [True, False])
def test_while_a_stand_in_is_loaded_everything_matters(placeholder) -> None:
    zones = (PARK, dataclasses.replace(PARK, id="other", placeholder=placeholder))
    assert (concern_for("zones", zones, {Kind.PARK: 150.0}) is None) == placeholder
    assert concern_for("everywhere", zones, {Kind.PARK: 150.0}) is None
    assert concern_for("zones", (), {Kind.PARK: 150.0}) is None


@settings(max_examples=60, deadline=None)
@given(st.floats(-90, -30), st.floats(-180, 180), st.floats(20, 120), st.floats(0, 1279), st.floats(0, 719))
def test_a_thing_that_a_picture_shows_inside_a_zone_always_matters(
    pitch_deg, yaw_deg, height_m, u_px, v_px
) -> None:
    at = pose(pitch_deg=pitch_deg, yaw_deg=yaw_deg, height_m=height_m)
    (point,) = locate(np.array([[u_px, v_px]]), at, camera(), GROUND, None)
    east_m, north_m = PLANE.east_north_m(point.lat_deg, point.lon_deg)
    tiny = zone(east_m - 1, north_m - 1, east_m + 1, north_m + 1)
    assert matters(concern_of([tiny], 0.0), at, camera(EXACT))


def test_a_valley_seen_between_two_hills_is_not_passed_over() -> None:
    """The picture's outline meets the hills at 200 m, what lies between them shows ground at 470 m."""
    east_m, north_m = np.meshgrid(np.arange(-200, 201) * 10.0, np.arange(200, -201, -1) * 10.0)
    bearing_deg, away_m = np.degrees(np.arctan2(east_m, north_m)), np.hypot(east_m, north_m)
    hill = (away_m > 150) & (away_m < 250) & ((bearing_deg < 3) | (bearing_deg > 12))
    coefficients = np.zeros((TERMS, 2))
    coefficients[0] = 200, 200
    coefficients[2, 0], coefficients[1, 1] = (
        PLANE.metres_per_deg_east / 10,
        -PLANE.metres_per_deg_north / 10,
    )
    heights_m = np.where(hill, 300.0, 200.0).astype(np.float32)
    grid = DemGrid(heights_m, GridMap(LAT, LON, coefficients), 10.0, "two hills")
    ground = Ground(None, Sigma(0.0, "test"), grid)
    at = pose(pitch_deg=-32, height_m=110)
    (point,) = locate(np.array([[856.0, 0.0]]), at, camera(), ground, None)
    east, north = PLANE.east_north_m(point.lat_deg, point.lon_deg)
    assert north > 400
    tiny = zone(east - 1, north - 1, east + 1, north + 1)
    assert concern_of([tiny], 0.0).may_matter(at, camera(), ground, None)
    far = zone(east - 1, north + 900, east + 1, north + 902)
    assert not concern_of([far], 0.0).may_matter(at, camera(), ground, None)
