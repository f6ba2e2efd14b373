"""A machine that is given more drones than it carries says so, and says when that is over."""

from __future__ import annotations

from droneops.fleet.wire import Vitals
from droneops.site.load import LoadWatch, load_of

ASKED = {f"d{n}": 5.0 for n in range(50)}


def said(drone: str, looks_per_s: float | None, state: str = "streaming") -> Vitals:
    return Vitals(drone, 0, {"looks_per_s": looks_per_s, "video_state": state})


def test_fifty_drones_on_a_machine_for_four_are_told_with_what_each_still_gets() -> None:
    load = load_of([said(drone, 0.4) for drone in ASKED], ASKED)
    assert load.is_too_much
    assert "50 drones" in load.told()
    assert "8%" in load.told()


def test_a_drone_without_video_is_no_load() -> None:
    load = load_of([said("d1", 5.0), said("d2", 0.0, "waiting"), said("d3", None)], ASKED)
    assert (load.wanted_per_s, load.made_per_s, load.is_too_much) == (5.0, 5.0, False)


def test_a_hiccup_is_not_told_and_a_lasting_load_is_told_once_at_each_end() -> None:
    watch = LoadWatch(after=3)
    low, high = load_of([said("d1", 5.0)], ASKED), load_of([said("d1", 1.0)], ASKED)
    steps = [high, low, high, high, high, high, high, low, low, low, low]
    told = [watch.step(load) for load in steps]
    assert [i for i, line in enumerate(told) if line] == [4, 9]
