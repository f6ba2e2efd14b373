"""What a track is pictured by: a frame or a kept part of one, and all that was detected in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from droneops.pipeline import Look
from droneops.times import to_text
from droneops.types import Frame, Sighting, Track
from droneops.video.still import Box, Window, crop_jpeg, cut, scale_of, window_px


@dataclass(frozen=True, slots=True)
class Thing:
    """A detection; ``box_px`` (left, top, right, bottom) in the picture it is listed with."""

    track_id: str | None
    label: str
    detector_label: str
    score: float
    box_px: Box


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of ``subject``; ``things`` are all detections in ``frame.image``, the subject among them."""

    frame: Frame
    subject: Thing
    things: tuple[Thing, ...]

    def jpeg(self) -> bytes:
        """What is sent of it."""
        return crop_jpeg(self.frame, self.subject.box_px)

    def described(self) -> dict[str, Any]:
        """What is in the JPEG, for JSON: its size in px, and boxes as [x1, y1, x2, y2] in its own pixels."""
        window = window_px(self.frame, self.subject.box_px)
        left, top, right, bottom = window
        scale = scale_of(window)
        inside = [moved for thing in self.things if (moved := _moved(thing, window, scale)) is not None]
        return {
            "time": to_text(self.frame.captured_at_us),
            "width_px": round((right - left) * scale),
            "height_px": round((bottom - top) * scale),
            "track_id": self.subject.track_id,
            "things": [_thing_json(thing) for thing in inside],
        }


def thing_of(sighting: Sighting, track: Track | None) -> Thing:
    """A sighting in its own frame; its label is the track's where it has one."""
    return Thing(
        track_id=None if track is None else track.id,
        label=sighting.label if track is None else track.label,
        detector_label=sighting.detector_label,
        score=sighting.score,
        box_px=sighting.bbox_px,
    )


def shot_in(look: Look, track_id: str) -> Shot | None:
    """The track as this look shows it; None where it does not."""
    things = tuple(thing_of(s, track) for s, track in zip(look.sightings, look.tracks, strict=True))
    return next((Shot(look.frame, thing, things) for thing in things if thing.track_id == track_id), None)


def part_of(frame: Frame, thing: Thing, size_px: tuple[int, int]) -> Shot:
    """A thing in a small copy of the part of the frame around it, so that no whole frame is kept.

    The part has ``size_px`` (width, height), or that of `still.SNAPSHOT_PX` for a larger thing: all of it.
    """
    window = window_px(frame, thing.box_px, size_px)
    part = replace(frame, image=cut(frame, window))
    subject = _moved(thing, window, scale_of(window)) or thing
    return Shot(part, subject, (subject,))


def _moved(thing: Thing, window: Window, scale: float) -> Thing | None:
    """The thing in the pixels of a window at ``scale``, cut at its edges; None where it lies outside."""
    left, top, right, bottom = window
    x1, y1, x2, y2 = thing.box_px
    box = (max(x1, left) - left, max(y1, top) - top, min(x2, right) - left, min(y2, bottom) - top)
    if not (box[0] < box[2] and box[1] < box[3]):
        return None
    return replace(thing, box_px=(box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale))


def _thing_json(thing: Thing) -> dict[str, Any]:
    return {
        "track_id": thing.track_id,
        "label": thing.label,
        "detector_label": thing.detector_label,
        "score": round(thing.score, 4),
        "bbox_px": [round(value, 2) for value in thing.box_px],
    }
