"""One look of a drone as it was consumed: a line of JSON, and back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from droneops.errors import InputError
from droneops.fleet.recording.values import (
    pose_or_reason_from_record,
    pose_or_reason_to_record,
    sighting_from_record,
    sighting_to_record,
)
from droneops.fleet.report_record import blindness_from_record, blindness_to_record
from droneops.incidents.scene import Blindness
from droneops.second_look.answer import SecondLook
from droneops.second_look.record import second_from_record, second_to_record
from droneops.types import NoPose, Pose, Sighting

MOST_LINE_BYTES = 8 << 20
"""A thousand detections at 0.7 kB each, and eight pictures of 64 KiB in base 64, take 1.4 MB."""


@dataclass(frozen=True, slots=True)
class PictureTold:
    """Of which picture a look was: its camera, number, size (width, height) and how its time is known.

    ``time_sigma_s`` is the error (1 sigma) of its time that was reckoned with.
    """

    camera_id: str
    seq: int
    size_px: tuple[int, int]
    time_source: str
    time_sigma_s: float


@dataclass(frozen=True, slots=True)
class Spent:
    """By the machine's clock, when a picture was taken up and when all was done, and the detector's share."""

    taken_us: int
    told_us: int
    detector_us: int


@dataclass(frozen=True, slots=True)
class LookRecord:
    """What a report was made of. ``picture`` and ``pose`` are None where there was no picture.

    ``sightings`` are in the order in which the tracker took them; ``inferred`` is False where the detector
    was spared the picture or failed at it (``fault``), and then the tracker took nothing at all.
    ``track_ids`` go with the sightings, row by row; none in recordings of before they were written down.
    ``second`` is what a second model said since the look before, by track id.
    """

    seq: int
    time_us: int
    picture: PictureTold | None = None
    pose: Pose | NoPose | None = None
    inferred: bool = False
    fault: str | None = None
    tiles: tuple[int, int] = (0, 0)
    sightings: tuple[Sighting, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    blind: tuple[Blindness, ...] = ()
    spent: Spent | None = None
    track_ids: tuple[str | None, ...] = ()
    second: Mapping[str, SecondLook] = field(default_factory=dict)


def look_to_line(look: LookRecord) -> bytes:
    """A line of JSON, with its end."""
    told = look.picture
    record = {
        "seq": look.seq,
        "time_us": look.time_us,
        "picture": None
        if told is None
        else [told.camera_id, told.seq, list(told.size_px), told.time_source, told.time_sigma_s],
        "pose": None if look.pose is None else pose_or_reason_to_record(look.pose),
        "inferred": look.inferred,
        "fault": look.fault,
        "tiles": list(look.tiles),
        "sightings": [sighting_to_record(sighting) for sighting in look.sightings],
        "pictures": {name: base64.b64encode(jpeg).decode() for name, jpeg in look.pictures.items()},
        "blind": [blindness_to_record(blind) for blind in look.blind],
        "spent": None
        if look.spent is None
        else [look.spent.taken_us, look.spent.told_us, look.spent.detector_us],
        "track_ids": list(look.track_ids),
        "second": {name: second_to_record(said) for name, said in look.second.items()},
    }
    return to_line(record)


def look_from_record(record: Mapping[str, Any], where: str) -> LookRecord:
    """The look of a parsed line.

    Raises:
        InputError: it is no look; ``where`` names the line.
    """
    try:
        return _look(record)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise InputError(f"no look: {error!r}", where=where) from None


def to_line(record: Mapping[str, Any]) -> bytes:
    """A line of JSON, with its end."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _look(record: Mapping[str, Any]) -> LookRecord:
    tiles, wanted = record["tiles"]
    return LookRecord(
        seq=int(record["seq"]),
        time_us=int(record["time_us"]),
        picture=None if record["picture"] is None else _picture(*record["picture"]),
        pose=None if record["pose"] is None else pose_or_reason_from_record(record["pose"]),
        inferred=bool(record["inferred"]),
        fault=record["fault"],
        tiles=(int(tiles), int(wanted)),
        sightings=tuple(sighting_from_record(item) for item in record["sightings"]),
        pictures={name: base64.b64decode(text, validate=True) for name, text in record["pictures"].items()},
        blind=tuple(blindness_from_record(item) for item in record["blind"]),
        spent=None if record["spent"] is None else Spent(*record["spent"]),
        track_ids=tuple(record.get("track_ids", ())),
        second={name: second_from_record(said) for name, said in record.get("second", {}).items()},
    )


def _picture(
    camera_id: str, seq: int, size_px: tuple[int, int], time_source: str, time_sigma_s: float
) -> PictureTold:
    width_px, height_px = size_px
    return PictureTold(camera_id, seq, (width_px, height_px), time_source, time_sigma_s)
