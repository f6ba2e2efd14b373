"""A drone's recorded looks through its tracker once more: the reports that they gave, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from droneops.fleet.drone_loop import SET_BACK_US
from droneops.fleet.recording.look_record import LookRecord
from droneops.fleet.recording.session import Session
from droneops.site.report import Report
from droneops.tracking.tracker import Tracker, TrackerMemory
from droneops.types import Pose, Track


@dataclass(frozen=True, slots=True)
class Again:
    """A look and the report that it gives; ``tracks`` go with the look's sightings, row by row."""

    session: Session
    look: LookRecord
    tracks: tuple[Track | None, ...]
    report: Report


def again(items: Iterable[Session | LookRecord]) -> Iterator[Again]:
    """What `reader.read_looks` gives, looked at again."""
    session: Session | None = None
    tracker, last_us = Tracker(""), None
    for item in items:
        if isinstance(item, Session):
            if session is None or not item.resumed:
                tracker, last_us = Tracker(item.drone_id), None
            session = item
            continue
        if session is None:
            continue
        if item.picture is not None:
            tracker = _after_set_back(tracker, last_us, item.time_us, session.drone_id)
            last_us = item.time_us
        tracks = tracker.observe(item.sightings, item.time_us) if item.inferred else ()
        yield Again(session, item, tracks, report_of(session.drone_id, item, tracks))


def _after_set_back(tracker: Tracker, last_us: int | None, time_us: int, drone_id: str) -> Tracker:
    """As the loop does: a clock that was set back begins a new past."""
    if last_us is None or last_us - time_us < SET_BACK_US:
        return tracker
    return Tracker.resumed(drone_id, TrackerMemory(None, (), tracker.memory.made))


def report_of(drone_id: str, look: LookRecord, tracks: tuple[Track | None, ...]) -> Report:
    """The report that was made of a look; ``tracks`` go with its sightings."""
    return Report(
        drone_id=drone_id,
        seq=look.seq,
        time_us=look.time_us,
        tracks=tuple(track for track in tracks if track is not None),
        pose=look.pose if isinstance(look.pose, Pose) else None,
        pictures=look.pictures,
        blind=look.blind,
        second=look.second,
    )
