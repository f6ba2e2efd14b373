"""A frame that the detector was spared is no look that missed something."""

from __future__ import annotations

import numpy as np

from detectors import Detections
from droneops.camera_file import CameraFile, LensSection
from droneops.geo.locate import Ground
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.pipeline import Parts, look
from droneops.stopwatch import Stopwatch
from droneops.tracking.tracker import Tracker
from droneops.types import Frame, Pose, Sigma, TrackState, read_only
from geofences import ZoneIndex

NONE = Sigma(0.0, "test")
DOWN = read_only((np.sqrt(0.5), 0.0, -np.sqrt(0.5), 0.0))


class Still:
    """A drone that hovers, its camera straight down."""

    def at(self, time_us: int) -> Pose:
        level, rest = read_only((1.0, 0.0, 0.0, 0.0)), read_only((0.0, 0.0, 0.0))
        place = (16.44, 104.75, 250.0, 50.0, level, DOWN, rest)
        return Pose("d", time_us, *place, None, NONE, NONE, NONE, NONE, 0.0)


class Boat:
    """A detector that always finds one boat in the middle."""

    wants_gsd = False

    def detect(self, image) -> Detections:
        box = np.array([[630.0, 350.0, 650.0, 370.0]], np.float32)
        return Detections(
            xyxy_px=box,
            score=np.array([0.9], np.float32),
            label_id=np.array([0], np.int32),
            labels=("boat",),
            anchor_px=np.array([[640.0, 360.0]], np.float32),
            identity=(None,),
            detector="always",
            version="1",
        )


class EveryTenth:
    """Every tenth frame may matter: a zone at the rim of a picture that sways."""

    def __init__(self) -> None:
        self.asked = 0

    def may_matter(self, pose, camera, ground, later, wanted) -> bool:
        self.asked += 1
        return self.asked % 10 == 1


def test_a_thing_is_believed_by_the_looks_it_had_however_many_frames_were_passed_over() -> None:
    parts = Parts(
        poses=Still(),
        camera=CameraFile(camera=LensSection(name="t", width_px=1280, height_px=720, hfov_deg=62.0)).build(
            None
        ),
        ground=Ground(200.0, NONE),
        detector=Boat(),
        label_of=str,
        zones=ZoneIndex(()),
        tracker=Tracker("d"),
        incidents=IncidentBook(RuleSet(), Origin("s", "test", "r"), ZoneIndex(())),
        concern=EveryTenth(),
    )
    seen = [
        look(Frame("d", "eo", k * 200_000, k, np.zeros((1, 1, 3), np.uint8), "test"), parts, Stopwatch(float))
        for k in range(21)
    ]
    assert [one.inferred for one in seen].count(True) == 3
    (track,) = seen[-1].tracks
    assert track is not None
    assert (track.id, track.state) == ("d/1", TrackState.CONFIRMED)
