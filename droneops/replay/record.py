"""What a replay remembers of the looks that went by, for its summary, map and report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from droneops.coverage.glance import Glances
from droneops.delivery.routing import Message
from droneops.geo.camera import Camera
from droneops.geo.footprint import footprint
from droneops.geo.locate import Ground, view_of
from droneops.pipeline import Look
from droneops.replay.report.data import Footprint, ReportSighting, SpanKind
from droneops.replay.shot import Shot, Thing, part_of, shot_in, thing_of
from droneops.types import Frame, GroundPoint, NoGroundPoint, NoPose, Pose, Sighting, Track, TrackState

FOOTPRINT_EVERY_US = 1_000_000

PICTURE_PX = (240, 180)

DOUBTED_KEPT_US = 60_000_000
"""What is not believed a minute after its picture was a false box; at 130 kB each, two hours of one false box
a look would take 2.6 GB."""


FAULTS_TOLD = 10
"""A detector's words may hold values, so that no two are alike; ten show what is wrong."""

OTHER_FAULTS = "other reasons"


@dataclass(slots=True)
class Picture:
    """The frame's part that shows a track best so far; ``area_px2`` is the track's box's in the frame."""

    shot: Shot
    area_px2: float

    @property
    def frame(self) -> Frame:
        """The part, with the frame's time."""
        return self.shot.frame

    def jpeg(self) -> bytes:
        """The picture, compressed."""
        return self.shot.jpeg()


@dataclass(slots=True)
class Record:
    """Grows with every look.

    ``snapshots`` are the latest pictures that were sent, by incident; ``shown`` says what is in each picture
    that was sent, by alert.
    """

    camera: Camera
    ground: Ground
    looks: list[tuple[int, SpanKind]] = field(default_factory=list)
    glances: Glances = field(default_factory=Glances)
    sightings: list[ReportSighting] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    tracks: dict[str, Track] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    snapshots: dict[str, bytes] = field(default_factory=dict)
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    unlocated: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    tiles: int = 0
    short_of_tiles: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, look: Look) -> None:
        """Take in one look."""
        self.looks.append((look.frame.captured_at_us, self._kind(look)))
        self.tiles += look.tiles
        self.short_of_tiles += look.tiles < look.tiles_wanted
        if look.fault is not None:
            self.faults[self._known(look.fault)] += 1
        if look.inferred and isinstance(look.pose, Pose):
            self.glances.add(look.pose, self.camera, self.ground)
            self._add_footprint(look.frame.captured_at_us, look.pose)
        self._forget_doubted(look.frame.captured_at_us)
        for sighting, track in zip(look.sightings, look.tracks, strict=True):
            self._add_sighting(look.frame, sighting, track)

    def shot_of(self, look: Look, track_id: str) -> Shot | None:
        """A track as this look shows it, else the best one kept; None for one never pictured."""
        kept = self.pictures.get(track_id)
        return shot_in(look, track_id) or (None if kept is None else kept.shot)

    def add_message(self, message: Message, shot: Shot | None) -> None:
        """Keep the picture that goes with a message, and what it shows."""
        if message.picture is not None:
            self.snapshots[message.alert.incident_id] = message.picture
            if shot is not None:
                self.shown[message.alert.id] = shot.described()

    @property
    def failed(self) -> int:
        """How many frames the detector could make nothing of; `faults` says why."""
        return self.faults.total()

    @property
    def spared(self) -> int:
        """How many frames the detector did not get, because no zone was near."""
        return sum(kind is SpanKind.SPARED for _, kind in self.looks)

    def _known(self, fault: str) -> str:
        room = fault in self.faults or len(self.faults) < FAULTS_TOLD
        return fault if room else OTHER_FAULTS

    def _kind(self, look: Look) -> SpanKind:
        if look.fault is not None:
            return SpanKind.NOT_LOOKED
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
        self._add_picture(frame, thing_of(sighting, track), track.id)
        if track.state is not TrackState.TENTATIVE:
            self.tracks[track.id] = track

    def _add_picture(self, frame: Frame, thing: Thing, track_id: str) -> None:
        x1, y1, x2, y2 = thing.box_px
        area_px2 = (x2 - x1) * (y2 - y1)
        best = self.pictures.get(track_id)
        if best is None or area_px2 > best.area_px2 * 1.1:
            self.pictures[track_id] = Picture(part_of(frame, thing, PICTURE_PX), area_px2)

    def _forget_doubted(self, time_us: int) -> None:
        oldest_us = time_us - DOUBTED_KEPT_US
        doubted = self.pictures.keys() - self.tracks.keys()
        for track_id in [i for i in doubted if self.pictures[i].frame.captured_at_us < oldest_us]:
            del self.pictures[track_id]


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
