"""A drone's process that begins again: its looks since the tracker was put down, gone through once more."""

from __future__ import annotations

from collections.abc import Iterable

from droneops.fleet.drone_loop import Looked
from droneops.fleet.recording.again import report_of
from droneops.fleet.recording.look_record import LookRecord, PictureTold
from droneops.pipeline import Seen
from droneops.site.report import Report
from droneops.tracking.tracker import Tracker


def reports_of(tracker: Tracker, drone_id: str, looks: Iterable[LookRecord], behind_seq: int) -> list[Report]:
    """The reports made of looks behind ``behind_seq``, as they were; the tracker goes on through them."""
    return [_report(tracker, drone_id, look) for look in looks if look.seq > behind_seq]


def _report(tracker: Tracker, drone_id: str, look: LookRecord) -> Report:
    tracks = tracker.observe(look.sightings, look.time_us) if look.inferred else ()
    return report_of(drone_id, look, tracks)


def look_of(looked: Looked) -> LookRecord:
    """What is written down of a look."""
    report, seen = looked.report, looked.seen
    if seen is None:
        return LookRecord(report.seq, report.time_us, blind=report.blind, second=report.second)
    return LookRecord(
        seq=report.seq,
        time_us=report.time_us,
        picture=_picture(seen, looked.time_sigma_s or 0.0),
        pose=seen.pose,
        inferred=seen.inferred,
        fault=seen.fault,
        tiles=(0, 0) if seen.detections is None else (seen.detections.tiles, seen.detections.tiles_wanted),
        sightings=seen.sightings,
        pictures=report.pictures,
        blind=report.blind,
        spent=looked.spent,
        track_ids=tuple(None if track is None else track.id for track in seen.tracks),
        second=report.second,
    )


def _picture(seen: Seen, time_sigma_s: float) -> PictureTold:
    frame = seen.frame
    height_px, width_px = frame.image.shape[:2]
    return PictureTold(frame.camera_id, frame.seq, (width_px, height_px), frame.time_source, time_sigma_s)
