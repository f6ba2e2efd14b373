"""How an incident lives after it opened: raised, merged, acknowledged, dismissed, withdrawn, closed."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from made_tracks import START_US, blind, found, made_track, seen

from droneops.incidents.incident import NAMESPACE, ChangeKind, EndReason, Origin, State
from droneops.incidents.ledger import Ledger
from droneops.incidents.life import Life
from droneops.types import TrackState

LIFE = Life()
LOGGING = {"rule": "R4", "event": "illegal_logging", "severity": "extreme"}


class Patrol:
    """A ledger that is fed look by look, and all that it told."""

    def __init__(self, life: Life = LIFE) -> None:
        self.ledger = Ledger(Origin("mukdahan", "exercise", "run"), life)
        self.told = []

    def look(self, time_s: float, *findings, also=()):
        """One look; what it changed. Things of findings count as seen, unless only ``also`` are given."""
        time_us = START_US + round(time_s * 1e6)
        things = [*also, *(thing for finding in findings for thing in finding.things)]
        now = list({t.track.id: t for t in things if t.track.last_seen_us == time_us}.values())
        changes = [*self.ledger.close_outlived(time_us)]
        self.ledger.see(now)
        changes += [*self.ledger.take(findings, now, time_us), *self.ledger.say(time_us)]
        self.told += changes
        return changes

    @property
    def incidents(self):
        return [entry.incident for entry in self.ledger.shelf]


def person(number: int, time_s: float, east_m: float = 0.0):
    return seen(made_track(number, east_m), time_s)


def boat(number: int, time_s: float, east_m: float = 0.0):
    return seen(made_track(number, east_m, label="boat"), time_s)


def kinds(changes):
    return [(change.kind, change.incident.severity, change.incident.messages) for change in changes]


def test_a_graver_finding_is_told_at_once_whatever_the_wait_and_keeps_the_id() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    (raised,) = patrol.look(0.2, found(boat(2, 0.2, 20), person(1, 0.2), **LOGGING))
    assert kinds([opened, raised]) == [
        (ChangeKind.OPENED, "moderate", 1),
        (ChangeKind.RAISED, "extreme", 2),
    ]
    assert (raised.incident.event, raised.incident.rule_id) == ("illegal_logging", "R4")
    assert raised.incident.lead.track.id == "d/2"
    assert [c.name for c in raised.conditions] == ["presence"]
    assert raised.incident.id == opened.incident.id
    assert raised.incident.founder.event == "intrusion"


def test_a_lesser_finding_changes_neither_severity_nor_rule_and_is_no_news() -> None:
    patrol = Patrol()
    patrol.look(0, found(boat(1, 0), **LOGGING))
    assert patrol.look(20, found(boat(1, 20))) == []
    assert (patrol.incidents[0].severity, patrol.incidents[0].rule_id) == ("extreme", "R4")
    assert patrol.incidents[0].rule_ids == {"R0", "R4"}


def test_the_gravest_of_one_look_opens_and_the_others_are_its_own() -> None:
    patrol = Patrol()
    changes = patrol.look(0, found(person(1, 0)), found(boat(2, 0, 50), person(1, 0), **LOGGING))
    assert kinds(changes) == [(ChangeKind.OPENED, "extreme", 1)]
    assert len(patrol.incidents[0].members) == 2


def test_what_tells_more_of_the_same_severity_is_told_once() -> None:
    patrol = Patrol()
    patrol.look(0, found(boat(1, 0)))
    moored = [
        patrol.look(t, found(boat(1, t), rule="R3", event="illegal_logging"), found(boat(1, t)))
        for t in (1, 2, 30)
    ]
    assert [kinds(changes) for changes in moored] == [[(ChangeKind.RAISED, "moderate", 2)], [], []]


def test_news_of_an_open_incident_is_told_at_once_and_once_though_it_is_less_grave() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(boat(1, 0), **LOGGING))
    crossing = {"rule": "R9", "event": "border_crossing", "severity": "severe", "updates": opened.incident.id}
    told = [
        change
        for t in (1, 2, 30)
        for change in patrol.look(t, found(boat(2, t, 900), **crossing), found(boat(1, t), **LOGGING))
    ]
    assert [(c.kind, c.incident.event, c.incident.severity) for c in told] == [
        (ChangeKind.RAISED, "border_crossing", "extreme")
    ]
    assert told[0].incident.lead.track.id == "d/2"


def test_fire_is_an_incident_of_its_own() -> None:
    patrol = Patrol()
    fire = seen(made_track(1, label="fire"), 0)
    changes = patrol.look(0, found(fire), found(fire, rule="R12", event="fire", severity="severe"))
    assert sorted(change.incident.event for change in changes) == ["fire", "intrusion"]
    assert patrol.look(60, found(seen(fire.track, 60)), also=[]) == []


def test_two_incidents_found_to_be_one_go_on_as_the_older() -> None:
    patrol = Patrol()
    (older,) = patrol.look(0, found(person(1, 0)))
    (younger,) = patrol.look(1, found(boat(2, 1, 400)))
    raised, cancelled = patrol.look(2, found(boat(2, 2, 400), person(1, 2), **LOGGING))
    assert (raised.kind, raised.incident.id) == (ChangeKind.RAISED, older.incident.id)
    assert (cancelled.kind, cancelled.incident.id) == (ChangeKind.CANCELLED, younger.incident.id)
    assert (cancelled.replaced_by, cancelled.reason) == (older.incident.id, EndReason.MERGED)
    assert (cancelled.incident.state, cancelled.incident.messages) == (State.CANCELLED, 2)
    assert {track.id for track in raised.incident.tracks} == {"d/1", "d/2"}
    assert patrol.look(3, found(boat(2, 3, 400)), found(person(1, 3))) == []


def test_the_survivor_is_as_grave_as_the_one_it_replaces() -> None:
    patrol = Patrol()
    patrol.look(0, found(person(1, 0)))
    patrol.look(1, found(boat(2, 1, 400), **LOGGING))
    raised, cancelled = patrol.look(2, found(boat(2, 2, 400), person(1, 2), rule="R5", severity="severe"))
    assert (raised.kind, raised.incident.severity, raised.incident.rule_id) == (
        ChangeKind.RAISED,
        "extreme",
        "R4",
    )
    assert raised.incident.lead.track.id == "d/2"
    assert cancelled.kind is ChangeKind.CANCELLED


def test_a_merge_that_raises_nothing_is_told_as_growth_after_the_wait() -> None:
    patrol = Patrol()
    patrol.look(0, found(person(1, 0)))
    patrol.look(1, found(person(2, 1, 400)))
    merge = patrol.look(2, found(person(1, 2), person(2, 2, 400)))
    assert [change.kind for change in merge] == [ChangeKind.CANCELLED]
    (grew,) = patrol.look(12)
    assert (grew.kind, len(grew.incident.members)) == (ChangeKind.GREW, 2)


def test_what_was_not_seen_for_long_is_closed_with_a_message_and_opens_anew_under_another_id() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    assert patrol.incidents[0].is_quiet(START_US + 400_000_000, LIFE.within_s)
    assert patrol.look(LIFE.close_after_s) == []
    (closed,) = patrol.look(LIFE.close_after_s + 1)
    assert (closed.kind, closed.incident.state, closed.incident.messages) == (
        ChangeKind.CLOSED,
        State.CLOSED,
        2,
    )
    assert (closed.present, closed.reason) == ((), EndReason.QUIET)
    (again,) = patrol.look(4000, found(person(1, 4000)))
    assert again.kind is ChangeKind.OPENED
    assert again.incident.id != opened.incident.id
    assert again.incident.founder == replace(opened.incident.founder, time=2)


def test_news_that_waits_when_an_incident_is_closed_is_not_told() -> None:
    patrol = Patrol(Life(news_every_s=1e6))
    patrol.look(0, found(person(1, 0)))
    patrol.look(1, found(person(2, 1, 50)))
    assert [change.kind for change in patrol.look(4000)] == [ChangeKind.CLOSED]
    assert patrol.ledger.say(START_US + 4_000_000_000, wait=False) == ()


def test_an_acknowledged_incident_goes_on_and_still_tells_what_is_graver() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    patrol.ledger.acknowledge(opened.incident.id)
    assert patrol.incidents[0].state is State.ACKNOWLEDGED
    assert patrol.look(1, found(person(1, 1))) == []
    assert [c.kind for c in patrol.look(2, found(person(1, 2), **LOGGING))] == [ChangeKind.RAISED]
    assert patrol.incidents[0].state is State.ACKNOWLEDGED


def test_what_was_dismissed_is_not_told_again_nor_are_those_who_join_it() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    patrol.ledger.dismiss(opened.incident.id, START_US + 1_000_000)
    for t in range(2, 3000, 100):
        assert patrol.look(t, found(person(1, t)), found(person(2, t, 50))) == []
    assert [incident.state for incident in patrol.incidents] == [State.CLOSED]
    assert patrol.incidents[0].messages == 1


def test_what_was_dismissed_is_told_as_a_new_incident_once_it_is_graver() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    patrol.ledger.dismiss(opened.incident.id, START_US + 1_000_000)
    (graver,) = patrol.look(2, found(boat(2, 2, 30), person(1, 2), **LOGGING))
    assert (graver.kind, graver.incident.severity) == (ChangeKind.OPENED, "extreme")
    assert graver.incident.id != opened.incident.id
    assert patrol.look(3, found(person(1, 3))) == []


def test_a_dismissal_ends_with_the_thing() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    patrol.ledger.dismiss(opened.incident.id, START_US + 1_000_000)
    assert patrol.look(3700) == []
    assert [c.kind for c in patrol.look(3701, found(person(1, 3701)))] == [ChangeKind.OPENED]


def test_what_is_withdrawn_is_told_as_such_and_does_not_come_back_with_the_next_look() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    (cancelled,) = patrol.ledger.cancel(opened.incident.id, START_US + 1_000_000)
    assert (cancelled.kind, cancelled.replaced_by) == (ChangeKind.CANCELLED, None)
    assert cancelled.reason is EndReason.BY_HAND
    assert cancelled.incident.messages == 2
    assert patrol.look(2, found(person(1, 2))) == []
    assert patrol.ledger.cancel(opened.incident.id, START_US + 3_000_000) == ()


def test_an_operator_may_say_that_two_incidents_are_one() -> None:
    patrol = Patrol()
    (one,) = patrol.look(0, found(person(1, 0)))
    (other,) = patrol.look(1, found(boat(2, 1, 900), **LOGGING))
    raised, cancelled = patrol.ledger.cancel(other.incident.id, START_US + 2_000_000, one.incident.id)
    assert (raised.incident.id, raised.incident.severity) == (one.incident.id, "extreme")
    assert (cancelled.incident.id, cancelled.replaced_by) == (other.incident.id, one.incident.id)


def test_a_finding_about_what_is_not_believed_or_only_remembered_changes_nothing() -> None:
    patrol = Patrol()
    doubted = person(1, 0)
    doubted = replace(doubted, track=replace(doubted.track, state=TrackState.TENTATIVE))
    assert patrol.look(0, found(doubted)) == []
    assert patrol.look(10, found(person(2, 0))) == []


def test_one_incident_holds_what_several_drones_see() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(0, found(person(1, 0)))
    other = replace(made_track(2, 60), id="e/1", drone_id="e")
    patrol.look(1, found(seen(other, 1)))
    (grew,) = patrol.look(11)
    assert (grew.incident.id, grew.incident.lead.track.drone_id) == (opened.incident.id, "e")
    assert grew.incident.founder.drone_id == "d"


def test_a_blind_drone_founds_an_incident_without_things() -> None:
    patrol = Patrol()
    (opened,) = patrol.look(20, blind(8))
    incident = opened.incident
    assert (incident.lead, incident.members, opened.present) == (None, (), ())
    assert (incident.founder.drone_id, incident.onset_us) == ("d", START_US + 8_000_000)
    assert incident.zone_ids == {"phu-pha-thoep"}
    assert opened.conditions[0].found == "covered, 12.0 s"
    assert patrol.look(25, blind(8)) == []


def test_a_drone_that_sees_again_is_told_and_the_next_time_is_another_incident() -> None:
    patrol = Patrol()
    (first,) = patrol.look(20, blind(8))
    (closed,) = patrol.look(21 + LIFE.sees_again_s)
    (second,) = patrol.look(200, blind(190))
    assert (closed.kind, closed.incident.lead) == (ChangeKind.CLOSED, None)
    assert second.kind is ChangeKind.OPENED
    assert second.incident.id != first.incident.id


def test_two_blind_drones_are_two_incidents() -> None:
    patrol = Patrol()
    changes = patrol.look(20, blind(8), blind(8, drone_id="e"))
    assert len({change.incident.id for change in changes}) == 2


def test_very_many_things_are_let_go_by_the_longest_unseen_and_counted() -> None:
    patrol = Patrol(Life(most_members=3))
    for number in range(1, 7):
        patrol.look(number, found(person(number, number, 10 * number)))
    (incident,) = patrol.incidents
    assert [track.id for track in incident.tracks] == ["d/1", "d/5", "d/6"]
    assert incident.left_out == (("person", 3),)


def test_incidents_that_are_over_are_kept_short() -> None:
    patrol = Patrol(Life(most_over=2))
    for number in range(1, 6):
        patrol.look(4000 * number, found(person(number, 4000 * number)))
    patrol.look(4000 * 6)
    assert [incident.founder.start_us for incident in patrol.incidents] == [START_US + 4, START_US + 5]


@pytest.mark.parametrize("hours", [2, 72])
def test_an_id_is_never_used_twice_however_long_an_incident_lasted(hours: int) -> None:
    patrol = Patrol(Life(most_over=0))
    for lap in range(4):
        start_s = lap * (hours + 2) * 3600
        for hour in range(hours):
            patrol.look(start_s + 3600 * hour, found(person(1, start_s + 3600 * hour)))
        patrol.look(start_s + 3600 * hours + 1)
    opened = [change.incident.id for change in patrol.told if change.kind is ChangeKind.OPENED]
    assert len(opened) == len(set(opened)) == 4


def test_the_first_id_of_a_founder_is_that_of_an_earlier_version_of_this_book() -> None:
    (opened,) = Patrol().look(0, found(person(1, 0)))
    name = "mukdahan/exercise/run/intrusion/d/2026-11-20T10:07:30.000001Z#0"
    assert opened.incident.id == str(uuid.uuid5(NAMESPACE, name))
