"""What a replay keeps of false boxes is bounded, however long it runs."""

from __future__ import annotations

import numpy as np

from droneops.camera_file import CameraFile, LensSection
from droneops.geo.locate import Ground
from droneops.pipeline import Look
from droneops.replay.record import Record
from droneops.tracking.tracker import Tracker
from droneops.types import Frame, GroundPoint, NoPose, Reason, Sighting, Sigma, TrackState, read_only

IMAGE = np.zeros((200, 300, 3), np.uint8)
COV = read_only(np.eye(2))


def watched(record: Record, tracker: Tracker, time_s: float, lat_deg: float) -> TrackState:
    """One look that shows one thing there; what its track is then."""
    time_us = round(time_s * 1e6)
    point = GroundPoint(lat_deg, 104.75, 200.0, COV, COV / 2, 2.1)
    box = (100.0, 100.0, 120.0, 120.0)
    sighting = Sighting("d", time_us, 0, "boat", "boat", None, 0.9, box, point, 0.0)
    tracks = tracker.observe([sighting], time_us)
    frame = Frame("d", "eo", time_us, 0, IMAGE, "test")
    record.add(Look(frame, NoPose(time_us, Reason.NO_POSE), (sighting,), tracks, ((),), ()))
    assert tracks[0] is not None
    return tracks[0].state


def test_pictures_of_what_was_never_believed_are_let_go_and_those_of_tracks_are_kept() -> None:
    lens = LensSection(name="t", width_px=300, height_px=200, hfov_deg=62.0)
    record = Record(CameraFile(camera=lens).build(None), Ground(200.0, Sigma(1.0, "test")))
    tracker = Tracker("d")
    states = [watched(record, tracker, k / 5, 16.44) for k in range(3)]
    assert states[-1] is TrackState.CONFIRMED
    for k in range(400):
        assert watched(record, tracker, 20 + k, 16.5 + k * 0.01) is TrackState.TENTATIVE
    assert "d/1" in record.pictures
    assert len(record.pictures) <= 62
