"""One drone's stages, in order:

    pose      where the drone was when the frame was taken
    detect    what is in the frame, unless it cannot show what the rules ask about
    locate    where that is on the ground, with its error
    track     which thing it is
    zones     where that thing may be: parks, the border
    incident  what the rules make of it

Live and replay run the same pipeline; only what feeds it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from detectors import Detections, Detector, DetectorError
from droneops.coverage.concern import Concern
from droneops.geo.anchor import foot_px
from droneops.geo.camera import Camera
from droneops.geo.locate import TIME_STEP_S, Ground, locate, view_of
from droneops.geo.sample_distance import ground_sample_distances_m
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Change
from droneops.incidents.observe import observation_of
from droneops.stopwatch import Stopwatch
from droneops.telemetry.gimbal_lag import Poses
from droneops.times import to_datetime
from droneops.tracking.tracker import Tracker
from droneops.types import (
    Frame,
    GroundPoint,
    NoGroundPoint,
    NoPose,
    Pose,
    Sighting,
    Track,
)
from geofences import ZoneHit, ZoneIndex


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame gave. ``tracks`` and ``hits`` go with ``sightings``, row by row.

    ``inferred`` is False where the detector was spared the frame, or failed at it (``fault`` says of what):
    then nothing was looked for. ``tiles`` is how many pieces of the picture the detector looked at,
    ``tiles_wanted`` how many it would have taken.
    """

    frame: Frame
    pose: Pose | NoPose
    sightings: tuple[Sighting, ...]
    tracks: tuple[Track | None, ...]
    hits: tuple[tuple[ZoneHit, ...], ...]
    changes: tuple[Change, ...]
    inferred: bool = True
    tiles: int = 0
    tiles_wanted: int = 0
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Eyes:
    """What one drone sees with. ``label_of`` maps a detector's label to the rules'.

    ``concern`` says which frames may matter; None: all do.
    """

    poses: Poses
    camera: Camera
    ground: Ground
    detector: Detector
    label_of: Callable[[str], str]
    tracker: Tracker
    concern: Concern | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Parts(Eyes):
    """What the whole pipeline of one drone is made of."""

    zones: ZoneIndex
    incidents: IncidentBook


@dataclass(frozen=True, slots=True)
class Seen:
    """What the stages of a drone alone gave of one frame, before any rule. ``tracks`` go with ``sightings``.

    ``later`` is the pose `geo.locate.TIME_STEP_S` after the frame's, None where it is not known;
    ``detections`` is None where the detector was spared the frame, or failed at it: then ``fault`` is its
    word on why.
    """

    frame: Frame
    pose: Pose | NoPose
    later: Pose | None
    detections: Detections | None
    sightings: tuple[Sighting, ...]
    tracks: tuple[Track | None, ...]
    fault: str | None = None

    @property
    def inferred(self) -> bool:
        """Whether the frame was looked at."""
        return self.detections is not None


def look(frame: Frame, parts: Parts, stopwatch: Stopwatch) -> Look:
    """Take one frame through all stages."""
    time_us = frame.captured_at_us
    wanted = () if parts.concern is None else parts.incidents.wanted(time_us)
    seen = see(frame, parts, stopwatch, wanted)
    with stopwatch.stage("zones"):
        at = to_datetime(time_us)
        hits = tuple(hits_of(sighting.point, parts.zones, at) for sighting in seen.sightings)
    with stopwatch.stage("incidents"):
        changes = changes_of(seen.tracks, parts.incidents, parts.zones, time_us)
    tiles = _tiles(seen.detections)
    kept = seen.pose, seen.sightings, seen.tracks
    return Look(frame, *kept, hits, changes, seen.inferred, *tiles, fault=seen.fault)


def see(frame: Frame, eyes: Eyes, stopwatch: Stopwatch, wanted: Sequence[Track] = ()) -> Seen:
    """Take one frame through the stages that need no other drone: pose, detect, locate, track.

    ``wanted`` are the things of open incidents, which are looked for wherever they are.
    """
    with stopwatch.stage("locate"):
        pose = eyes.poses.at(frame.captured_at_us)
        inferred = _may_matter(frame, pose, eyes, wanted)
    with stopwatch.stage("detect"):
        detections, fault = _tried(frame, pose, eyes) if inferred else (None, None)
    return replace(placed(frame, detections, eyes, stopwatch), fault=fault)


