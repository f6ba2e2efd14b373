"""A detector that wants to know what a pixel shows of the ground is told, where it is known."""

from __future__ import annotations

import numpy as np
import pytest
from test_spared_frames import NONE, Boat, Still

from droneops.camera_file import CameraFile, LensSection
from droneops.geo.locate import Ground
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.pipeline import Parts, look
from droneops.stopwatch import Stopwatch
from droneops.tracking.tracker import Tracker
from droneops.types import Frame, NoPose, Reason
from geofences import ZoneIndex


class Asking(Boat):
    """Keeps what it was told."""

    def __init__(self, wants_gsd):
        self.wants_gsd = wants_gsd
        self.told = []

    def detect(self, image, gsd_m=None):
        self.told.append(gsd_m)
        return super().detect(image)


class Lost:
    """A drone that does not know where it is."""

    def at(self, time_us):
        return NoPose(time_us, Reason.NO_POSE)


def told(detector, poses):
    lens = LensSection(name="t", width_px=1280, height_px=720, hfov_deg=62.0)
    parts = Parts(
        poses=poses,
        camera=CameraFile(camera=lens).build(None),
        ground=Ground(200.0, NONE),
        detector=detector,
        label_of=str,
        zones=ZoneIndex(()),
        tracker=Tracker("d"),
        incidents=IncidentBook(RuleSet(), Origin("s", "test", "r"), ZoneIndex(())),
    )
    seen = look(Frame("d", "eo", 0, 0, np.zeros((1, 1, 3), np.uint8), "test"), parts, Stopwatch(float))
    assert (seen.tiles, seen.tiles_wanted) == (1, 1)
    return detector.told[0]


def test_it_is_told_the_height_over_the_focal_length_straight_down() -> None:
    gsd_m = told(Asking(True), Still())
    assert gsd_m == pytest.approx(np.full(gsd_m.shape, 50 * np.tan(np.radians(31)) / 640), rel=1e-3)


def test_it_is_told_nothing_where_the_pose_is_unknown_or_it_does_not_ask() -> None:
    assert told(Asking(True), Lost()) is None
    assert told(Asking(False), Still()) is None
