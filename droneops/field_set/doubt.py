"""Which frames a detector was in doubt about, and a bounded sample of them."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from droneops.pipeline import Look
from droneops.times import to_text
from droneops.types import TrackState

NEAR_THRESHOLD = 1.2
"""A score up to 1.2 times the least that is kept might as well have been missed. What lies below it the
detector does not report: a lower threshold would change what the tracks are made of."""

MOST_KEPT = 500
"""Frames of 720p take 0.3 MB each as JPEG, in memory until the replay ends: 150 MB."""

JPEG_QUALITY = 90


class Doubt(StrEnum):
    """near_threshold: a detection that was hardly reported. never_believed: its track stayed tentative."""

    NEAR_THRESHOLD = "near_threshold"
    NEVER_BELIEVED = "never_believed"


@dataclass(frozen=True, slots=True)
class DoubtfulFrame:
    """A whole frame as JPEG, and what was detected in it (JSON)."""

    name: str
    jpeg: bytes
    row: Mapping[str, Any]
    tentative: frozenset[str]


class DoubtfulFrames:
    """At most ``keep`` of the doubtful frames of a drone: those with the smallest digest of drone and time.

    So the choice follows from the frames alone and favours no part of the flight. ``least_score`` is the
    least that the detector reports, by its own labels; of a label that is not in it no score is doubtful.
    """

    def __init__(self, keep: int, least_score: Mapping[str, float], detector: str) -> None:
        self._keep = keep
        self._least_score = least_score
        self._detector = detector
        self._kept: list[tuple[str, DoubtfulFrame]] = []
        self._believed: set[str] = set()

    def add(self, look: Look) -> None:
        """Take in one look."""
        if self._keep == 0:
            return
        self._believed |= _ids(look, lambda state: state is not TrackState.TENTATIVE)
        tentative = _ids(look, lambda state: state is TrackState.TENTATIVE) - self._believed
        if not tentative and not self._is_near_threshold(look):
            return
        order = hashlib.sha256(f"{look.frame.drone_id}/{look.frame.captured_at_us}".encode()).hexdigest()
        if len(self._kept) < self._keep or order < max(self._kept, key=_order)[0]:
            self._kept.append((order, self._framed(look, frozenset(tentative))))
            self._kept = heapq.nsmallest(self._keep, self._kept, key=_order)

    def frames(self) -> tuple[DoubtfulFrame, ...]:
        """What is doubtful now that the flight is over, in order of time; a track believed later is not."""
        left = (self._with_doubts(frame) for _, frame in self._kept)
        return tuple(sorted((frame for frame in left if frame.row["doubts"]), key=lambda f: f.row["time"]))

    def _is_near_threshold(self, look: Look) -> bool:
        return any(
            sighting.score <= NEAR_THRESHOLD * self._least_score.get(sighting.detector_label, -1.0)
            for sighting in look.sightings
        )

    def _framed(self, look: Look, tentative: frozenset[str]) -> DoubtfulFrame:
        frame = look.frame
        height_px, width_px = frame.image.shape[:2]
        name = f"{frame.captured_at_us}.jpg"
        row = {
            "file": name,
            "time": to_text(frame.captured_at_us),
            "drone_id": frame.drone_id,
            "detector": self._detector,
            "width_px": width_px,
            "height_px": height_px,
            "doubts": [Doubt.NEAR_THRESHOLD.value] if self._is_near_threshold(look) else [],
            "things": [_thing(look, index) for index in range(len(look.sightings))],
        }
        return DoubtfulFrame(name, _jpeg(look), row, tentative)

    def _with_doubts(self, frame: DoubtfulFrame) -> DoubtfulFrame:
        never = [Doubt.NEVER_BELIEVED.value] if frame.tentative - self._believed else []
        row = {**frame.row, "doubts": [*frame.row["doubts"], *never]}
        return DoubtfulFrame(frame.name, frame.jpeg, row, frame.tentative)


def _order(item: tuple[str, DoubtfulFrame]) -> str:
    return item[0]


def _ids(look: Look, wanted: Callable[[TrackState], bool]) -> set[str]:
    return {track.id for track in look.tracks if track is not None and wanted(track.state)}


def _thing(look: Look, index: int) -> dict[str, Any]:
    sighting, track = look.sightings[index], look.tracks[index]
    return {
        "track_id": None if track is None else track.id,
        "label": sighting.label,
        "detector_label": sighting.detector_label,
        "score": round(sighting.score, 4),
        "bbox_px": [round(value, 2) for value in sighting.bbox_px],
    }


def _jpeg(look: Look) -> bytes:
    import cv2

    _, coded = cv2.imencode(".jpg", look.frame.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(coded.tobytes())


def files_of(frames: Iterable[DoubtfulFrame]) -> dict[str, bytes]:
    """The frames as files: the pictures and ``frames.jsonl``; empty where there is none."""
    kept = list(frames)
    if not kept:
        return {}
    lines = "".join(json.dumps(dict(f.row), ensure_ascii=False, allow_nan=False) + "\n" for f in kept)
    return {**{frame.name: frame.jpeg for frame in kept}, "frames.jsonl": lines.encode()}
