"""When a track is believed, lost, gone and back; what it is called; which are one, which are two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_sightings import made_sighting as seen_at

from droneops.tracking.events import EventKind
from droneops.tracking.settings import TrackerSettings
from droneops.tracking.tracker import Tracker
from droneops.types import TrackState


def kinds(tracker: Tracker) -> list[EventKind]:
    return [event.kind for event in tracker.events]


def watched(tracker: Tracker, looks: int = 10, start_s: float = 0.0, **more) -> float:
    """Let a tracker watch a thing that stands at the origin; the time of the next look."""
    for k in range(looks):
        tracker.observe([seen_at(0, 0, start_s + 0.2 * k, **more)])
    return start_s + 0.2 * looks


def test_a_thing_is_believed_when_it_was_seen_three_times() -> None:
    tracker = Tracker("d")
    states = [tracker.observe([seen_at(0, 0, 0.2 * k)])[0].state for k in range(3)]
    assert states == [TrackState.TENTATIVE, TrackState.TENTATIVE, TrackState.CONFIRMED]
    assert kinds(tracker) == [EventKind.CONFIRMED]


def test_what_has_a_name_is_believed_at_once() -> None:
    (track,) = Tracker("d").observe([seen_at(0, 0, 0, identity="marker-1", score=0.2)])
    assert track.state is TrackState.CONFIRMED


def test_weak_sightings_must_be_seen_twice_as_often() -> None:
    tracker = Tracker("d")
    states = [tracker.observe([seen_at(0, 0, 0.2 * k, score=0.3)])[0].state for k in range(6)]
    assert states == [TrackState.TENTATIVE] * 5 + [TrackState.CONFIRMED]


def test_a_weak_sighting_continues_a_track() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    (track,) = tracker.observe([seen_at(0, 0, now_s, score=0.2)])
    assert (track.id, track.sightings) == ("d/1", 11)


@pytest.mark.parametrize("score", [0.05, float("nan")])
def test_what_is_too_weak_is_not_followed(score: float) -> None:
    assert Tracker("d").observe([seen_at(0, 0, 0, score=score)]) == (None,)


def test_a_false_alarm_is_forgotten_after_the_looks_it_had() -> None:
    tracker = Tracker("d")
    tracker.observe([seen_at(0, 0, 0)])
    for k in range(1, 10):
        tracker.observe([], round(0.2e6 * k))
    assert tracker.tracks == ()


def test_a_strong_sighting_has_the_first_choice() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    weak, strong = seen_at(0, 0, now_s, score=0.3), seen_at(0.6, 0, now_s, index=1, score=0.9)
    first, second = tracker.observe([weak, strong])
    assert second.id == "d/1"
    assert first is None or first.id != "d/1"


def test_a_detector_that_calls_a_vehicle_a_motorcycle_now_and_then_founds_no_second_track() -> None:
    tracker = Tracker("d")
    for k in range(20):
        label = "motorcycle" if k % 4 == 3 else "vehicle"
        (track,) = tracker.observe([seen_at(0, 0, 0.2 * k, label=label)])
    assert (track.id, track.label) == ("d/1", "vehicle")
    assert track.label_scores == (("vehicle", pytest.approx(13.5)), ("motorcycle", pytest.approx(4.5)))


def test_a_track_takes_the_label_that_most_speaks_for_and_says_so() -> None:
    tracker = Tracker("d")
    said = []
    for k in range(10):
        (track,) = tracker.observe([seen_at(0, 0, 0.2 * k, label="vehicle" if k < 2 else "motorcycle")])
        said += [event for event in tracker.events if event.kind is EventKind.RELABELLED]
    assert (track.id, track.label, track.detector_label) == ("d/1", "motorcycle", "motorcycle")
    assert len(said) == 1


def test_labels_that_take_turns_do_not_rename_a_track_for_ever() -> None:
    tracker = Tracker("d")
    labels = [
        tracker.observe([seen_at(0, 0, 0.2 * k, label=("vehicle", "motorcycle")[k % 2])])[0].label
        for k in range(20)
    ]
    assert set(labels) == {"vehicle"}


def test_a_rider_is_not_his_motorcycle() -> None:
    tracker = Tracker("d")
    watched(tracker, label="motorcycle")
    assert tracker.observe([seen_at(0, 0, 2.0, label="person")])[0].id == "d/2"


def test_out_of_view_is_out_of_sight_and_kept() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    for k in range(100):
        tracker.observe([], round((now_s + 0.2 * k) * 1e6), in_view=lambda lat, lon: False)
    assert [track.state for track in tracker.tracks] == [TrackState.OUT_OF_SIGHT]
    (track,) = tracker.observe([seen_at(0.5, 0, now_s + 20)])
    assert (track.id, track.state) == ("d/1", TrackState.CONFIRMED)
    assert kinds(tracker) == [EventKind.CAME_BACK]


def test_in_view_and_not_found_for_fifteen_looks_is_gone() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    states = []
    for k in range(15):
        tracker.observe([], round((now_s + 0.2 * k) * 1e6), in_view=lambda lat, lon: True)
        states.append(tracker.tracks[0].state)
    assert states == [TrackState.CONFIRMED] * 14 + [TrackState.GONE]
    assert kinds(tracker) == [EventKind.GONE]


def test_a_place_only_half_in_view_proves_nothing() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    for k in range(30):
        tracker.observe([], round((now_s + 0.2 * k) * 1e6), in_view=lambda lat, lon: lon > 104.75)
    assert tracker.tracks[0].state is TrackState.OUT_OF_SIGHT


def test_without_word_of_the_view_nothing_is_ever_called_gone() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    for k in range(100):
        tracker.observe([], round((now_s + 0.2 * k) * 1e6))
    assert tracker.tracks[0].state is TrackState.OUT_OF_SIGHT


def test_which_of_two_lost_ones_came_back_is_settled_when_it_is_believed_and_the_older_name_stays() -> None:
    tracker = Tracker("d")
    for k in range(20):
        tracker.observe([seen_at(0, 0, 0.2 * k), seen_at(4, 0, 0.2 * k, index=1)])
    back, merged = [], []
    for k in range(20):
        (track,) = tracker.observe([seen_at(3.8, 0, 9 + 0.2 * k)])
        back.append((track.id, track.state))
        merged += [event for event in tracker.events if event.kind is EventKind.MERGED]
    assert back == [("d/3", TrackState.TENTATIVE)] * 15 + [("d/2", TrackState.CONFIRMED)] * 5
    assert [(event.track_id, event.other_id) for event in merged] == [("d/2", "d/3")]
    assert (track.first_seen_us, track.ordinal, track.sightings) == (0, 1, 40)
    assert [known.id for known in tracker.tracks] == ["d/1", "d/2"]


def test_two_who_were_seen_together_are_never_merged() -> None:
    tracker = Tracker("d")
    for k in range(10):
        tracker.observe([seen_at(0, 0, 0.2 * k), seen_at(1.5, 0, 0.2 * k, index=1)])
    for k in range(10, 40):
        tracker.observe([seen_at(0.8, 0, 0.2 * k)])
    assert {track.id for track in tracker.tracks} == {"d/1", "d/2"}


def test_of_two_who_step_out_of_one_box_one_keeps_the_name_and_the_other_is_said_to_have_parted() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker)
    said = []
    for k in range(10):
        apart_m = 0.8 + 0.2 * k
        pair = [seen_at(-apart_m, 0, now_s + 0.2 * k), seen_at(apart_m, 0, now_s + 0.2 * k, index=1)]
        tracks = tracker.observe(pair)
        said += [event for event in tracker.events if event.kind is EventKind.SPLIT]
    assert {track.id for track in tracks} == {"d/1", "d/2"}
    assert [(event.track_id, event.other_id) for event in said] == [("d/2", "d/1")]


def test_a_second_box_about_one_thing_founds_no_track() -> None:
    tracker = Tracker("d")
    for k in range(10):
        one = seen_at(0, 0, 0.2 * k)
        tracks = tracker.observe([one, replace(one, index=1, score=0.8)])
        assert [track.id for track in tracks if track is not None] == ["d/1"]
    assert len(tracker.tracks) == 1


def test_a_flood_of_false_detections_costs_the_unproven_first() -> None:
    tracker = Tracker("d", TrackerSettings(max_tracks=20))
    now_s = watched(tracker)
    for look in range(5):
        crowd = [seen_at(100.0 * i, 1000.0 * (look + 1), now_s + look, index=i) for i in range(50)]
        tracker.observe(crowd)
        assert len(tracker.tracks) == 20
    assert tracker.tracks[0].id == "d/1"
    assert EventKind.DROPPED in kinds(tracker)


@pytest.mark.parametrize(("east_m", "score"), [(60.0, 0.9), (60.0, 0.2), (5.0, 0.2)])
def test_one_false_box_after_minutes_does_not_carry_a_track_away(east_m: float, score: float) -> None:
    """A boat lost two minutes ago may be anywhere within a hundred metres, on either bank; so may a wave."""
    tracker = Tracker("d")
    now_s = watched(tracker, label="boat")
    (track,) = tracker.observe([seen_at(east_m, 0, now_s + 120, label="boat", score=score)])
    assert track.state is TrackState.TENTATIVE
    assert tracker.tracks[0].last_seen_us < now_s * 1e6


def test_another_boat_on_the_other_bank_minutes_later_is_not_told_as_the_first_having_crossed() -> None:
    tracker = Tracker("d")
    now_s = watched(tracker, label="boat")
    first = tracker.tracks[0].id
    for look in range(40):
        at_s = now_s + 120 + look / 5
        (track,) = tracker.observe([seen_at(70.0, 0, at_s, label="boat", score=0.9)])
    assert track.state is TrackState.CONFIRMED
    assert track.id != first
