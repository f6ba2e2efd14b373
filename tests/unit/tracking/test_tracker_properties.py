"""What holds of the tracker whatever it is fed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_sightings import made_sighting

from droneops.tracking.settings import TrackerSettings
from droneops.tracking.tracker import Tracker

FEW = TrackerSettings(max_tracks=12, max_sightings=6)
BOX = st.tuples(
    st.floats(-40, 40),
    st.floats(-40, 40),
    st.sampled_from(["person", "vehicle", "motorcycle"]),
    st.floats(0, 1),
    st.sampled_from([None, None, None, "marker-1"]),
    st.floats(0.01, 9),
    st.floats(0, 100),
)
LOOKS = st.lists(st.tuples(st.floats(0, 20), st.lists(BOX, max_size=8)), max_size=12)


def fed(looks, tracker, arrange=lambda row: row):
    """The tracks of each look, by the sighting's index."""
    now_s, told = 0.0, []
    for wait_s, boxes in looks:
        now_s += wait_s
        row = arrange(
            [
                made_sighting(e, n, now_s, label, i, name, score, own, common)
                for i, (e, n, label, score, name, own, common) in enumerate(boxes)
            ]
        )
        tracks = tracker.observe(row, round(now_s * 1e6))
        told.append({item.index: track for item, track in zip(row, tracks, strict=True)})
        yield tracker, told[-1]


def summary(looks, arrange=lambda row: row):
    tracker = Tracker("d")
    rows = [
        {
            index: None if t is None else (t.id, t.lat_deg, t.lon_deg, t.label, t.state)
            for index, t in row.items()
        }
        for _, row in fed(looks, tracker, arrange)
    ]
    return rows, tracker.events


@settings(max_examples=25, deadline=None)
@given(LOOKS)
def test_the_order_of_a_looks_sightings_does_not_matter(looks) -> None:
    assert summary(looks) == summary(looks, lambda row: row[::-1])


@settings(max_examples=25, deadline=None)
@given(LOOKS)
def test_the_same_input_gives_the_same_tracks(looks) -> None:
    assert summary(looks) == summary(looks)


@settings(max_examples=30, deadline=None)
@given(LOOKS)
def test_no_two_sightings_of_a_look_share_a_track(looks) -> None:
    for _, row in fed(looks, Tracker("d")):
        ids = [track.id for track in row.values() if track is not None]
        assert len(ids) == len(set(ids))


@settings(max_examples=30, deadline=None)
@given(LOOKS)
def test_covariances_stay_symmetric_and_positive(looks) -> None:
    for _, row in fed(looks, Tracker("d")):
        for track in row.values():
            if track is None:
                continue
            for cov in (track.cov_m2, track.cov_common_m2, track.velocity_cov_m2ps2):
                assert np.array_equal(cov, cov.T)
                assert np.linalg.eigvalsh(cov).min() >= -1e-9
            assert np.linalg.eigvalsh(track.cov_m2 - track.cov_common_m2).min() > -1e-9
            assert np.allclose(track.common_root_m @ track.common_root_m.T, track.cov_common_m2)


@settings(max_examples=30, deadline=None)
@given(LOOKS)
def test_memory_is_bounded_whatever_is_seen(looks) -> None:
    for tracker, _ in fed(looks, Tracker("d", FEW)):
        assert len(tracker.tracks) <= FEW.max_tracks
        assert all(len(live.together) < FEW.max_tracks for live in tracker._live)
        assert all(len(live.points) <= FEW.confirm_looks for live in tracker._live)
