"""How the picture moved from one frame to the next, as pairs of points.

Corners are followed by pyramidal Lucas-Kanade (Bouguet 2001) in a small grey copy of each frame, forth and
back; a homography (RANSAC) throws out what moved by itself. Only the points leave this file, in pixels of
the full picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.types import FloatArray, Frame, read_only

GreyImage = npt.NDArray[np.uint8]

SMALL_WIDTH_PX = 480
"""Following corners to 0.05 px at this width is 0.15 px of a 1280 px picture: less than the poses' error."""

MAX_STEP_S = 0.35
"""Frames further apart are no pair: in a turn, too little of the picture is left in both."""

MIN_POINTS = 12
"""Fewer points than this may agree on a homography by chance."""

_MAX_CORNERS = 150
# Relative to the best corner; near a painted marker, grass still has to count.
_CORNER_QUALITY = 0.004
# A picture with less contrast than this shows fog, or the noise of the sensor.
_MIN_GREY_SIGMA = 2.0
_WINDOW_PX = (21, 21)
_PYRAMID_LEVELS = 4
_FORTH_AND_BACK_PX = 0.3
_INLIER_PX = 0.7
_MIN_INLIER_SHARE = 0.5
# Points of a pair must spread at least this share of the picture's width, or they say nothing of its turn.
_MIN_SPREAD = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class GreyFrame:
    """A small grey picture (height, width) uint8, its time, and how many full pixels one of its own is."""

    time_us: int
    image: GreyImage
    px_per_small_px: float


@dataclass(frozen=True, slots=True, eq=False)
class MotionPair:
    """Points (n, 2), in pixels of the full picture, that stand still on the ground, in two frames."""

    from_us: int
    to_us: int
    from_px: FloatArray
    to_px: FloatArray


@dataclass(slots=True)
class MotionCounts:
    """What became of the pairs of frames; grows while `measure` is read."""

    measured: int = 0
    plain: int = 0
    lost: int = 0
    apart: int = 0


def small_grey(frame: Frame) -> GreyFrame:
    """A frame's picture in grey, at most SMALL_WIDTH_PX wide."""
    import cv2

    height_px, width_px = frame.image.shape[:2]
    scale = max(width_px / SMALL_WIDTH_PX, 1.0)
    grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
    size = (round(width_px / scale), round(height_px / scale))
    small = grey if scale == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return GreyFrame(frame.captured_at_us, small.astype(np.uint8, copy=False), scale)


def measure(
    frames: Iterable[GreyFrame], counts: MotionCounts, wanted: Callable[[int], bool] | None = None
) -> Iterator[MotionPair]:
    """The motion from each frame to the next.

    Left out are pairs that have too little texture (``plain``), whose points were lost or disagree, as
    when blurred (``lost``), and that lie more than MAX_STEP_S apart (``apart``). ``wanted`` says of a time
    whether the pair that begins there is to be measured; without it all are.
    """
    previous: GreyFrame | None = None
    for frame in frames:
        before, previous = previous, frame
        if before is None or (wanted is not None and not wanted(before.time_us)):
            continue
        pair = _pair(before, frame, counts)
        if pair is not None:
            counts.measured += 1
            yield pair


def _pair(before: GreyFrame, after: GreyFrame, counts: MotionCounts) -> MotionPair | None:
    if not 0 < after.time_us - before.time_us <= MAX_STEP_S * 1e6:
        counts.apart += 1
        return None
    corners = _corners(before.image)
    if corners is None:
        counts.plain += 1
        return None
    found = _followed(before.image, after.image, corners)
    if found is None:
        counts.lost += 1
        return None
    from_px, to_px = (_full_px(points, before.px_per_small_px) for points in found)
    return MotionPair(before.time_us, after.time_us, from_px, to_px)


def _corners(image: GreyImage) -> npt.NDArray[np.float32] | None:
    import cv2

    if float(image.std()) < _MIN_GREY_SIGMA:
        return None
    distance_px = image.shape[1] / 40
    corners = cv2.goodFeaturesToTrack(image, _MAX_CORNERS, _CORNER_QUALITY, distance_px)
    if corners is None or len(corners) < MIN_POINTS:
        return None
    points: npt.NDArray[np.float32] = corners.reshape(-1, 2).astype(np.float32)
    return points if _spread(points, image) else None


def _spread(points: npt.NDArray[np.float32], image: GreyImage) -> bool:
    return bool(points.std(axis=0).min() >= _MIN_SPREAD * image.shape[1])


def _followed(
    before: GreyImage, after: GreyImage, corners: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
    """The corners that were found again, and where, both in small pixels."""
    import cv2

    moved, forth, _ = _lucas_kanade(before, after, corners)
    back, aback, _ = _lucas_kanade(after, before, moved)
    same = np.abs(back - corners).max(axis=1) < _FORTH_AND_BACK_PX
    kept = same & (forth.ravel() == 1) & (aback.ravel() == 1)
    if kept.sum() < MIN_POINTS:
        return None
    _, inliers = cv2.findHomography(corners[kept], moved[kept], cv2.RANSAC, _INLIER_PX)
    if inliers is None:
        return None
    agree = inliers.ravel() == 1
    if agree.sum() < max(MIN_POINTS, _MIN_INLIER_SHARE * kept.sum()):
        return None
    found = corners[kept][agree]
    return (found, moved[kept][agree]) if _spread(found, before) else None


def _lucas_kanade(
    before: GreyImage, after: GreyImage, points: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Where points (n, 2) went, (n, 1) whether they were found, and how ill they fit."""
    import cv2

    # The fourth argument is filled in: without a flag that says so it is no first guess.
    moved, found, misfit = cv2.calcOpticalFlowPyrLK(
        before, after, points, points.copy(), winSize=_WINDOW_PX, maxLevel=_PYRAMID_LEVELS
    )
    return moved.astype(np.float32), found.astype(np.uint8), misfit.astype(np.float32)


def _full_px(points_px: npt.NDArray[np.float32], scale: float) -> FloatArray:
    """Integer pixel centres: the corner of the picture is at -0.5 in either size."""
    return read_only((points_px.astype(np.float64) + 0.5) * scale - 0.5)
