"""False alarms where there is nothing: frames with one, and things that would become tracks.

A still picture becomes a pass: eight looks as a drone would have them on its way, each a little moved,
turned, lit and noised otherwise. What is found in one place as often as the tracker asks (three strong looks
or six weak ones of eight) would have become a track.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from detectors.types import Detections, Detector
from droneops.tracking.lifecycle import points
from droneops.tracking.settings import TrackerSettings

COUNTED = frozenset({"person", "vehicle", "motorcycle", "boat", "log_pile", "fire", "smoke"})
"""What a patrol would report; what else a model knows (a bird, a kite) alarms nobody."""

LOOKS = 8
VIEW_PX = (1280, 720)


@dataclass
class Alarms:
    """Counts of one kind of place."""

    frames: int = 0
    frames_with: int = 0
    passes: int = 0
    tracks: int = 0
    by_label: dict[str, int] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Per 1000 frames, with the 95 % upper bound that the number of frames allows."""
        return {
            "frames": self.frames,
            "frames_with_an_alarm": self.frames_with,
            "per_1000_frames": 1000 * self.frames_with / max(self.frames, 1),
            "tracks": self.tracks,
            "tracks_per_1000_frames": 1000 * self.tracks / max(self.frames, 1),
            "tracks_per_1000_frames_at_most": 1000 * upper_bound(self.tracks) / max(self.frames, 1),
            "tracks_by_label": self.by_label,
        }


def upper_bound(count: int) -> float:
    """The mean of a Poisson law that gives ``count`` or fewer once in twenty times; 3.0 for none."""
    low, high = float(count), count + 20.0 + 5 * math.sqrt(count + 1)
    for _ in range(60):
        middle = (low + high) / 2
        term = total = math.exp(-middle)
        for k in range(1, count + 1):
            term *= middle / k
            total += term
        low, high = (middle, high) if total > 0.05 else (low, middle)
    return high


def empty_pictures(folder: Path) -> Iterator[tuple[str, Path]]:
    """Kind and file of the pictures of a set (``instances.json``) without any box, or of a plain folder."""
    index = folder / "instances.json"
    if not index.is_file():
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".png", ".tif")):
            yield folder.name, path
        return
    data = json.loads(index.read_text())
    busy = {annotation["image_id"] for annotation in data["annotations"]}
    for image in data["images"]:
        if image["id"] not in busy:
            below = folder / "images" / image["file_name"]
            path = below if below.is_file() else folder / image["file_name"]
            yield str(image.get("kind", folder.name)), path


def count_alarms(detector: Detector, pictures: Iterator[tuple[str, Path]], most: int) -> dict[str, Any]:
    """False alarms over at most ``most`` frames, by kind of place and in all."""
    kinds: dict[str, Alarms] = {}
    for number, (kind, path) in enumerate(pictures):
        if sum(alarms.frames for alarms in kinds.values()) >= most:
            break
        image = cv2.imread(str(path))
        if image is None:
            raise SystemExit(f"{path}: no picture; a frame that is not looked at must not count as quiet")
        _fly_over(detector, image, np.random.default_rng([11, number]), kinds.setdefault(kind, Alarms()))
    total = Alarms()
    for alarms in kinds.values():
        _add(total, alarms)
    return {"all": total.values(), "kinds": {kind: alarms.values() for kind, alarms in kinds.items()}}


def _add(total: Alarms, own: Alarms) -> None:
    total.frames, total.frames_with = total.frames + own.frames, total.frames_with + own.frames_with
    total.passes, total.tracks = total.passes + own.passes, total.tracks + own.tracks
    for label, count in own.by_label.items():
        total.by_label[label] = total.by_label.get(label, 0) + count


Affine = npt.NDArray[np.float64]


def _fly_over(detector: Detector, image: Any, rng: np.random.Generator, alarms: Alarms) -> None:
    settings = TrackerSettings()
    places: list[tuple[str, npt.NDArray[np.float64], float]] = []
    alarms.passes += 1
    for picture_from_view, view in _looks(image, rng):
        found = _counted(detector.detect(view), detector.label_map)
        alarms.frames += 1
        alarms.frames_with += bool(found)
        _gather(places, found, picture_from_view, settings)
    for label, _, so_far in places:
        if so_far >= settings.confirm_points:
            alarms.tracks += 1
            alarms.by_label[label] = alarms.by_label.get(label, 0) + 1


def _looks(image: Any, rng: np.random.Generator) -> Iterator[tuple[Affine, Any]]:
    height, width = image.shape[:2]
    scale = max(VIEW_PX[0] / width, VIEW_PX[1] / height)
    drift = rng.uniform(-12, 12, 2)
    for look in range(LOOKS):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 0.5), scale * 1.06)
        turn[:, 2] += np.array(VIEW_PX) / 2 - np.array([width, height]) / 2 + drift * (look - LOOKS / 2)
        view = cv2.warpAffine(image, turn, VIEW_PX, borderMode=cv2.BORDER_REFLECT)
        grain = np.float32(2.0) * rng.standard_normal(view.shape, np.float32)
        lit = view * np.float32(rng.uniform(0.93, 1.07)) + grain
        yield cv2.invertAffineTransform(turn), np.clip(lit, 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Find:
    """One thing found: ``xyxy_px`` (4,) in the view."""

    label: str
    score: float
    xyxy_px: npt.NDArray[np.float64]


def _counted(found: Detections, label_map: Mapping[str, str]) -> list[Find]:
    named = [label_map.get(found.label(row), found.label(row)) for row in range(len(found))]
    return [
        Find(label, float(found.score[row]), found.xyxy_px[row].astype(float))
        for row, label in enumerate(named)
        if label in COUNTED
    ]


def _gather(
    places: list[tuple[str, npt.NDArray[np.float64], float]],
    found: list[Find],
    picture_from_view: Affine,
    settings: TrackerSettings,
) -> None:
    """Adds each find to the place it belongs to: one look counts once for a place."""
    taken: set[int] = set()
    for find in found:
        left, top, right, bottom = find.xyxy_px
        middle = picture_from_view @ np.array([(left + right) / 2, (top + bottom) / 2, 1.0])
        reach = max(right - left, bottom - top) * float(np.hypot(*picture_from_view[:, 0]))
        worth = points(find.score, settings)
        near = [
            k for k, (_, at, _) in enumerate(places) if k not in taken and np.hypot(*(at - middle)) < reach
        ]
        if near:
            own, at, so_far = places[near[0]]
            places[near[0]] = own, at, so_far + worth
            taken.add(near[0])
        else:
            places.append((find.label, middle, worth))
            taken.add(len(places) - 1)