def placed(frame: Frame, detections: Detections | None, eyes: Eyes, stopwatch: Stopwatch) -> Seen:
    """Put what the detector found in a frame on the map; None: it was spared the frame."""
    with stopwatch.stage("locate"):
        # On a live link the telemetry that tells of this frame came while the detector was at work.
        pose, later = eyes.poses.at(frame.captured_at_us), _later(frame, eyes)
        sightings = () if detections is None else _sightings(frame, pose, later, detections, eyes)
    with stopwatch.stage("track"):
        # A picture that nobody looked at is no look that missed something.
        tracks = () if detections is None else eyes.tracker.observe(sightings, frame.captured_at_us)
    return Seen(frame, pose, later, detections, sightings, tracks)


def _may_matter(frame: Frame, pose: Pose | NoPose, eyes: Eyes, wanted: Sequence[Track]) -> bool:
    if eyes.concern is None:
        return True
    return eyes.concern.may_matter(pose, eyes.camera, eyes.ground, _later(frame, eyes), wanted)


def _tried(frame: Frame, pose: Pose | NoPose, eyes: Eyes) -> tuple[Detections | None, str | None]:
    """What the detector found, or why it could not: one bad frame must not end the flight's watch."""
    try:
        return _detections(frame, pose, eyes), None
    except DetectorError as error:
        return None, str(error)


def _detections(frame: Frame, pose: Pose | NoPose, eyes: Eyes) -> Detections:
    if isinstance(pose, NoPose) or not eyes.detector.wants_gsd:
        return eyes.detector.detect(frame.image)
    gsd_m = ground_sample_distances_m(pose, eyes.camera, eyes.ground)
    return eyes.detector.detect(frame.image, gsd_m)


def _tiles(detections: Detections | None) -> tuple[int, int]:
    return (0, 0) if detections is None else (detections.tiles, detections.tiles_wanted)


def _later(frame: Frame, eyes: Eyes) -> Pose | None:
    later = eyes.poses.at(frame.captured_at_us + round(TIME_STEP_S * 1e6))
    return None if isinstance(later, NoPose) else later


def _sightings(
    frame: Frame, pose: Pose | NoPose, later: Pose | None, detections: Detections, eyes: Eyes
) -> tuple[Sighting, ...]:
    points = _points(pose, later, detections, eyes)
    names = [detections.labels[i] for i in detections.label_id]
    return tuple(
        Sighting(
            drone_id=frame.drone_id,
            time_us=frame.captured_at_us,
            index=index,
            detector_label=names[index],
            label=eyes.label_of(names[index]),
            identity=detections.identity[index],
            score=float(detections.score[index]),
            bbox_px=_box(detections, index),
            point=point,
            pose_age_s=None if isinstance(pose, NoPose) else pose.age_s,
        )
        for index, point in enumerate(points)
    )


def _box(detections: Detections, index: int) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(value) for value in detections.xyxy_px[index])
    return x1, y1, x2, y2


def _points(
    pose: Pose | NoPose, later: Pose | None, detections: Detections, eyes: Eyes
) -> tuple[GroundPoint | NoGroundPoint, ...]:
    count = len(detections.score)
    if count == 0:
        return ()
    if isinstance(pose, NoPose):
        return (NoGroundPoint(pose.reason),) * count
    names = tuple(eyes.label_of(detections.labels[i]) for i in detections.label_id)
    anchors = foot_px(detections.anchor_px, detections.xyxy_px, names, view_of(pose, eyes.camera))
    return locate(anchors, pose, eyes.camera, eyes.ground, later)


def hits_of(point: GroundPoint | NoGroundPoint, zones: ZoneIndex, at: datetime) -> tuple[ZoneHit, ...]:
    """The zones that may hold a point at a time; none where there is no point."""
    if isinstance(point, NoGroundPoint):
        return ()
    return zones.hits(lat_deg=point.lat_deg, lon_deg=point.lon_deg, cov_m2=point.cov_m2, at=at)


def changes_of(
    tracks: tuple[Track | None, ...], book: IncidentBook, zones: ZoneIndex, time_us: int
) -> tuple[Change, ...]:
    """What a look's tracks change in a book of incidents."""
    wanted = [track for track in tracks if track is not None and book.wants(track)]
    observations = [observation_of(track, zones, time_us) for track in wanted]
    return (*book.observe(observations, time_us), *book.tick(time_us))
