"""Of what rules made of a flight the most telling is told, the rest is counted, and always the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droneops.cli.outcome import outcome_lines
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.incident import Founder, Incident, State
from droneops.replay.explained import MOST, explained_by, explained_json

T0 = 1_764_068_400_000_000


def finding(number: int, rule_id: str = "R11", severity: str = "minor", *, fires: bool = False) -> Finding:
    """A finding about a drone: it needs no things."""
    conditions = (Condition("lasts", fires, ">= 10 s", f"{number} s"), Condition("there", True, "yes", "yes"))
    drone, since_us = f"d{number}", T0 + number
    score = number / 1000
    return Finding(rule_id, "1", "drone_blind", severity, (), frozenset(), drone, since_us, score, conditions)


def incident(drone_id: str, rule_id: str) -> Incident:
    return Incident(
        id=f"of {drone_id}",
        event="drone_blind",
        severity="minor",
        state=State.OPEN,
        rule_id=rule_id,
        rule_version="1",
        onset_us=T0,
        last_seen_us=T0,
        members=(),
        lead=None,
        zone_ids=frozenset(),
        messages=1,
        founder=Founder("drone_blind", drone_id, T0),
        rule_ids=frozenset({rule_id}),
    )


def test_the_gravest_near_miss_comes_first_then_what_most_speaks_for() -> None:
    given = (finding(2), finding(1, "R4", "extreme"), finding(3))
    told = explained_by((), given, ()).near_misses
    assert [found.drone_id for found in told] == ["d1", "d3", "d2"]


def test_what_fired_is_told_in_order_of_time_with_the_incident_that_its_rule_made() -> None:
    fired = (finding(2, fires=True), finding(1, fires=True))
    told = explained_by(fired, (), (), (incident("d1", "R3"), incident("d1", "R11"), incident("d2", "R3")))
    assert [(found.drone_id, made) for found, made in told.fired] == [("d1", "of d1"), ("d2", None)]


def test_a_crowd_is_bounded_by_the_least_telling_and_the_rest_is_counted() -> None:
    many = [finding(number) for number in range(MOST + 30)]
    told = explained_by(many, many, ["gap"] * (MOST + 5))
    assert min(found.drone_id for found in told.near_misses) == "d30"
    assert [found.drone_id for found, _ in told.fired] == [f"d{n}" for n in range(30, MOST + 30)]
    assert (told.fired_left_out, told.near_misses_left_out, told.gaps_left_out) == (30, 30, 5)
    assert len(told.gaps) == MOST


def test_the_order_in_which_findings_come_changes_nothing() -> None:
    many = [finding(n % 7, rule_id) for n in range(80) for rule_id in ("R2", "R11")]
    shuffled = [*many[1::2], *many[-2::-2]]
    assert explained_json(explained_by(many, many, ())) == explained_json(
        explained_by(shuffled, shuffled, ())
    )


@pytest.fixture
def summary() -> dict:
    near = [finding(n, rule) for n, rule in enumerate(("R1", "R2", "R3", "R5", "R5"), start=1)]
    fired = [finding(9, "R4", fires=True), finding(10, "R0", fires=True), finding(11, "R0", fires=True)]
    seconds = dict.fromkeys(("total", "decode", "detect", "locate", "rest"), 1.0)
    counts = {"frames_skipped_by_zones": 0, "alerts": {}, "incidents": 0, "tracks": 0, "located": 0}
    return {
        "status": "exercise",
        "counts": counts | {"sightings": 0, "frames_looked": 0},
        "seconds": seconds,
        "rules": explained_json(explained_by(fired, near, ())),
    }


def test_the_terminal_tells_what_fired_and_three_near_misses_each_of_another_rule(summary) -> None:
    lines = outcome_lines(json.dumps(summary), Path("out")).splitlines()
    assert "rules that fired: R4, R0 (2)" in lines
    assert [line for line in lines if line.startswith("almost fired: ")] == [
        "almost fired: R5 for drone d5: lasts: wanted >= 10 s, found 5 s",
        "almost fired: R3 for drone d3: lasts: wanted >= 10 s, found 3 s",
        "almost fired: R2 for drone d2: lasts: wanted >= 10 s, found 2 s",
    ]


def test_a_flight_of_which_no_rule_says_anything_has_no_line_about_rules(summary) -> None:
    summary["rules"] = explained_json(explained_by((), (), ()))
    assert "fired" not in outcome_lines(json.dumps(summary), Path("out"))
