"""Whether a picture may show what the rules ask about."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import EXACT, GROUND, NOON_US, PLANE, camera, pose, zone
from shapely.geometry import LineString

from droneops.coverage.concern import ZoneConcern, concern_for
from droneops.geo.locate import locate
from droneops.times import to_datetime
from droneops.types import NoPose, Reason
from geofences import Kind

PARK = zone(1000, -100, 1200, 100)


def matters(concern: ZoneConcern, at, of=None) -> bool:
    return concern.may_matter(at, of or camera(), GROUND, None)


def test_a_picture_far_from_every_zone_need_not_be_looked_at() -> None:
    concern = ZoneConcern([PARK], 150.0)
    assert not matters(concern, pose())
    assert matters(concern, pose(east_m=1100))


def test_a_zone_is_widened_by_the_rules_distance() -> None:
    """The picture reaches 30 m to the east, so 150 m from the zone it is in time at 820 m."""
    concern = ZoneConcern([PARK], 150.0)
    assert not matters(concern, pose(east_m=810))
    assert matters(concern, pose(east_m=825))
    assert not matters(ZoneConcern([PARK], 0.0), pose(east_m=825))


def test_a_zone_is_widened_by_three_sigma_of_the_pictures_error_and_of_its_own_line() -> None:
    at = pose(east_m=700)
    unsure = dataclasses.replace(at, position_sigma_m=dataclasses.replace(at.position_sigma_m, value=45.0))
    assert not matters(ZoneConcern([PARK], 150.0), at)
    assert matters(ZoneConcern([PARK], 150.0), unsure)
    assert matters(ZoneConcern([dataclasses.replace(PARK, accuracy_m=45.0)], 150.0), at)


def test_the_strip_along_a_line_counts_from_the_line() -> None:
    line = LineString([(PARK.geometry.bounds[0], 16.4), (PARK.geometry.bounds[0], 16.5)])
    border = dataclasses.replace(PARK, geometry=line, kind=Kind.BORDER, within_m=300.0)
    assert matters(ZoneConcern([border], 150.0), pose(east_m=530))
    assert not matters(ZoneConcern([border], 150.0), pose(east_m=500))


def test_without_a_pose_or_a_gimbal_or_with_the_horizon_in_view_everything_may_matter() -> None:
    concern = ZoneConcern([PARK], 150.0)
    assert matters(concern, NoPose(NOON_US, Reason.POSE_TOO_OLD))
    assert matters(concern, dataclasses.replace(pose(), ned_from_gimbal=None))
    assert matters(concern, pose(pitch_deg=-10))
    assert matters(concern, pose(pitch_deg=-10, yaw_deg=-90))


def test_a_zone_not_in_force_is_no_reason_to_look() -> None:
    over = dataclasses.replace(PARK, valid_to=to_datetime(NOON_US - 1))
    assert not matters(ZoneConcern([over], 150.0), pose(east_m=1100))


@pytest.mark.parametrize("placeholder", [True, False])
def test_while_a_stand_in_is_loaded_everything_matters(placeholder) -> None:
    zones = (PARK, dataclasses.replace(PARK, id="other", placeholder=placeholder))
    assert (concern_for("zones", zones, 150.0) is None) == placeholder
    assert concern_for("everywhere", zones, 150.0) is None
    assert concern_for("zones", (), 150.0) is None


@settings(max_examples=60, deadline=None)
@given(st.floats(-90, -30), st.floats(-180, 180), st.floats(20, 120), st.floats(0, 1279), st.floats(0, 719))
def test_a_thing_that_a_picture_shows_inside_a_zone_always_matters(
    pitch_deg, yaw_deg, height_m, u_px, v_px
) -> None:
    at = pose(pitch_deg=pitch_deg, yaw_deg=yaw_deg, height_m=height_m)
    (point,) = locate(np.array([[u_px, v_px]]), at, camera(), GROUND, None)
    east_m, north_m = PLANE.east_north_m(point.lat_deg, point.lon_deg)
    tiny = zone(east_m - 1, north_m - 1, east_m + 1, north_m + 1)
    assert matters(ZoneConcern([tiny], 0.0), at, camera(EXACT))
