"""R4 on generated scenes: a boat, a vehicle, and people who carry something between them."""

from __future__ import annotations

import importlib
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from droneops.incidents.judge import judge
from geofences import Kind

# The scenes are those of the rules' own tests.
sys.path.append(str(Path(__file__).parents[1] / "unit" / "incidents"))
s = importlib.import_module("made_scenes")

R4 = "R4"


def verdict(actors, until_s: float = 90, film=None, **other):
    """R4's findings at the end."""
    film = film or s.Film(actors, **other)
    return s.of_rule(judge(film.scene(until_s), film.rules), R4)


def fires(actors, until_s: float = 90, **other) -> bool:
    return any(finding.fires for finding in verdict(actors, until_s, **other))


def missing(actors, until_s: float = 90, **other) -> list[list[str]]:
    return [[item.name for item in one.missing] for one in verdict(actors, until_s, **other)]


def gang(**other):
    return [s.BOAT, s.PICKUP, *s.carriers((3, 4), **other)]


def walk(number: int, *stops, **other):
    return s.Actor(number, "person", stops, **other)


@pytest.mark.parametrize("start_us", [s.DAY_US, s.NIGHT_US], ids=["day", "night"])
def test_carriers_between_a_pickup_and_a_boat_raise_the_gravest_alert_at_any_hour(start_us) -> None:
    (found,) = verdict(gang(), start_us=start_us)
    assert found.fires
    assert (found.event, found.severity) == ("illegal_logging", "extreme")
    assert [seen.track.label for seen in found.things] == ["boat", "vehicle", "person", "person"]
    assert "border" in found.zone_ids


def test_the_hour_changes_only_the_score() -> None:
    (by_day,), (by_night,) = verdict(gang(), start_us=s.DAY_US), verdict(gang(), start_us=s.NIGHT_US)
    assert by_day.score < by_night.score
    assert [item.met for item in by_day.conditions] == [item.met for item in by_night.conditions]


def test_it_fires_while_the_carrying_goes_on_and_not_only_when_it_is_done() -> None:
    assert fires(gang(), until_s=65)


@pytest.mark.parametrize("seed", range(8))
def test_noise_on_every_position_hides_nothing(seed) -> None:
    film = s.Film(gang(own_m=1.5), noise=np.random.default_rng(seed))
    assert any(found.fires for found in verdict((), film=film))


def circling(radius_m: float):
    """All that a drone sees goes round with its view."""
    return lambda _, second: (
        radius_m * math.cos(2 * math.pi * second / 60),
        radius_m * math.sin(2 * math.pi * second / 60),
    )


def test_a_drone_that_circles_sees_the_walk_all_the_same() -> None:
    actors = [replace(actor, common_m=8.0) for actor in gang()]
    assert fires(actors, shift=circling(6))


def test_a_short_walk_shows_although_all_positions_are_off_together() -> None:
    carriers = [walk(n, (0, -17, n), (20, -17, n), (45, 4, n)) for n in (3, 4)]
    actors = [s.BOAT, s.still(2, "vehicle", -19, 0), *carriers]
    assert fires([replace(actor, common_m=12.0) for actor in actors], shift=circling(12))


@pytest.mark.parametrize("seed", range(4))
def test_people_who_stand_about_do_not_walk_because_the_drone_circles(seed) -> None:
    bystanders = [s.still(n, "person", -20 - 3 * n, 2 * n, own_m=1.5, common_m=8.0) for n in range(3, 8)]
    near_both = [replace(s.BOAT, common_m=8.0), s.still(2, "vehicle", -25, 0, common_m=8.0)]
    film = s.Film([*near_both, *bystanders], shift=circling(8), noise=np.random.default_rng(seed))
    assert not any(found.fires for found in verdict((), film=film))


