"""A book that is put on disk and read back goes on as if nothing had happened."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tracks import PLANE, START_US, made_track, park, presence_alone, seen, zones

from droneops.errors import InputError
from droneops.incidents.book import IncidentBook
from droneops.incidents.entry import Entry
from droneops.incidents.incident import ChangeKind, Origin
from droneops.incidents.life import Life
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Blindness
from droneops.incidents.stored import entry_to_record
from droneops.types import TrackState
from geofences import BorderSide, ZoneIndex

ORIGIN = Origin("mukdahan", "exercise", "run")
LABELS = ("person", "person", "boat", "vehicle", "tractor", "fire")
SIDES = (None, BorderSide("mekong-border", 80.0, 20.0, 0.98, "TH"), BorderSide("m", -80.0, 20.0, 0.02, "LA"))


def observation(number: int, time_s: float, moved_m: float, probability: float, side, is_doubted: bool):
    track = made_track(number, label=LABELS[number % len(LABELS)])
    lat_deg, lon_deg = PLANE.lat_lon_deg(60.0 * number + moved_m, moved_m)
    state = TrackState.TENTATIVE if is_doubted else TrackState.CONFIRMED
    track = replace(track, lat_deg=lat_deg, lon_deg=lon_deg, state=state)
    return replace(seen(track, time_s, probability), border=side)


moves = st.tuples(
    st.integers(1, 7),
    st.sampled_from([0.0, 0.0, 1.5, 40.0, 300.0]),
    st.sampled_from([0.97, 0.97, 0.5, 0.1]),
    st.sampled_from(SIDES),
    st.sampled_from([False, False, False, True]),
)
steps = st.tuples(
    st.sampled_from([0.0, 0.2, 1.0, 2.0, 12.0, 70.0, 350.0, 2000.0, 4000.0]),
    st.lists(moves, max_size=5, unique_by=lambda move: move[0]),
    st.sampled_from(["", "", "", "", "blind", "acknowledge", "dismiss", "cancel", "zones", "late"]),
)


def step_of(book: IncidentBook, time_s: float, step):
    """One look and what a person does with it; what it changed, as plain values."""
    _, things, act = step
    time_us = START_US + round(time_s * 1e6)
    look_s = time_s - 30.0 if act == "late" else time_s
    blind = (
        (Blindness("d", time_us - 20_000_000, "covered", frozenset({park().id})),) if act == "blind" else ()
    )
    changes = [
        *book.observe(
            [observation(n, look_s, *other) for n, *other in things], round(look_s * 1e6) + START_US, blind
        ),
        *book.tick(time_us),
    ]
    latest = book.incidents[-1].id if book.incidents else ""
    if act == "acknowledge":
        book.acknowledge(latest, time_us)
    elif act == "dismiss":
        book.dismiss(latest, time_us)
    elif act == "cancel":
        changes += book.cancel(latest, time_us)
    elif act == "zones":
        moved = replace(park(), version=f"{time_us}", name_en="moved")
        changes += book.with_zones(ZoneIndex((moved,)), time_us)
    return [plain(change) for change in changes]


def plain(change):
    incident = entry_to_record(Entry(change.incident, 0, {}))
    present = [track.id for track in change.present]
    return str(change.kind), change.time_us, incident, present, change.conditions, change.replaced_by


def as_stored(state):
    return json.loads(json.dumps(state, allow_nan=False))


def restarted(book: IncidentBook, rules: RuleSet, index: ZoneIndex) -> IncidentBook:
    return IncidentBook.from_state(rules, ORIGIN, index, as_stored(book.to_state()))


@pytest.mark.parametrize("rules", [RuleSet(), presence_alone()], ids=["all rules", "R0"])
@given(given_steps=st.lists(steps, min_size=1, max_size=25), cuts=st.sets(st.integers(0, 24), min_size=1))
@settings(max_examples=60, deadline=None)
def test_wherever_it_is_cut_the_same_follows(rules, given_steps, cuts) -> None:
    whole, parts = (IncidentBook(rules, ORIGIN, zones()) for _ in range(2))
    time_s = 0.0
    for number, step in enumerate(given_steps):
        time_s += step[0]
        if number in cuts:
            parts = restarted(parts, rules, parts._zones)
        assert step_of(whole, time_s, step) == step_of(parts, time_s, step)
    assert whole.to_state() == parts.to_state()


@given(given_steps=st.lists(steps, min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_how_often_the_time_is_told_changes_when_something_is_said_but_not_what(given_steps) -> None:
    seldom, often = (IncidentBook(presence_alone(), ORIGIN, zones()) for _ in range(2))
    told: tuple[list, list] = ([], [])
    time_s = 0.0
    for step in given_steps:
        for part in range(1, 5):
            time_us = START_US + round((time_s + step[0] * part / 5) * 1e6)
            told[1].extend(plain(change) for change in often.tick(time_us))
        time_s += step[0]
        for book, said in zip((seldom, often), told, strict=True):
            said.extend(step_of(book, time_s, (step[0], step[1], "")))
    one, other = ([(kind, incident["incident"]["id"]) for kind, _, incident, *_ in said] for said in told)
    assert [row for row in one if row[0] in ("opened", "closed")] == [
        row for row in other if row[0] in ("opened", "closed")
    ]


def opened() -> IncidentBook:
    book = IncidentBook(presence_alone(), ORIGIN, zones())
    looks = [seen(made_track(), n / 5) for n in range(20)]
    changes = [change for look in looks for change in book.observe([look], look.track.last_seen_us)]
    assert [change.kind for change in changes] == [ChangeKind.OPENED]
    return book


def test_news_that_waits_is_told_by_the_next_process() -> None:
    book = opened()
    looks = [seen(made_track(2, 50.0), 4 + n / 5) for n in range(11)]
    assert [change for look in looks for change in book.observe([look], look.track.last_seen_us)] == []
    after = restarted(book, presence_alone(), zones())
    (grew,) = after.tick(START_US + 14_000_000)
    assert (grew.kind, grew.incident.lead.track.id) == (ChangeKind.GREW, "d/2")
    assert [condition.name for condition in grew.conditions]


def test_zones_that_changed_while_the_process_was_away_close_what_they_held() -> None:
    other = ZoneIndex((replace(park(), version="2", accuracy_m=80.0),))
    book = restarted(opened(), presence_alone(), other)
    changes = book.tick(START_US + 60_000_000)
    assert [(change.kind, change.incident.messages) for change in changes] == [(ChangeKind.CLOSED, 2)]
    assert restarted(opened(), presence_alone(), zones()).tick(START_US + 60_000_000) == ()


def test_the_closing_by_changed_zones_is_not_lost_if_the_process_dies_before_it() -> None:
    other = ZoneIndex(())
    twice = restarted(restarted(opened(), presence_alone(), other), presence_alone(), other)
    assert [change.kind for change in twice.tick(START_US + 60_000_000)] == [ChangeKind.CLOSED]


@given(given_steps=st.lists(steps, min_size=1, max_size=15), asked=st.sets(st.integers(0, 14)))
@settings(max_examples=30, deadline=None)
def test_the_changed_parts_alone_keep_a_store_up_to_date(given_steps, asked) -> None:
    book = IncidentBook(presence_alone(life=Life(most_over=1)), ORIGIN, zones())
    store = {}
    time_s = 0.0
    for number, step in enumerate(given_steps):
        time_s += step[0]
        step_of(book, time_s, step)
        if number in asked:
            store |= as_stored(book.changed_state())
    store |= as_stored(book.changed_state())
    assert {name: part for name, part in store.items() if part is not None} == as_stored(book.to_state())
    assert book.changed_state().keys() == {"common"}
    again = IncidentBook.from_parts(presence_alone(life=Life(most_over=1)), ORIGIN, book._zones, store.get)
    assert again.to_state() == book.to_state()


@pytest.mark.parametrize("damage", [{"version": 0}, {"order": ["x"]}, {"now_us": None}, {"founded": []}])
def test_a_state_that_cannot_be_read_is_refused_with_the_mend(damage) -> None:
    state = opened().to_state()
    state["common"] = {**state["common"], **damage}
    with pytest.raises(InputError, match="book of incidents"):
        IncidentBook.from_state(presence_alone(), ORIGIN, zones(), state)


def test_an_empty_store_is_refused_as_a_state() -> None:
    with pytest.raises(InputError, match="another version"):
        IncidentBook.from_state(presence_alone(), ORIGIN, zones(), {})
