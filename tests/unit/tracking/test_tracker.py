"""Sightings to tracks, in metres on the ground."""

from __future__ import annotations

import numpy as np
import pytest

from droneops.geo.wgs84 import LocalPlane
from droneops.tracking.settings import TrackerSettings
from droneops.tracking.tracker import Tracker
from droneops.types import GroundPoint, NoGroundPoint, Reason, Sighting, read_only

PLANE = LocalPlane.at(16.44, 104.75)


def sighting(
    east_m: float, north_m: float, time_s: float, label: str = "person", index: int = 0, identity=None
) -> Sighting:
    lat_deg, lon_deg = PLANE.lat_lon_deg(east_m, north_m)
    cov, common = np.eye(2) * 5.0, np.eye(2) * 4.0
    point = GroundPoint(lat_deg, lon_deg, 200.0, read_only(cov), read_only(common), 4.8)
    return Sighting(
        "d", round(time_s * 1e6), index, label, label, identity, 0.9, (0.0, 0.0, 1.0, 1.0), point, 0.0
    )


def ids(tracks) -> list[str | None]:
    return [track.id if track else None for track in tracks]


def test_one_thing_seen_often_is_one_track_that_counts_its_sightings() -> None:
    tracker = Tracker("d")
    last = [tracker.observe([sighting(0.3 * (k % 2), 0.0, 0.2 * k)])[0] for k in range(20)][-1]
    assert (last.id, last.sightings, last.first_seen_us) == ("d/1", 20, 0)
    assert last.cov_m2[0, 0] >= 4.0


def test_two_people_ten_metres_apart_stay_two_whatever_the_order_of_the_boxes() -> None:
    tracker = Tracker("d")
    first = ids(tracker.observe([sighting(0, 0, 0), sighting(10, 0, 0, index=1)]))
    second = ids(tracker.observe([sighting(10.2, 0, 0.2), sighting(-0.2, 0, 0.2, index=1)]))
    assert first == ["d/1", "d/2"]
    assert second == ["d/2", "d/1"]


def test_a_walker_keeps_his_track_and_his_speed_is_found() -> None:
    tracker = Tracker("d")
    for k in range(60):
        (track,) = tracker.observe([sighting(1.4 * 0.2 * k, 0.0, 0.2 * k)])
    assert track.id == "d/1"
    assert track.velocity_mps == pytest.approx([1.4, 0.0], abs=0.3)


def test_different_labels_never_share_a_track() -> None:
    tracker = Tracker("d")
    tracker.observe([sighting(0, 0, 0, "boat")])
    assert ids(tracker.observe([sighting(0, 0, 0.2, "person")])) == ["d/2"]


def test_what_the_detector_knows_by_name_keeps_its_track_wherever_it_reappears() -> None:
    tracker = Tracker("d")
    tracker.observe([sighting(0, 0, 0, identity="marker-1"), sighting(1, 0, 0, index=1, identity="marker-2")])
    seen = tracker.observe([sighting(1, 0, 60, identity="marker-1")])
    assert ids(seen) == ["d/1"]


def test_out_of_sight_and_back_at_the_same_place_is_the_same_thing_for_a_while() -> None:
    tracker = Tracker("d")
    for k in range(10):
        tracker.observe([sighting(0, 0, 0.2 * k)])
    assert ids(tracker.observe([sighting(1.0, 0, 45.0)])) == ["d/1"]
    assert ids(tracker.observe([sighting(1.0, 0, 46.0 + TrackerSettings().forget_after_s)])) == ["d/2"]


def test_a_detection_without_a_place_has_no_track_and_disturbs_none() -> None:
    from dataclasses import replace

    tracker = Tracker("d")
    lost = replace(sighting(0, 0, 0), point=NoGroundPoint(Reason.ABOVE_HORIZON))
    assert ids(tracker.observe([lost, sighting(0, 0, 0, index=1)])) == [None, "d/1"]


def test_tracks_that_begin_in_one_frame_are_told_apart_by_their_ordinal() -> None:
    tracks = Tracker("d").observe([sighting(0, 0, 0), sighting(100, 0, 0, index=1)])
    assert [(track.first_seen_us, track.ordinal) for track in tracks] == [(0, 0), (0, 1)]


def test_two_markers_with_one_number_are_two_things() -> None:
    tracker = Tracker("d")
    for k in range(20):
        twins = (
            sighting(0, 0, 0.2 * k, identity="marker-1"),
            sighting(200, 0, 0.2 * k, index=1, identity="marker-1"),
        )
        seen = tracker.observe(twins)
    assert ids(seen) == ["d/1", "d/2"]
    assert all(abs(track.velocity_mps).max() < 1 for track in seen)


def test_one_misread_far_away_does_not_drag_a_settled_track() -> None:
    tracker = Tracker("d")
    for k in range(20):
        tracker.observe([sighting(0, 0, 0.2 * k, identity="marker-1")])
    assert ids(tracker.observe([sighting(400, 0, 4.0, identity="marker-1")])) == ["d/2"]
    assert ids(tracker.observe([sighting(0, 0, 4.2, identity="marker-1")])) == ["d/1"]


def test_a_long_time_out_of_sight_gives_no_speed() -> None:
    tracker = Tracker("d")
    for k in range(20):
        tracker.observe([sighting(0, 0, 0.2 * k)])
    (track,) = tracker.observe([sighting(12, 0, 124.0)])
    assert track.id == "d/1"
    assert abs(track.velocity_mps[0]) < 2 * track.velocity_cov_m2ps2[0, 0] ** 0.5
