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

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from detectors import Detections, Detector
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

    ``inferred`` is False where the detector was spared the frame: then nothing was looked for. ``tiles`` is
    how many pieces of the picture the detector looked at, ``tiles_wanted`` how many it would have taken.
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


@dataclass(frozen=True, slots=True)
class Parts:
    """What the pipeline of one drone is made of. ``label_of`` maps a detector's label to the rules'.

    ``concern`` says which frames may matter; None: all do.
    """

    poses: Poses
    camera: Camera
    ground: Ground
    detector: Detector
    label_of: Callable[[str], str]
    zones: ZoneIndex
    tracker: Tracker
    incidents: IncidentBook
    concern: Concern | None = None


def look(frame: Frame, parts: Parts, stopwatch: Stopwatch) -> Look:
    """Take one frame through all stages."""
    with stopwatch.stage("locate"):
        pose = parts.poses.at(frame.captured_at_us)
        inferred = _may_matter(frame, pose, parts)
    with stopwatch.stage("detect"):
        detections = _detections(frame, pose, parts) if inferred else None
    with stopwatch.stage("locate"):
        sightings = () if detections is None else _sightings(frame, pose, detections, parts)
    with stopwatch.stage("track"):
        # A picture that nobody looked at is no look that missed something.
        tracks = parts.tracker.observe(sightings, frame.captured_at_us) if inferred else ()
    with stopwatch.stage("zones"):
        at = to_datetime(frame.captured_at_us)
        hits = tuple(_hits(sighting.point, parts.zones, at) for sighting in sightings)
    with stopwatch.stage("incidents"):
        changes = changes_of(tracks, parts.incidents, parts.zones, frame.captured_at_us)
    return Look(frame, pose, sightings, tracks, hits, changes, inferred, *_tiles(detections))


def _may_matter(frame: Frame, pose: Pose | NoPose, parts: Parts) -> bool:
    if parts.concern is None:
        return True
    wanted = parts.incidents.wanted(frame.captured_at_us)
    return parts.concern.may_matter(pose, parts.camera, parts.ground, _later(frame, parts), wanted)


def _detections(frame: Frame, pose: Pose | NoPose, parts: Parts) -> Detections:
    if isinstance(pose, NoPose) or not parts.detector.wants_gsd:
        return parts.detector.detect(frame.image)
    gsd_m = ground_sample_distances_m(pose, parts.camera, parts.ground)
    return parts.detector.detect(frame.image, gsd_m)


def _tiles(detections: Detections | None) -> tuple[int, int]:
    return (0, 0) if detections is None else (detections.tiles, detections.tiles_wanted)


def _later(frame: Frame, parts: Parts) -> Pose | None:
    later = parts.poses.at(frame.captured_at_us + round(TIME_STEP_S * 1e6))
    return None if isinstance(later, NoPose) else later


def _sightings(
    frame: Frame, pose: Pose | NoPose, detections: Detections, parts: Parts
) -> tuple[Sighting, ...]:
    points = _points(frame, pose, detections, parts)
    names = [detections.labels[i] for i in detections.label_id]
    return tuple(
        Sighting(
            drone_id=frame.drone_id,
            time_us=frame.captured_at_us,
            index=index,
            detector_label=names[index],
            label=parts.label_of(names[index]),
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
    frame: Frame, pose: Pose | NoPose, detections: Detections, parts: Parts
) -> tuple[GroundPoint | NoGroundPoint, ...]:
    count = len(detections.score)
    if count == 0:
        return ()
    if isinstance(pose, NoPose):
        return (NoGroundPoint(pose.reason),) * count
    names = tuple(parts.label_of(detections.labels[i]) for i in detections.label_id)
    anchors = foot_px(detections.anchor_px, detections.xyxy_px, names, view_of(pose, parts.camera))
    return locate(anchors, pose, parts.camera, parts.ground, _later(frame, parts))


def _hits(point: GroundPoint | NoGroundPoint, zones: ZoneIndex, at: datetime) -> tuple[ZoneHit, ...]:
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
