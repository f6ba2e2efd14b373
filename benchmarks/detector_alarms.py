"""False alarms where there is nothing: frames with one, and things that would become tracks.

What a look is and how often a thing must be found stands in `detectors.evaluation.passes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detectors.evaluation.empties import empty_pictures
from detectors.evaluation.passes import Belief, Pass, fly_over, tracks_of
from detectors.evaluation.poisson import upper_bound
from detectors.types import Detector

__all__ = ["COUNTED", "count_alarms", "empty_pictures", "upper_bound"]

COUNTED = frozenset({"person", "vehicle", "motorcycle", "boat", "log_pile", "fire", "smoke"})
"""What a patrol would report; what else a model knows (a bird, a kite) alarms nobody."""


@dataclass
class Alarms:
    """Counts of one kind of place."""

    frames: int = 0
    frames_with: int = 0
    passes: int = 0
    tracks: int = 0
    by_label: dict[str, int] = field(default_factory=dict)

    def add(self, flown: Pass) -> None:
        """Take in one pass."""
        tracks = tracks_of(flown, Belief())
        self.passes += 1
        self.frames += len(flown)
        self.frames_with += sum(bool(finds) for finds in flown)
        self.tracks += len(tracks)
        for label in tracks:
            self.by_label[label] = self.by_label.get(label, 0) + 1

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


def count_alarms(detector: Detector, pictures: Iterator[tuple[str, Path]], most: int) -> dict[str, Any]:
    """False alarms over at most ``most`` frames, by kind of place and in all."""
    total = Alarms()
    kinds: dict[str, Alarms] = {}
    for number, (kind, path) in enumerate(pictures):
        if total.frames >= most:
            break
        image = cv2.imread(str(path))
        if image is None:
            raise SystemExit(f"{path}: no picture; a frame that is not looked at must not count as quiet")
        flown = fly_over(detector, np.asarray(image, np.uint8), np.random.default_rng([11, number]))
        for alarms in (total, kinds.setdefault(kind, Alarms())):
            alarms.add(tuple(tuple(find for find in finds if find.label in COUNTED) for finds in flown))
    return {"all": total.values(), "kinds": {kind: alarms.values() for kind, alarms in kinds.items()}}
