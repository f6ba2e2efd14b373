"""The stream of events says what happened, once, and nothing of what was so before the service began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from droneops.fleet.supervisor import Child
from droneops.fleet.wire import Vitals
from droneops.incidents.incident import Founder, Incident, State
from droneops.site.happenings import Happenings

OPEN = Incident(
    id="i1",
    event="intrusion",
    severity="moderate",
    state=State.OPEN,
    rule_id="R0",
    rule_version="1",
    onset_us=1_000_000,
    last_seen_us=9_000_000,
    members=(),
    lead=None,
    zone_ids=frozenset(),
    messages=1,
    founder=Founder("intrusion", "d1", 1_000_000),
)


@pytest.fixture
def told() -> list[tuple[str, Mapping[str, str | int | float]]]:
    return []


@pytest.fixture
def happenings(told: list[tuple[str, Mapping[str, str | int | float]]]) -> Happenings:
    return Happenings(lambda kind, fields: told.append((kind, fields)))


def kinds(told: list[tuple[str, Mapping[str, str | int | float]]]) -> list[str]:
    return [kind for kind, _ in told]


def test_an_incident_is_told_at_each_turn_of_its_life_and_once(happenings, told) -> None:
    life = [
        (),
        (replace(OPEN, messages=0),),
        (OPEN,),
        (replace(OPEN, messages=2),),
        (replace(OPEN, severity="severe"),),
        (replace(OPEN, severity="severe", state=State.ACKNOWLEDGED),),
        (replace(OPEN, severity="severe", state=State.CLOSED),),
    ]
    for now in life:
        happenings.incidents(now)
        happenings.incidents(now)
    assert kinds(told) == ["opened", "raised", "acknowledged", "closed"]
    assert told[0][1]["incident_id"] == "i1"
    assert told[1][1]["severity"] == "severe"


def test_one_that_opened_and_closed_between_two_looks_at_it_is_told_as_both(happenings, told) -> None:
    happenings.incidents(())
    happenings.incidents((replace(OPEN, state=State.CANCELLED),))
    assert kinds(told) == ["opened", "cancelled"]


def test_what_was_so_when_the_service_began_is_no_news(happenings, told) -> None:
    happenings.incidents((OPEN,))
    happenings.incidents((OPEN,))
    assert told == []


def test_a_drones_process_is_told_when_it_begins_and_ends_even_between_two_looks(happenings, told) -> None:
    child = Child("d1")
    happenings.processes([child])
    child.starts, child.process = 1, object()  # type: ignore[assignment] # only whether there is one counts
    happenings.processes([child])
    child.starts = 2
    happenings.processes([child])
    child.process = None
    happenings.processes([child])
    assert kinds(told) == ["process_begun", "process_ended", "process_begun", "process_ended"]


def test_blindness_is_told_when_it_comes_changes_and_goes(happenings, told) -> None:
    for why in (None, "black", "black", "no_frames", None, None):
        happenings.vitals(Vitals("d1", 5, {"blind": why}))
    assert [(kind, fields.get("reason")) for kind, fields in told] == [
        ("blind", "black"),
        ("blind", "no_frames"),
        ("sees_again", None),
    ]


def test_a_drone_that_left_the_site_file_is_forgotten(happenings, told) -> None:
    happenings.vitals(Vitals("d1", 5, {"blind": "black"}))
    happenings.keep_drones([])
    happenings.vitals(Vitals("d1", 5, {"blind": "black"}))
    assert kinds(told) == ["blind", "blind"]
