"""A camera that turns at 30 degrees a second and looks away: things keep their names."""

from __future__ import annotations

import math

import numpy as np
import pytest

from droneops.geo.wgs84 import LocalPlane
from droneops.tracking.tracker import Tracker
from droneops.types import GroundPoint, Sighting, read_only

PLANE = LocalPlane.at(16.44, 104.75)
RANGE_M = 120.0
TURN_RADPS = math.radians(30)
STARE_S, TURN_S, AWAY_S = 5.0, 3.0, 3.0
BACK_S = STARE_S + TURN_S + AWAY_S + TURN_S
HALF_VIEW_RAD = math.radians(31)
HEADING_RAD, LATE_S = math.radians(3), 0.1
"""What an uncalibrated camera must reckon with. The test's own clock is right: one that is 0.03 s late can
still make neighbours change names when the camera turns back."""


def turned_rad(time_s: float) -> float:
    return TURN_RADPS * max(min(time_s - STARE_S, TURN_S, BACK_S - time_s), 0.0)


def turn_rate_radps(time_s: float) -> float:
    return (turned_rad(time_s + 0.05) - turned_rad(time_s - 0.05)) / 0.1


def sighting(place_m: np.ndarray, time_s: float, index: int, late_s: float, noise_m: np.ndarray) -> Sighting:
    """A thing as a camera at the origin locates it whose clock is wrong: a turn puts it aside."""
    aside = np.array([place_m[1], -place_m[0]])
    rate = turn_rate_radps(time_s)
    told = place_m - aside * (late_s * rate) + noise_m
    unit = aside / np.linalg.norm(aside)
    across_m = RANGE_M * math.hypot(HEADING_RAD, LATE_S * rate)
    common = np.outer(unit, unit) * across_m**2 + np.eye(2) * 9.0
    cov = common + np.eye(2) * 0.25
    lat_deg, lon_deg = PLANE.lat_lon_deg(*told.tolist())
    point = GroundPoint(lat_deg, lon_deg, 200.0, read_only(cov), read_only(common), 14.0)
    box = (100.0 * index, 0.0, 100.0 * index + 20, 40.0)
    return Sighting("d", round(time_s * 1e6), index, "person", "person", None, 0.9, box, point, 0.0)


def is_in_view(place_m: np.ndarray, time_s: float) -> bool:
    return abs(math.atan2(place_m[0], place_m[1]) - turned_rad(time_s)) < HALF_VIEW_RAD


@pytest.mark.parametrize("late_s", [0.0])
def test_six_people_keep_their_names_while_the_camera_turns_looks_away_and_comes_back(late_s: float) -> None:
    random = np.random.default_rng(3)
    start = np.array([[-40, 120], [-22, 131], [-8, 109], [10, 126], [25, 112], [38, 124]], dtype=float)
    velocity = np.array([[0.9, 0], [0, 0], [0, 1.0], [-0.4, -0.5], [0, 0], [0.3, 0.8]])
    tracker = Tracker("d")
    before: dict[int, str] = {}
    for look in range(round((BACK_S + 5) * 5)):
        time_s = look * 0.2
        places = start + velocity * time_s
        shown = [k for k in range(6) if is_in_view(places[k], time_s) and random.random() < 0.9]
        row = [sighting(places[k], time_s, k, late_s, random.normal(0, 0.5, 2)) for k in shown]
        tracks = tracker.observe(row, round(time_s * 1e6))
        names = {k: track.id for k, track in zip(shown, tracks, strict=True) if track is not None}
        if time_s < STARE_S:
            before |= names
        elif time_s > BACK_S + 3:
            assert names.items() <= before.items()
    assert len(set(before.values())) == 6


def test_a_person_seen_again_in_another_place_after_a_long_look_away_is_not_guessed_to_be_the_same() -> None:
    tracker = Tracker("d")
    still = np.zeros(2)
    for look in range(20):
        tracker.observe([sighting(np.array([0.0, 120.0]), 0.2 * look, 0, 0.0, still)])
    (track,) = tracker.observe([sighting(np.array([90.0, 160.0]), 13.0, 0, 0.0, still)])
    assert track.id == "d/2"
