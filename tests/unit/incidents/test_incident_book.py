"""When an incident opens, what joins it, and what is said of it."""

from __future__ import annotations

import uuid
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from made_tracks import PLANE, START_US, made_track, park, presence_alone, seen, zones

from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import ChangeKind, Founder, Origin, incident_id
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Blindness
from droneops.types import TrackState
from geofences import BorderSide, Kind, ZoneHit

ORIGIN = Origin("mukdahan", "exercise", "run")
RULES = presence_alone()


def side(distance_m: float, p_thailand: float, name: str) -> BorderSide:
    return BorderSide("mekong-border", distance_m, 120.0, p_thailand, name)


def replace_east(track, east_m: float):
    """The same track further east."""
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, 0.0)
    return replace(track, lat_deg=lat_deg, lon_deg=lon_deg)


def told(observations, rules: RuleSet = RULES, finish_s: float | None = None):
    """The changes that a fresh book tells of these observations."""
    book = IncidentBook(rules, ORIGIN, zones())
    changes = [change for item in observations for change in book.observe([item], item.track.last_seen_us)]
    if finish_s is not None:
        changes += book.finish(START_US + round(finish_s * 1e6))
    return book, changes


def stay(track, start_s: float, end_s: float, probability: float = 0.97):
    """One observation a fifth of a second."""
    steps = round((end_s - start_s) * 5)
    return [seen(track, start_s + step / 5, probability) for step in range(steps + 1)]


def test_a_person_inside_for_the_dwell_opens_one_incident_and_no_more() -> None:
    book, changes = told(stay(made_track(), 0, 60), finish_s=60)
    assert [(change.kind, change.incident.messages) for change in changes] == [(ChangeKind.OPENED, 1)]
    assert changes[0].time_us == START_US + 2_000_000
    assert changes[0].incident.onset_us == START_US
    assert len(book.incidents) == 1


def tentative(observations):
    """The same, of a track that is not believed yet."""
    return [replace(o, track=replace(o.track, state=TrackState.TENTATIVE)) for o in observations]


def test_the_dwell_counts_from_before_a_thing_was_believed() -> None:
    looks = stay(made_track(), 0, 2)
    book, changes = told([*tentative(looks[:5]), *looks[5:]])
    assert [change.kind for change in changes] == [ChangeKind.OPENED]
    assert changes[0].time_us == START_US + 2_000_000
    assert book.incidents[0].onset_us == START_US


def test_what_is_not_believed_raises_nothing_however_long_it_stays() -> None:
    assert told(tentative(stay(made_track(), 0, 60)), finish_s=60)[1] == []


def test_nobody_is_alerted_below_the_threshold_or_the_dwell() -> None:
    assert told(stay(made_track(), 0, 60, probability=0.79))[1] == []
    assert told(stay(made_track(), 0, 1.8))[1] == []


def test_too_long_out_of_sight_begins_the_dwell_again() -> None:
    track = made_track()
    assert told([seen(track, 0), seen(track, 5.1), seen(track, 6.9)])[1] == []
    assert len(told([seen(track, 0), seen(track, 5.0)])[1]) == 1


def test_a_moment_outside_begins_the_dwell_again() -> None:
    track = made_track()
    assert told([seen(track, 0), seen(track, 1.5, 0.5), seen(track, 2.5)])[1] == []


def test_a_label_the_rules_do_not_look_for_raises_nothing() -> None:
    assert told(stay(made_track(label="marker-3"), 0, 60))[1] == []


def test_a_rule_that_is_switched_off_raises_nothing() -> None:
    assert told(stay(made_track(), 0, 60), presence_alone(enabled=False))[1] == []


def test_a_second_person_nearby_joins_and_is_told_after_the_wait() -> None:
    first, second = made_track(1), made_track(2, east_m=100)
    observations = stay(first, 0, 3) + stay(second, 3, 20)
    _, changes = told(observations, finish_s=20)
    assert [change.kind for change in changes] == [ChangeKind.OPENED, ChangeKind.GREW]
    assert [len(change.incident.tracks) for change in changes] == [1, 2]
    assert changes[1].time_us - changes[0].time_us >= 10_000_000
    assert changes[1].incident.messages == 2


def test_what_was_not_yet_told_is_told_when_the_run_ends() -> None:
    observations = stay(made_track(1), 0, 3) + stay(made_track(2, east_m=100), 3, 6)
    _, changes = told(observations, finish_s=6)
    assert [change.kind for change in changes] == [ChangeKind.OPENED, ChangeKind.GREW]


def test_a_person_far_away_is_another_incident() -> None:
    book, changes = told(stay(made_track(1), 0, 3) + stay(made_track(2, east_m=400), 3, 6), finish_s=6)
    assert [change.kind for change in changes] == [ChangeKind.OPENED, ChangeKind.OPENED]
    assert len({incident.id for incident in book.incidents}) == 2


def test_an_incident_silent_for_long_is_not_joined() -> None:
    book, _ = told(stay(made_track(1), 0, 3) + stay(made_track(2, east_m=30), 400, 403))
    assert len(book.incidents) == 2


def test_the_same_observations_give_the_same_ids_and_another_run_others() -> None:
    track = made_track()
    one, other = (incident_id(ORIGIN, Founder.of("intrusion", track)) for _ in range(2))
    assert one == other
    assert uuid.UUID(one).version == 5
    assert incident_id(replace(ORIGIN, run="another"), Founder.of("intrusion", track)) != one
    assert incident_id(ORIGIN, Founder.of("intrusion", replace(track, ordinal=1))) != one