def test_one_way_is_enough_either_way() -> None:
    to_boat = [walk(n, (0, -58, n), (20, -58, n), (70, 0, n)) for n in (3, 4)]
    to_car = [walk(n, (0, 0, n), (20, 0, n), (70, -58, n)) for n in (3, 4)]
    assert fires([s.BOAT, s.PICKUP, *to_boat])
    assert fires([s.BOAT, s.PICKUP, *to_car])


def test_carriers_need_not_be_seen_in_every_look_nor_at_the_end() -> None:
    assert fires(gang(seen=[(0, 25), (50, 80)]), until_s=200)
    boat = replace(s.BOAT, seen=[(0, 60), (100, 130)])
    assert fires([boat, *gang()[1:]], until_s=130)


def test_who_was_there_more_than_five_minutes_ago_counts_no_more() -> None:
    seen = [(0, 80)]
    carriers = s.carriers((3, 4), seen=seen)
    assert not fires([s.BOAT, s.PICKUP, *carriers], until_s=400)


def test_a_boat_where_the_side_is_uncertain_counts() -> None:
    midstream = [s.still(1, "boat", 395, 0), s.still(2, "vehicle", 330, 0)]
    carriers = [walk(n, (0, 332, n), (10, 332, n), (65, 390, n)) for n in (3, 4)]
    (found,) = verdict([*midstream, *carriers], zones=s.index("bank"))
    assert found.fires
    assert found.things[0].border.side == "uncertain"


def test_a_boat_surely_in_laos_does_not() -> None:
    beyond = [s.still(1, "boat", 700, 0), s.still(2, "vehicle", 635, 0)]
    carriers = [walk(n, (0, 637, n), (10, 637, n), (65, 695, n)) for n in (3, 4)]
    assert missing([*beyond, *carriers], zones=s.index("bank")) == [["Thai side"]]


def at_pier(*more):
    """The same, a kilometre up the bank."""
    moved = [
        replace(actor, stops=[(t, east, north + 1000) for t, east, north in actor.stops]) for actor in gang()
    ]
    return [*moved, *more]


def test_a_boat_at_a_listed_pier_is_excused() -> None:
    assert missing(at_pier()) == [["not at a pier"]]
    assert fires(at_pier(), zones=s.index("pier"))


def test_timber_beside_it_lifts_the_excuse() -> None:
    (found,) = verdict(at_pier(s.still(9, "log_pile", -10, 1000)))
    assert found.fires
    assert "timber" in next(item.found for item in found.conditions if item.name == "not at a pier")


