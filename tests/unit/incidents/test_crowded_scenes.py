"""With hundreds of things the rules say what they say of each alone, worked out for many at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scenes import DAY_US, Actor, Film, index, of_rule, still
from plain_convergence import convergence as plain

from droneops.incidents.checks.convergence import convergence
from droneops.incidents.judge import judge
from droneops.incidents.rules import Convergence
from droneops.incidents.scene import Scene

RULE = Convergence()


def told(findings):
    """All that a finding says, its things by their ids."""
    return [replace(item, things=tuple(seen.track.id for seen in item.things)) for item in findings]


def walker(random: np.random.Generator, number: int) -> Actor:
    """Somebody who goes between places at the bank, seen now and then, by one of two drones."""
    times = np.cumsum([random.uniform(0, 30), *random.uniform(5, 60, 3)])
    places = [(float(random.choice([-58, -30, 0, 3])), float(random.uniform(-40, 40))) for _ in times]
    stops = [(float(time_s), *place) for time_s, place in zip(times, places, strict=True)]
    seen = [(0.0, float(random.uniform(20, 90))), (95.0, 200.0)] if random.random() < 0.3 else ()
    return Actor(number, "person", stops, seen, drone_id=str(random.choice(["d", "e"])))


def bank(seed: int) -> list[Actor]:
    random = np.random.default_rng(seed)
    boats = [
        still(n, "boat", 5, float(random.uniform(-60, 60))) for n in range(1, int(random.integers(2, 5)))
    ]
    cars = [
        still(20 + n, "vehicle", float(random.uniform(-90, -20)), float(random.uniform(-60, 60)))
        for n in range(int(random.integers(1, 5)))
    ]
    passing = Actor(40, "vehicle", [(0, -60, -300), (200, -60, 300)])
    timber = [still(50, "log_pile", -20, 10)] if random.random() < 0.3 else []
    people = [walker(random, 100 + n) for n in range(int(random.integers(0, 15)))]
    return [*boats, *cars, passing, *timber, *people]


def wobble(drone: str, second: float) -> tuple[float, float]:
    """What all that one drone sees shifts by together."""
    phase = second / 12 + (drone == "e")
    return 4 * np.cos(phase), 4 * np.sin(phase)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), until_s=st.integers(20, 200), wobbles=st.booleans())
def test_who_walked_is_the_same_for_all_at_once_as_for_each_alone(seed, until_s, wobbles) -> None:
    noise = np.random.default_rng(seed)
    zones = index("pier") if seed % 2 else index()
    film = Film(bank(seed), zones=zones, noise=noise, shift=wobble if wobbles else None)
    scene = film.scene(float(until_s))
    assert told(convergence(scene, RULE)) == told(plain(scene, RULE))


def test_these_scenes_hold_walks_and_the_lack_of_them() -> None:
    scenes = [Film(bank(seed)).scene(180.0) for seed in range(12)]
    assert {item.fires for scene in scenes for item in plain(scene, RULE)} == {True, False}


@pytest.mark.parametrize("left_out", ["nobody", "the vehicles"])
def test_a_scene_without_people_or_vehicles_is_judged(left_out) -> None:
    things = [still(1, "boat", 5, 0), *([] if left_out == "the vehicles" else [still(2, "vehicle", -60, 0)])]
    scene = Film(things).scene(60.0)
    assert told(convergence(scene, RULE)) == told(plain(scene, RULE))


def test_what_is_judged_once_is_judged_the_same_again() -> None:
    film = Film(bank(3))
    scene = film.scene(120.0)
    fresh = Scene(scene.time_us, scene.things, scene.zones)
    first = judge(scene, film.rules)
    assert told(judge(scene, film.rules)) == told(first) == told(judge(fresh, film.rules))
    assert scene.time_us == DAY_US + 120_000_000
    assert of_rule(first, "R4")
