"""What is remembered of tracks: paths, stillness, presence; bounded, exact over a restart."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scenes import DAY_US, PARK, Actor, Film, index, made, observed, of_rule, still

from droneops.incidents.judge import judge
from droneops.incidents.memory import Memory
from droneops.incidents.path import EVERY_US, MOST, extended, place_at
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Fix, Scene
from droneops.types import TrackState, read_only

RULES = RuleSet()


def only(film: Film, until_s: float):
    (thing,) = film.scene(until_s).things
    return thing


def test_a_moored_boat_is_still_since_it_was_first_seen() -> None:
    assert only(Film([still(1, "boat", 5, 0)]), 60).still_since_us == DAY_US


def test_a_thing_that_moves_is_not_still() -> None:
    assert only(Film([Actor(1, "boat", [(0, 0, 0), (60, 120, 0)])]), 60).still_since_us is None


def test_a_boat_that_drifts_slowly_is_not_still_for_two_minutes() -> None:
    thing = only(Film([Actor(1, "boat", [(0, 0, 0), (240, 96, 0)])]), 240)
    assert thing.still_since_us is None or thing.still_since_us > DAY_US + 120_000_000


def test_stillness_begins_when_it_stops() -> None:
    thing = only(Film([Actor(1, "vehicle", [(0, 0, 0), (30, 300, 0), (31, 300, 0)])]), 90)
    assert thing.still_since_us is not None
    assert DAY_US + 28_000_000 <= thing.still_since_us <= DAY_US + 33_000_000


@pytest.mark.parametrize("seed", range(5))
def test_a_drone_that_circles_and_noise_do_not_move_a_moored_boat(seed) -> None:
    def shift(_, second):
        return 6 * math.cos(second / 10), 6 * math.sin(second / 10)

    film = Film(
        [still(1, "boat", 5, 0, own_m=1.5, common_m=8.0)], shift=shift, noise=np.random.default_rng(seed)
    )
    assert only(film, 150).still_since_us == DAY_US


@pytest.mark.parametrize("common_m", [5.0, 8.0, 15.0])
def test_an_error_that_turns_with_the_view_does_not_move_a_moored_boat(common_m) -> None:
    memory, boat, radius_m = Memory(index(), RULES), still(1, "boat", 5, 0, common_m=common_m), 1.5 * common_m
    for second in range(181):
        turned = 0.08 * second
        east_m, north_m = 5 + radius_m * math.cos(turned), radius_m * math.sin(turned)
        track = made(boat, east_m, north_m, DAY_US + second * 1_000_000, DAY_US)
        speed_mps = 0.08 * radius_m
        velocity = read_only((-speed_mps * math.sin(turned), speed_mps * math.cos(turned)))
        seen = observed(replace(track, velocity_mps=velocity), index())
        (thing,) = memory.observe([seen], track.last_seen_us)
    assert thing.still_since_us == DAY_US


@pytest.mark.parametrize("common_m", [5.0, 8.0, 15.0])
def test_a_boat_that_the_river_carries_is_never_still_for_two_minutes(common_m) -> None:
    film = Film([Actor(1, "boat", [(0, 0, 0), (600, 0, 600)], common_m=common_m)])
    for until_s in (150, 300, 600):
        thing = only(Film(film.actors), until_s)
        since_us = thing.still_since_us
        assert since_us is None or thing.path[-1].time_us - since_us < 120_000_000


def test_a_jump_ends_stillness() -> None:
    film = Film([Actor(1, "boat", [(0, 0, 0), (60, 0, 0), (60.5, 80, 0), (90, 80, 0)])])
    thing = only(film, 90)
    assert thing.still_since_us is not None
    assert thing.still_since_us >= DAY_US + 60_000_000


def test_out_of_sight_nothing_changes() -> None:
    thing = only(Film([still(1, "boat", 5, 0, seen=[(0, 20), (80, 81)])]), 90)
    assert thing.still_since_us == DAY_US
    assert thing.path[-1].time_us == DAY_US + 81_000_000


def test_presence_needs_its_dwell_and_counts_from_its_begin() -> None:
    film = Film([Actor(1, "person", [(0, -2900, 0), (10, -2900, 0), (10.5, -3200, 0), (60, -3200, 0)])])
    assert only(film, 12).inside_since_us == {}
    again = Film(film.actors)
    assert again.memory is not film.memory
    assert only(again, 13).inside_since_us == {"park": DAY_US + 11_000_000}


def test_on_the_line_it_neither_comes_nor_goes() -> None:
    film = Film([Actor(1, "person", [(0, -3200, 0), (10, -3200, 0), (11, -3002, 0), (60, -3002, 0)])])
    assert only(film, 60).inside_since_us == {"park": DAY_US}


def test_what_was_not_believed_yet_counts_once_it_is() -> None:
    doubted = still(1, "person", -5000, 0, state=TrackState.TENTATIVE)
    film = Film([doubted])
    assert judge(film.scene(3), RULES) == ()
    seen = [film.observation(replace(doubted, state=TrackState.CONFIRMED), 4.0)]
    things = film.memory.observe(seen, film.time_us(4))
    (found,) = of_rule(judge(Scene(film.time_us(4), things, film.zones), RULES), "R0")
    assert (found.rule_id, found.fires, found.since_us) == ("R0", True, DAY_US)


def test_a_late_look_changes_nothing_but_the_state() -> None:
    film = Film([still(1, "boat", 5, 0)])
    before = only(film, 30)
    late = made(film.actors[0], 500, 500, film.time_us(10), DAY_US)
    gone = replace(late, state=TrackState.GONE)
    (after,) = film.memory.observe([observed(gone, film.zones)], film.time_us(30))
    assert after.path == before.path
    assert after.still_since_us == before.still_since_us
    assert after.seen.track.lat_deg == before.seen.track.lat_deg
    assert after.seen.track.state is TrackState.GONE


def test_things_are_forgotten_ten_minutes_after_they_were_seen_last_a_camp_after_an_hour() -> None:
    film = Film([still(1, "person", -5000, 0, seen=[(0, 5)]), still(2, "fire", -5000, 0, seen=[(0, 5)])])
    film.scene(5)
    assert {t.seen.track.label for t in film.memory.observe([], film.time_us(600))} == {"person", "fire"}
    assert {t.seen.track.label for t in film.memory.observe([], film.time_us(610))} == {"fire"}
    assert film.memory.observe([], film.time_us(3700)) == ()


def test_a_flood_of_tracks_is_bounded_and_the_believed_stay() -> None:
    zones = index()
    memory = Memory(zones, RULES)
    actors = [still(n, "person", -5000, n, state=TrackState.TENTATIVE) for n in range(1500)]
    flood = [observed(made(a, *a.at(0), DAY_US, DAY_US), index("park", "road", "trail")) for a in actors]
    boat = still(9999, "boat", 5, 0)
    memory.observe([observed(made(boat, 5, 0, DAY_US - 1, DAY_US - 1), zones)], DAY_US)
    things = memory.observe(flood, DAY_US)
    assert len(things) == RULES.memory.most
    assert "boat" in {thing.seen.track.label for thing in things}


def test_a_restart_remembers_the_same_to_the_bit() -> None:
    actors = [
        still(1, "boat", 5, 0),
        Actor(2, "person", [(0, -3100, 0), (60, -2900, 30)]),
        still(3, "person", -5000, 0, state=TrackState.TENTATIVE),
    ]
    film = Film(actors)
    film.scene(40)
    state = json.loads(json.dumps(film.memory.to_state()))
    again = Memory.from_state(film.zones, RULES, state)
    assert again.to_state() == film.memory.to_state()
    later = [film.observation(actor, 41.0) for actor in actors]
    film.memory.observe(later, film.time_us(41))
    again.observe(later, film.time_us(41))
    assert json.dumps(again.to_state()) == json.dumps(film.memory.to_state())


def test_a_zone_that_is_there_no_more_is_left_out_after_a_restart() -> None:
    film = Film([still(1, "person", -5000, 0)])
    film.scene(5)
    (thing,) = Memory.from_state(index("park"), RULES, film.memory.to_state()).things
    assert thing.inside_since_us == {}
    assert PARK.id not in {hit.zone.id for hit in thing.seen.hits}


fixes = st.lists(st.integers(1, 5_000_000), min_size=1, max_size=400)


@settings(deadline=None)
@given(fixes)
def test_a_path_is_bounded_in_order_and_keeps_its_first_and_last_fix(steps) -> None:
    path, time_us = (), 0
    for step in steps:
        time_us += step
        path = extended(path, Fix(time_us, 16.0, 104.0, 1.0))
        times = [fix.time_us for fix in path]
        assert times == sorted(set(times))
        assert len(path) <= MOST
        assert times[0] == steps[0]
        assert times[-1] == time_us


def test_the_last_half_minute_is_kept_second_by_second() -> None:
    path = ()
    for look in range(5 * 600):
        path = extended(path, Fix(look * 200_000, 16.0, 104.0, 1.0))
    late = [fix.time_us for fix in path if fix.time_us >= 3000 * 200_000 - 20_000_000]
    assert max(b - a for a, b in pairwise(late)) <= 2 * EVERY_US


def test_a_place_between_two_fixes_lies_on_the_straight_way() -> None:
    path = (Fix(0, 16.0, 104.0, 1.0), Fix(10_000_000, 16.1, 104.2, 1.0))
    assert place_at(path, 5_000_000) == (pytest.approx(16.05), pytest.approx(104.1), 5.0)
    assert place_at(path, -1_000_000) == (16.0, 104.0, 1.0)
    assert place_at(path, 12_000_000) == (16.1, 104.2, 2.0)