NEAR_MISSES = {
    "nobody walks": ([s.still(3, "person", -58, 3), s.still(4, "person", 2, 3)], "people walking between"),
    "one walks": ([*s.carriers((3,)), s.still(4, "person", -58, 5)], "people walking between"),
    "they walk along the bank": (
        [walk(n, (0, -30, -100 + n), (90, -30, 100 + n)) for n in (3, 4)],
        "people walking between",
    ),
    "they walk from the car inland": (
        [walk(n, (0, -58, n), (80, -150, n)) for n in (3, 4)],
        "people walking between",
    ),
    "they come from elsewhere to the boat": (
        [walk(n, (0, 0, 90 + n), (80, 2, n)) for n in (3, 4)],
        "people walking between",
    ),
    "they step aside": ([walk(n, (0, -58, n), (20, -52, n)) for n in (3, 4)], "people walking between"),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
@pytest.mark.parametrize("start_us", [s.DAY_US, s.NIGHT_US], ids=["day", "night"])
def test_without_the_walk_between_it_does_not_fire(name, start_us) -> None:
    people, condition = NEAR_MISSES[name]
    assert missing([s.BOAT, s.PICKUP, *people], start_us=start_us) == [[condition]]


def test_one_man_lost_and_found_again_is_not_two() -> None:
    first = walk(3, (0, -58, 0), (10, -58, 0), (60, 0, 0), seen=[(0, 62)])
    again = walk(4, (64, 0, 0), (70, 0, 0), (120, -58, 0))
    assert missing([s.BOAT, s.PICKUP, first, again], 120) == [["people walking between"]]


def test_one_man_seen_by_two_drones_is_not_two() -> None:
    (one,) = s.carriers((3,))
    assert missing([s.BOAT, s.PICKUP, one, replace(one, number=4, drone_id="e")]) == [
        ["people walking between"]
    ]


def test_two_drones_may_each_see_half_of_it() -> None:
    actors = gang()
    assert fires([replace(actors[0], drone_id="e"), *actors[1:]])


def test_a_boat_that_goes_by_is_not_still() -> None:
    passing = s.Actor(1, "boat", [(0, 5, -200), (90, 5, 40)])
    assert not fires([passing, *gang()[1:]])


def test_a_boat_still_for_less_than_the_dwell_is_a_near_miss() -> None:
    arriving = s.Actor(1, "boat", [(0, 5, -150), (65, 5, 0), (66, 5, 0)])
    assert missing([arriving, *gang()[1:]]) == [["boat still"]]


def test_a_vehicle_beyond_reach_is_a_near_miss() -> None:
    far = s.still(2, "vehicle", -200, 0)
    carriers = [walk(n, (0, -198, n), (10, -198, n), (130, 0, n)) for n in (3, 4)]
    assert missing([s.BOAT, far, *carriers], 140) == [["vehicle within 150 m"]]


def test_a_distance_too_uncertain_to_be_called_near_is_a_near_miss() -> None:
    vague = s.still(2, "vehicle", -140, 0, own_m=15.0)
    carriers = [walk(n, (0, -138, n), (10, -138, n), (110, 0, n)) for n in (3, 4)]
    assert missing([s.BOAT, vague, *carriers], 120) == [["vehicle within 150 m"]]
    assert fires([s.BOAT, replace(vague, own_m=2.0), *carriers], 120)


def test_a_car_that_passes_on_the_river_road_is_no_part_of_it() -> None:
    passing = s.Actor(2, "vehicle", [(0, -60, -500), (90, -60, 10)])
    assert not fires([s.BOAT, passing, *s.carriers((3, 4))])


def test_a_boat_on_a_trailer_inland_is_none_at_the_river() -> None:
    inland = [
        replace(actor, stops=[(t, east - 5000, north) for t, east, north in actor.stops]) for actor in gang()
    ]
    assert not fires(inland, zones=s.index("bank"))


def test_a_boat_off_the_bank_is_a_near_miss_where_banks_are_known() -> None:
    moved = [
        replace(actor, stops=[(t, east + 100, north) for t, east, north in actor.stops]) for actor in gang()
    ]
    assert missing(moved) == [["within 30 m of the bank"]]
    assert fires(moved, zones=s.index("bank"))


def test_without_a_border_it_is_off() -> None:
    assert verdict(gang(), zones=s.index("border")) == []


def test_rangers_who_load_their_own_boat_are_left_out() -> None:
    film = s.Film(gang())
    scene = film.scene(90)
    ours = replace(scene, friends=(s.friend(5, 0, scene.time_us),))
    (found,) = s.of_rule(judge(ours, film.rules), R4)
    assert not found.fires
    assert "ranger-1" in found.missing[0].found


def test_a_permitted_boat_is_left_out() -> None:
    permit = s.zone("p", Kind.PERMIT, [(-20, -20), (30, -20), (30, 20), (-20, 20)], labels=("boat",))
    (found,) = verdict(gang(), zones=s.index(more=[permit]))
    assert not found.fires
    assert "permit p allows boat" in found.missing[0].found


@pytest.mark.parametrize("seed", range(4))
def test_people_beside_both_whose_positions_tremble_do_not_walk(seed) -> None:
    close = [s.BOAT, s.still(2, "vehicle", -15, 0)]
    loafers = [s.still(n, "person", -5, 2 * n, own_m=6.0) for n in range(3, 6)]
    film = s.Film([*close, *loafers], noise=np.random.default_rng(seed))
    assert [[item.name for item in one.missing] for one in verdict((), film=film)] == [
        ["people walking between"]
    ]