def test_a_newcomer_where_somebody_stood_an_hour_ago_is_another_incident() -> None:
    walker, newcomer = made_track(1), made_track(2)
    followed = [seen(replace_east(walker, step), step) for step in range(0, 3000, 2)]
    book, _ = told(stay(walker, 0, 3) + followed[2:] + stay(newcomer, 3002, 3006))
    assert len(book.incidents) == 2


def test_an_update_speaks_of_the_thing_that_made_the_news() -> None:
    first, second = made_track(1), made_track(2, east_m=100)
    _, changes = told(stay(first, 0, 3) + stay(second, 3, 20), finish_s=20)
    assert [change.incident.lead.track.id for change in changes] == [first.id, second.id]


def test_two_moored_boats_passed_again_and_again_stay_two() -> None:
    observations = []
    for lap in range(6):
        for number in (1, 2):
            boat = made_track(10 * lap + number, east_m=40.0 * number, label="boat")
            observations += stay(boat, 310 * lap + 3 * number, 310 * lap + 3 * number + 2.4)
    book, changes = told(observations, finish_s=2000)
    assert len(book.incidents) == 1
    assert {len(change.present) for change in changes} <= {1, 2}
    assert len(changes) == 2


def test_crossing_the_border_is_told() -> None:
    boat = made_track(label="boat")
    thai = [replace(item, border=side(400.0, 0.99, "TH")) for item in stay(boat, 0, 20)]
    between = [replace(item, border=side(0.0, 0.5, "uncertain")) for item in stay(boat, 20.2, 31)]
    lao = [replace(item, border=side(-400.0, 0.01, "LA")) for item in stay(boat, 31.2, 60)]
    _, changes = told(thai + between + lao, finish_s=60)
    assert [change.incident.lead.border.side for change in changes] == ["TH", "uncertain", "LA"]


def test_going_into_another_zone_of_the_rule_is_told_and_no_zone_is_forgotten() -> None:
    other = replace(park(), id="other-park")
    away = [replace(item, hits=(ZoneHit(other, 0.95, -5.0),)) for item in stay(made_track(), 20.2, 40)]
    book, changes = told(stay(made_track(), 0, 20) + away, finish_s=40)
    assert [change.kind for change in changes] == [ChangeKind.OPENED, ChangeKind.MOVED]
    assert book.incidents[0].zone_ids == {"phu-pha-thoep", "other-park"}


def test_moving_beyond_the_error_is_told_once_a_minute() -> None:
    followed = [seen(replace_east(made_track(), 2 * step), step) for step in range(150)]
    _, changes = told(followed)
    assert [change.kind for change in changes] == [ChangeKind.OPENED, ChangeKind.MOVED, ChangeKind.MOVED]


def test_the_rules_zone_comes_first_among_the_hits() -> None:
    permit = replace(park(), id="permit", kind=Kind.PERMIT)
    both = [
        replace(item, hits=(ZoneHit(permit, 0.999, -5.0), *item.hits)) for item in stay(made_track(), 0, 3)
    ]
    (change,) = told(both)[1]
    assert [hit.zone.id for hit in change.incident.lead.hits] == ["phu-pha-thoep", "permit"]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.floats(0, 30), st.floats(0, 1), st.floats(0, 500)), max_size=60)
)
def test_whatever_happens_sequences_have_no_hole_and_each_track_one_incident(steps) -> None:
    time_s, observations = 0.0, []
    for number, wait_s, probability, east_m in steps:
        time_s += wait_s / 10
        observations.append(seen(made_track(number, east_m), time_s, probability))
    book, changes = told(observations, finish_s=time_s)
    for incident in book.incidents:
        sequence = [change.incident.messages for change in changes if change.incident.id == incident.id]
        assert sequence == list(range(1, len(sequence) + 1))
        assert incident.messages == len(sequence)
    owners = [track.id for incident in book.incidents for track in incident.tracks]
    assert len(owners) == len(set(owners))
    assert [change.time_us for change in changes] == sorted(change.time_us for change in changes)


def test_a_thing_of_an_incident_is_followed_under_whatever_name_it_goes_later() -> None:
    rules = presence_alone(labels=frozenset({"boat"}))
    boat = made_track(label="boat")
    book, _ = told(stay(boat, 0, 3), rules)
    renamed = replace(boat, label="vehicle")
    assert book.wants(renamed)
    assert not book.wants(replace(renamed, id="d/9"))
    book.observe([seen(renamed, 20)], START_US + 20_000_000)
    assert book.incidents[0].last_seen_us == START_US + 20_000_000


def test_the_things_of_open_incidents_are_wanted_while_they_were_seen_of_late() -> None:
    book, _ = told(stay(made_track(), 0, 3))
    assert [track.id for track in book.wanted(START_US + 10_000_000)] == ["d/1"]
    assert book.wanted(START_US + round((RULES.life.within_s + 4) * 1e6)) == ()


def test_a_blind_drone_is_told_through_the_book_as_a_zone_matters_there() -> None:
    book = IncidentBook(RuleSet(), ORIGIN, zones())
    blind = Blindness("patrol-1", START_US, "covered", frozenset({"phu-pha-thoep"}))
    changes = [c for n in range(30) for c in book.observe([], START_US + n * 10_000_000, blind=[blind])]
    (opened,) = changes
    assert (opened.incident.event, opened.incident.founder.drone_id) == ("drone_blind", "patrol-1")
    assert (opened.incident.lead, opened.incident.tracks) == (None, ())
    assert opened.conditions
