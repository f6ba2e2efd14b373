"""What a replay remembers of the looks that went by, for its summary, map and report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from droneops.coverage.glance import Glances
from droneops.delivery.routing import Message
from droneops.geo.camera import Camera
from droneops.geo.footprint import footprint
from droneops.geo.locate import Ground, view_of
from droneops.pipeline import Look
from droneops.replay.report.data import Footprint, ReportSighting, SpanKind
from droneops.types import Frame, GroundPoint, NoGroundPoint, NoPose, Pose, Sighting, Track, TrackState
from droneops.video.still import crop_jpeg

FOOTPRINT_EVERY_US = 1_000_000

PICTURE_PX = (240, 180)

DOUBTED_KEPT_US = 60_000_000
"""What is not believed a minute after its picture was a false box; at 130 kB each, two hours of one false box
a look would take 2.6 GB."""


@dataclass(slots=True)
class Picture:
    """The frame's part that shows a track best so far: a small copy, so that no whole frame is kept."""

    frame: Frame
    box_px: tuple[float, float, float, float]
    area_px2: float

    def jpeg(self) -> bytes:
        """The picture, compressed."""
        return crop_jpeg(self.frame, self.box_px, PICTURE_PX)


@dataclass(slots=True)
class Record:
    """Grows with every look. ``snapshots`` are the latest pictures that were sent, by incident."""

    camera: Camera
    ground: Ground
    looks: list[tuple[int, SpanKind]] = field(default_factory=list)
    glances: Glances = field(default_factory=Glances)
    sightings: list[ReportSighting] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    tracks: dict[str, Track] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    snapshots: dict[str, bytes] = field(default_factory=dict)
    unlocated: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)

    def add(self, look: Look) -> None:
        """Take in one look."""
        self.looks.append((look.frame.captured_at_us, self._kind(look)))
        if look.inferred and isinstance(look.pose, Pose):
            self.glances.add(look.pose, self.camera, self.ground)
            self._add_footprint(look.frame.captured_at_us, look.pose)
        self._forget_doubted(look.frame.captured_at_us)
        for sighting, track in zip(look.sightings, look.tracks, strict=True):
            self._add_sighting(look.frame, sighting, track)

    def picture_of(self, look: Look, track_id: str) -> bytes | None:
        """The JPEG of a track: from this look, else the best one kept; None for one never pictured."""
        for sighting, track in zip(look.sightings, look.tracks, strict=True):
            if track is not None and track.id == track_id:
                return crop_jpeg(look.frame, sighting.bbox_px)
        kept = self.pictures.get(track_id)
        return None if kept is None else kept.jpeg()

    def add_message(self, message: Message) -> None:
        """Keep the picture that goes with a message."""
        if message.picture is not None:
            self.snapshots[message.alert.incident_id] = message.picture

    @property
    def spared(self) -> int:
        """How many frames the detector did not get, because no zone was near."""
        return sum(kind is SpanKind.SPARED for _, kind in self.looks)

    def _kind(self, look: Look) -> SpanKind:
        if not look.inferred:
            return SpanKind.SPARED
        return SpanKind.LOOKED if self._knows_where_it_looks(look.pose) else SpanKind.NO_POSE

    def _knows_where_it_looks(self, pose: Pose | NoPose) -> bool:
        return isinstance(pose, Pose) and not isinstance(view_of(pose, self.camera), NoGroundPoint)

    def _add_footprint(self, time_us: int, pose: Pose) -> None:
        if self.footprints and time_us - self.footprints[-1].time_us < FOOTPRINT_EVERY_US:
            return
        ring = footprint(pose, self.camera, self.ground)
        if ring is not None:
            self.footprints.append(Footprint(time_us, ring))

    def _add_sighting(self, frame: Frame, sighting: Sighting, track: Track | None) -> None:
        self.labels[sighting.detector_label] += 1
        if isinstance(sighting.point, NoGroundPoint):
            self.unlocated[str(sighting.point.reason)] += 1
            return
        self.sightings.append(_report_sighting(sighting, sighting.point, track))
        if track is None:
            return
        self._add_picture(frame, sighting, track)
        if track.state is not TrackState.TENTATIVE:
            self.tracks[track.id] = track

    def _add_picture(self, frame: Frame, sighting: Sighting, track: Track) -> None:
        x1, y1, x2, y2 = sighting.bbox_px
        area_px2 = (x2 - x1) * (y2 - y1)
        best = self.pictures.get(track.id)
        if best is None or area_px2 > best.area_px2 * 1.1:
            self.pictures[track.id] = _picture(frame, sighting.bbox_px, area_px2)

    def _forget_doubted(self, time_us: int) -> None:
        oldest_us = time_us - DOUBTED_KEPT_US
        doubted = self.pictures.keys() - self.tracks.keys()
        for track_id in [i for i in doubted if self.pictures[i].frame.captured_at_us < oldest_us]:
            del self.pictures[track_id]


def _picture(frame: Frame, box_px: tuple[float, float, float, float], area_px2: float) -> Picture:
    height, width = frame.image.shape[:2]
    left = int(min(max((box_px[0] + box_px[2] - PICTURE_PX[0]) / 2, 0), max(width - PICTURE_PX[0], 0)))
    top = int(min(max((box_px[1] + box_px[3] - PICTURE_PX[1]) / 2, 0), max(height - PICTURE_PX[1], 0)))
    part = np.array(frame.image[top : top + PICTURE_PX[1], left : left + PICTURE_PX[0]])
    small = Frame(frame.drone_id, frame.camera_id, frame.captured_at_us, frame.seq, part, frame.time_source)
    return Picture(small, (0.0, 0.0, float(part.shape[1]), float(part.shape[0])), area_px2)


def _report_sighting(sighting: Sighting, point: GroundPoint, track: Track | None) -> ReportSighting:
    return ReportSighting(
        time_us=sighting.time_us,
        track_id=None if track is None else track.id,
        label=sighting.label,
        detector_label=sighting.detector_label,
        score=sighting.score,
        lat_deg=point.lat_deg,
        lon_deg=point.lon_deg,
        ce90_m=point.ce90_m,
    )
