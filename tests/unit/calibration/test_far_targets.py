"""A target that cannot be where the table says is named, with how far off and what to mend."""

from __future__ import annotations

import numpy as np
import pytest

from droneops.calibration.far_targets import Flown, without_impossible
from droneops.calibration.looks import Look
from droneops.calibration.targets import Target
from droneops.errors import InputError

FLOWN = Flown(np.array([(16.44, 104.75), (16.45, 104.75)]), 312.0, 212.0)
GOOD = Target(1, 16.445, 104.751, 212.0)


def judged(*others: Target, seen: tuple[int, ...] | None = None, flown: Flown = FLOWN):
    targets = {target.marker: target for target in (GOOD, *others)}
    looks = [Look(0, marker, 0.0, 0.0) for marker in (targets if seen is None else seen)]
    left, told = without_impossible(looks, targets, flown, "targets.csv")
    return [look.marker for look in left], told


def test_a_target_a_degree_off_is_left_out_and_its_distance_said():
    kept, (told,) = judged(Target(7, 17.45, 104.75, 212.0))
    assert kept == [1]
    assert told == "target 7 lies 111.2 km from the flight that saw it: left out; correct it in targets.csv"


def test_exchanged_columns_are_recognised_where_both_are_latitudes():
    flown = Flown(np.array([(50.0, 8.0)]), 312.0, 212.0)
    left, told = without_impossible(
        [Look(0, 1, 0.0, 0.0), Look(0, 2, 0.0, 0.0)],
        {1: Target(1, 50.001, 8.0, 212.0), 2: Target(2, 8.0, 50.001, 212.0)},
        flown,
        "targets.csv",
    )
    assert [look.marker for look in left] == [1]
    assert "km from the flight that saw it; lat and lon seem exchanged" in told[0]


def test_a_height_in_feet_above_the_drone_is_left_out_and_said():
    kept, (told,) = judged(Target(7, 16.445, 104.75, 695.5))
    assert kept == [1]
    assert "lies 384 m above the drone" in told
    assert "alt_msl is in metres, not feet" in told


def test_heights_in_feet_that_are_possible_are_doubted_and_kept():
    high = Flown(FLOWN.lat_lon_deg, 900.0, 212.0)
    in_feet = [Target(marker, 16.445, 104.75, 696.0) for marker in (7, 8)]
    kept, (told,) = judged(*in_feet, flown=high)
    assert kept == [1, 7, 8]
    assert "target 7 (and 1 more): alt_msl 696 lies +484 m from home, and as feet +0 m" in told
    assert judged(Target(7, 16.445, 104.75, 240.0), flown=high) == ([1, 7], [])


def test_where_no_seen_target_can_be_right_the_command_ends():
    with pytest.raises(InputError) as refusal:
        judged(Target(7, 17.45, 104.75, 212.0), seen=(7,))
    line = refusal.value.one_line()
    assert line.startswith("targets.csv: no target that was seen can be where it is said to lie: target 7")
    assert "correct the table" in line


def test_a_far_target_that_was_not_seen_may_belong_to_another_field_and_is_said():
    kept, (told,) = judged(Target(7, 17.45, 104.75, 212.0), seen=(1,))
    assert kept == [1]
    assert "targets 7 were not seen and lie beyond 3 km from the flight, target 7 111.2 km" in told


def test_targets_in_reach_raise_no_doubt():
    assert judged(Target(7, 16.46, 104.75, 250.0)) == ([1, 7], [])


def test_a_flight_without_a_position_judges_nothing():
    nowhere = Flown(np.empty((0, 2)), float("inf"), None)
    assert judged(Target(7, 17.45, 104.75, 9000.0), flown=nowhere) == ([1, 7], [])
