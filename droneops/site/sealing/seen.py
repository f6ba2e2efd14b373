"""What was seen of an incident's things, from the drones' recordings: sightings, and what pictures show."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from droneops.errors import InputError
from droneops.fleet.recording.look_record import MOST_LINE_BYTES, LookRecord, look_from_record
from droneops.fleet.recording.reader import LOOKS, Torn, files_of, parsed
from droneops.fleet.recording.writer import LONGEST_US
from droneops.pipeline import hits_of
from droneops.replay.rows import sighting_line
from droneops.replay.shot import Shot, Thing
from droneops.times import to_datetime
from droneops.types import Frame
from geofences import ZoneIndex

CLOCKS_APART_US = 3_600_000_000
"""Files are named by our clock, looks by the pictures': further apart, no file is found."""

_TIME = re.compile(rb'\{"seq":\d+,"time_us":(\d+),')


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, UTC microseconds."""

    from_us: int
    to_us: int


def looks_in(recordings: Path, drone_id: str, span: Span, torn: Torn) -> Iterator[LookRecord]:
    """The looks that a drone made in a span, in order; others are not parsed.

    Raises:
        InputError: a file cannot be read.
    """
    for path in _files(recordings / drone_id / LOOKS, span):
        try:
            yield from _looks(path, span, torn)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _files(folder: Path, span: Span) -> list[Path]:
    begin_us, end_us = span.from_us - CLOCKS_APART_US, span.to_us + CLOCKS_APART_US
    return [path for path in files_of(folder, LOOKS) if begin_us - LONGEST_US <= _began_us(path) <= end_us]


def _began_us(path: Path) -> int:
    stamp = path.stem.rpartition("-")[2]
    return int(stamp) if stamp.isdecimal() else 0


def _looks(path: Path, span: Span, torn: Torn) -> Iterator[LookRecord]:
    with path.open("rb") as file:
        while line := file.readline(MOST_LINE_BYTES):
            told = _TIME.match(line)
            if told is None or not span.from_us <= int(told[1]) <= span.to_us:
                continue
            record = parsed(line)
            if record is None:
                torn.lines += 1
            else:
                yield look_from_record(record, str(path))


def sighting_rows(look: LookRecord, track_ids: Collection[str], zones: ZoneIndex) -> Iterator[bytes]:
    """The lines (sightings.jsonl) of what a look shows of these tracks."""
    at = to_datetime(look.time_us)
    for sighting, track_id in zip(look.sightings, look.track_ids, strict=False):
        if track_id in track_ids:
            yield sighting_line(sighting, track_id, hits_of(sighting.point, zones, at))


def shown_in(look: LookRecord, wanted: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of a look's pictures those with a wanted digest: the digest, and what is in the picture."""
    for track_id, jpeg in look.pictures.items():
        digest = hashlib.sha256(jpeg).hexdigest()
        if digest in wanted and (shot := _shot(look, track_id)) is not None:
            yield digest, shot.described()


def _shot(look: LookRecord, track_id: str) -> Shot | None:
    if look.picture is None:
        return None
    rows = zip(look.sightings, look.track_ids, strict=False)
    things = tuple(Thing(name, s.label, s.detector_label, s.score, s.bbox_px) for s, name in rows)
    subject = next((thing for thing in things if thing.track_id == track_id), None)
    if subject is None:
        return None
    width_px, height_px = look.picture.size_px
    # Where a picture was cut follows from its frame's size alone.
    nothing = np.broadcast_to(np.uint8(0), (height_px, width_px, 3))
    told = look.picture
    drone_id = look.sightings[0].drone_id
    frame = Frame(drone_id, told.camera_id, look.time_us, told.seq, nothing, told.time_source)
    return Shot(frame, subject, things)
