"""Every rule with one scene that fires it and one that fails by one condition, named."""

from __future__ import annotations

import pytest
from made_scenes import (
    BOAT,
    DAY_US,
    NIGHT_US,
    PICKUP,
    Actor,
    blindness,
    carriers,
    fired,
    incident,
    index,
    made,
    observed,
    still,
    told,
)

PARK_EAST = -5000


def people(count: int, spacing_m: float, east_m: float = PARK_EAST) -> list[Actor]:
    """People in a file that runs north."""
    return [still(number, "person", east_m, spacing_m * number) for number in range(1, count + 1)]


def scattered(count: int) -> list[Actor]:
    """People 40 m from one another, in no line."""
    return [still(n, "person", PARK_EAST + 40 * (n % 2), 35 * n) for n in range(1, count + 1)]


def opened(rule_id: str, actor: Actor, start_us: int = DAY_US):
    """An incident that a rule opened about an actor where it was first."""
    track = made(actor, *actor.at(0), start_us, start_us)
    return (incident("illegal_logging", rule_id, [observed(track, index())], start_us),)


FLEEING = Actor(2, "vehicle", [(0, -560, 0), (20, -560, 0), (50, -260, 0)])
FLEEING_INLAND = Actor(2, "vehicle", [(0, -560, 0), (20, -560, 0), (50, -860, 0)])
ACROSS = Actor(1, "boat", [(0, 5, 0), (20, 5, 0), (140, 700, 0)])
HALFWAY = Actor(1, "boat", [(0, 5, 0), (20, 5, 0), (140, 405, 0)])

TABLE = {
    "R0": (
        ([still(1, "person", PARK_EAST, 0)], 5, {}),
        ([still(1, "person", -2995, 0)], 5, {}),
        "inside park",
    ),
    "R1": (
        ([still(1, "light", PARK_EAST, 0)], 5, {"start_us": NIGHT_US}),
        ([still(1, "light", PARK_EAST, 0)], 5, {"start_us": DAY_US}),
        "night",
    ),
    "R1 off the trails": (
        ([still(1, "person", PARK_EAST, -1400)], 5, {"start_us": NIGHT_US}),
        ([still(1, "person", PARK_EAST, -1495)], 5, {"start_us": NIGHT_US}),
        "not at a trail",
    ),
    "R2": (
        ([still(1, "vehicle", PARK_EAST, 0)], 125, {}),
        ([still(1, "vehicle", PARK_EAST, 0)], 90, {}),
        "stopped",
    ),
    "R2 at the edge": (
        ([still(1, "vehicle", -2800, 0)], 125, {"start_us": NIGHT_US}),
        ([still(1, "vehicle", -2800, 0)], 125, {"start_us": DAY_US}),
        "inside a park",
    ),
    "R3": (
        ([BOAT], 125, {}),
        ([still(1, "boat", 150, 0)], 125, {}),
        "within 30 m of the bank",
    ),
    "R3 still": ((([BOAT], 125, {})), ([BOAT], 60, {}), "still"),
    "R3 piers": (
        ([BOAT], 125, {}),
        ([still(1, "boat", 5, 1000)], 125, {}),
        "not at a pier",
    ),
    "R4": (
        ([BOAT, PICKUP, *carriers((3, 4))], 90, {}),
        ([BOAT, PICKUP, *carriers((3,)), still(4, "person", -58, 5)], 90, {}),
        "people walking between",
    ),
    "R5 grouped": ((people(5, 10), 5, {}), (people(4, 10), 5, {}), "people"),
    "R5 in file": ((people(5, 50), 5, {}), (scattered(5), 5, {}), "together"),
    "R6": (
        ([still(1, "tractor", PARK_EAST, 0)], 5, {}),
        ([still(1, "tractor", -3300, 0)], 5, {}),
        "inside park by 500 m",
    ),
    "R6 roads": (
        ([still(1, "truck", PARK_EAST, 1400)], 5, {}),
        ([still(1, "truck", PARK_EAST, 1505)], 5, {}),
        "not at a road",
    ),
    "R7": (
        ([still(1, "log_pile", PARK_EAST, 0)], 6, {}),
        ([still(1, "log_pile", PARK_EAST, 0, sightings_each=1)], 6, {}),
        "sightings",
    ),
    "R8": (
        ([FLEEING], 45, {"incidents": opened("R2", FLEEING)}),
        ([FLEEING_INLAND], 45, {"incidents": opened("R2", FLEEING_INLAND)}),
        "toward the river",
    ),
    "R9": (
        ([ACROSS], 140, {"incidents": opened("R3", ACROSS)}),
        ([HALFWAY], 140, {"incidents": opened("R3", HALFWAY)}),
        "is across",
    ),
    "R10": (
        ([still(1, "shelter", PARK_EAST, 0), *people(4, 8)[1:]], 1801, {}),
        ([still(1, "shelter", PARK_EAST, 0), *people(4, 8)[1:]], 900, {}),
        "there",
    ),
    "R11": (
        ([], 20, {"blind": (blindness({"park"}, DAY_US),)}),
        ([], 20, {"blind": (blindness((), DAY_US),)}),
        "where a zone matters",
    ),
    "R12": (
        ([still(1, "smoke", -1000, 0)], 5, {}),
        ([still(1, "smoke", -1000, 0)], 2, {}),
        "seen",
    ),
}
SEVERITIES = {
    "R0": ("intrusion", "moderate"),
    "R1": ("intrusion", "moderate"),
    "R2": ("intrusion", "moderate"),
    "R3": ("illegal_logging", "moderate"),
    "R4": ("illegal_logging", "extreme"),
    "R5": ("intrusion", "severe"),
    "R6": ("illegal_logging", "severe"),
    "R7": ("illegal_logging", "severe"),
    "R8": ("illegal_logging", "severe"),
    "R9": ("border_crossing", "severe"),
    "R10": ("intrusion", "severe"),
    "R11": ("drone_blind", "minor"),
    "R12": ("fire", "severe"),
}


def rule_of(name: str) -> str:
    """The rule that a scene is about."""
    return name.partition(" ")[0]


def findings(name: str, case):
    actors, until_s, other = case
    return told(actors, until_s, rule_of(name), **other)


@pytest.mark.parametrize("name", TABLE)
def test_a_rule_fires_on_what_it_is_for(name: str) -> None:
    rule_id = rule_of(name)
    found = fired(findings(name, TABLE[name][0]), rule_id)
    assert len(found) >= 1
    assert {(item.event, item.severity) for item in found} == {SEVERITIES[rule_id]}


@pytest.mark.parametrize("name", TABLE)
def test_a_near_miss_names_the_one_condition_that_is_missing(name: str) -> None:
    _, near, missing = TABLE[name]
    found = findings(name, near)
    assert [[item.name for item in one.missing] for one in found] == [[missing]] * max(len(found), 1)
