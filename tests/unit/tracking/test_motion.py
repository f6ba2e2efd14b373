"""Speed, course and the distance between two tracks, with their errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from made_sightings import made_sighting

from droneops.tracking.motion import Movement, motion
from droneops.tracking.relative import distance_m, relative
from droneops.tracking.tracker import Tracker
from droneops.types import Track, read_only


def track_of(tracks, **more) -> Track:
    return replace(tracks, **more)


def made(east_m: float = 0.0, index: int = 0) -> Track:
    (track,) = Tracker("d").observe([made_sighting(east_m, 0, 0, index=index)])
    return track


def moving(east_mps: float, north_mps: float, sigma_mps: float = 0.1) -> Track:
    cov = read_only(np.eye(2) * sigma_mps**2)
    return track_of(made(), velocity_mps=read_only((east_mps, north_mps)), velocity_cov_m2ps2=cov)


@pytest.mark.parametrize(("east", "north", "course_deg"), [(0, 2, 0), (2, 0, 90), (0, -2, 180), (-2, 0, 270)])
def test_the_course_is_clockwise_from_north(east, north, course_deg) -> None:
    said = motion(moving(east, north))
    assert (said.movement, said.speed_mps) == (Movement.MOVING, 2)
    assert math.degrees(said.course_rad) == pytest.approx(course_deg)
    assert said.course_sigma_rad == pytest.approx(0.05)
    assert said.speed_sigma_mps == pytest.approx(0.1)


def test_a_speed_within_its_error_has_no_course() -> None:
    said = motion(moving(0.4, 0.0, sigma_mps=0.3))
    assert (said.movement, said.course_rad, said.course_sigma_rad) == (Movement.UNKNOWN, None, None)


def test_only_what_is_surely_slow_is_still() -> None:
    assert motion(moving(0.1, 0.0)).movement is Movement.STILL
    assert motion(moving(0.0, 0.0)).movement is Movement.STILL
    assert motion(moving(0.1, 0.0, sigma_mps=0.4)).movement is Movement.UNKNOWN
    assert motion(moving(0.6, 0.0), still_below_mps=1.0).movement is Movement.STILL


def test_between_tracks_of_one_look_the_shared_error_nearly_cancels() -> None:
    tracks = Tracker("d").observe([made_sighting(0, 0, 0), made_sighting(30, 40, 0, index=1)])
    difference, cov = relative(*tracks)
    assert difference == pytest.approx([30, 40], abs=0.01)
    assert np.diag(cov) == pytest.approx([0.5 + 0.1 * 8] * 2)
    metres, sigma_m = distance_m(*tracks)
    assert metres == pytest.approx(50, abs=0.01)
    assert sigma_m == pytest.approx(1.3**0.5)


def test_long_after_the_shared_error_is_another() -> None:
    (one,) = Tracker("d").observe([made_sighting(0, 0, 0)])
    (other,) = Tracker("d").observe([made_sighting(0, 0, 3600)])
    assert np.diag(relative(one, other)[1]) == pytest.approx([8.5] * 2, rel=0.001)


def test_tracks_of_two_drones_share_nothing() -> None:
    one = made()
    other = track_of(made(), drone_id="e")
    assert relative(one, other)[1] == pytest.approx(one.cov_m2 + other.cov_m2)


def test_two_tracks_at_one_place_have_a_distance_with_an_error() -> None:
    assert distance_m(made(), made()) == (0.0, pytest.approx(1.3**0.5))
