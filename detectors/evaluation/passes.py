"""What a drone that flies over a still picture would see, look by look, and which of it would be believed.

A picture becomes a pass: eight looks as a drone would have them on its way, each a little moved, turned, lit
and noised otherwise. What is found at one place as often as a tracker asks would have become a track.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.types import ByteImage, Detections, Detector

LOOKS = 8
"""As many as the tracker remembers of a thing that it does not believe yet."""

VIEW_PX = (1280, 720)

_DRIFT_PX = 12.0
"""The most a look is moved against the one before: 5 looks a second at 8 m/s and 0.15 m a pixel."""

Affine = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Belief:
    """How often a thing must be found to be believed: what `droneops`' tracker asks for by default."""

    strong_score: float = 0.5
    strong_points: int = 2
    weak_points: int = 1
    confirm_points: int = 6

    def points(self, score: float) -> int:
        """What one look at a thing counts."""
        return self.strong_points if score >= self.strong_score else self.weak_points


@dataclass(frozen=True, slots=True)
class Find:
    """A thing found: its middle in the still picture, and how near another find must be to be of it, px."""

    label: str
    score: float
    at_px: tuple[float, float]
    reach_px: float


Pass = tuple[tuple[Find, ...], ...]
"""The finds of each look."""


def fly_over(detector: Detector, image_bgr: ByteImage, rng: np.random.Generator) -> Pass:
    """What ``detector`` finds, by the names that its labels mean, in each look at a picture.

    Raises:
        DetectorError: the detector fails.
    """
    return tuple(
        _finds(detector.detect(view), detector.label_map, picture_from_view)
        for picture_from_view, view in _looks(image_bgr, rng)
    )


def tracks_of(flown: Pass, belief: Belief) -> list[str]:
    """The labels of what would have become tracks. One look counts once for a place."""
    places: list[tuple[Find, int]] = []
    for finds in flown:
        taken: set[int] = set()
        for find in finds:
            near = _place_of(find, places, taken)
            if near is None:
                places.append((find, belief.points(find.score)))
                taken.add(len(places) - 1)
            else:
                first, so_far = places[near]
                places[near] = first, so_far + belief.points(find.score)
                taken.add(near)
    return [first.label for first, so_far in places if so_far >= belief.confirm_points]


def _place_of(find: Find, places: Sequence[tuple[Find, int]], taken: set[int]) -> int | None:
    x, y = find.at_px
    for number, (first, _) in enumerate(places):
        if number not in taken and np.hypot(first.at_px[0] - x, first.at_px[1] - y) < find.reach_px:
            return number
    return None


def _looks(image: ByteImage, rng: np.random.Generator) -> Iterator[tuple[Affine, ByteImage]]:
    import cv2

    height, width = image.shape[:2]
    scale = max(VIEW_PX[0] / width, VIEW_PX[1] / height)
    drift = rng.uniform(-_DRIFT_PX, _DRIFT_PX, 2)
    for look in range(LOOKS):
        turn = np.asarray(
            cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 0.5), scale * 1.06), np.float64
        )
        turn[:, 2] += np.array(VIEW_PX) / 2 - np.array([width, height]) / 2 + drift * (look - LOOKS / 2)
        view = cv2.warpAffine(image, turn, VIEW_PX, borderMode=cv2.BORDER_REFLECT)
        grain = np.float32(2.0) * rng.standard_normal(view.shape, np.float32)
        lit = view * np.float32(rng.uniform(0.93, 1.07)) + grain
        back = np.asarray(cv2.invertAffineTransform(turn), np.float64)
        yield back, np.clip(lit, 0, 255).astype(np.uint8)


def _finds(found: Detections, label_map: Mapping[str, str], picture_from_view: Affine) -> tuple[Find, ...]:
    shrink = float(np.hypot(*picture_from_view[:, 0]))
    finds = []
    for row in range(len(found)):
        left, top, right, bottom = found.xyxy_px[row].astype(float)
        x, y = picture_from_view @ np.array([(left + right) / 2, (top + bottom) / 2, 1.0])
        label = label_map.get(found.label(row), found.label(row))
        at_px = float(x), float(y)
        finds.append(Find(label, float(found.score[row]), at_px, max(right - left, bottom - top) * shrink))
    return tuple(finds)
