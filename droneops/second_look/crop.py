"""The part of a frame that a second model is shown: the thing with some ground around it, enlarged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]

AROUND = 2.0
"""The crop's side over the box's longer one: half a box of ground on each side tells a pile from its
clearing, and the thing still fills half of what the model sees."""

LEAST_SIDE_PX = 160
"""Of a crop. What lies around tells what a small thing is; with `MOST_ENLARGED` it gives `SIDE_PX`."""

SIDE_PX = 640
"""What a crop is enlarged to, the usual input of models of that size; a larger crop stays as it is."""

MOST_ENLARGED = 4.0
"""Beyond, only the interpolation grows: a box of 8 px is 32 px then, what detectors begin to see."""

LEAST_BOX_PX = 8.0
"""The narrower side of a box that a model is asked about: four line pairs across the least dimension are
what an observer needs to recognise a thing half of the time (J. Johnson, Analysis of image forming systems,
1958)."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """``image_bgr`` (h, w, 3) uint8, and the thing's ``box_px`` (x1, y1, x2, y2) in it."""

    image_bgr: npt.NDArray[np.uint8]
    box_px: Box


def is_too_small(box_px: Box) -> bool:
    """Whether a thing spans too few pixels of the camera's for anybody to say what it is."""
    x1, y1, x2, y2 = box_px
    return not min(x2 - x1, y2 - y1) >= LEAST_BOX_PX


def crop_of(image_bgr: npt.NDArray[np.uint8], box_px: Box) -> Crop:
    """The square around ``box_px``, moved inside the (h, w, 3) picture and cut where that is smaller.

    It is enlarged toward `SIDE_PX`, by at most `MOST_ENLARGED`.
    """
    import cv2

    height, width = image_bgr.shape[:2]
    x1, y1, x2, y2 = box_px
    side_px = max(AROUND * max(x2 - x1, y2 - y1), LEAST_SIDE_PX)
    left, right = _span((x1 + x2) / 2, side_px, width)
    top, bottom = _span((y1 + y2) / 2, side_px, height)
    part = np.ascontiguousarray(image_bgr[top:bottom, left:right])
    factor = min(max(SIDE_PX / max(part.shape[:2]), 1.0), MOST_ENLARGED)
    if factor > 1.0:
        size = round(part.shape[1] * factor), round(part.shape[0] * factor)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    inside = ((x1 - left) * factor, (y1 - top) * factor, (x2 - left) * factor, (y2 - top) * factor)
    return Crop(part, inside)


def _span(centre_px: float, length_px: float, limit_px: int) -> tuple[int, int]:
    length = min(round(length_px), limit_px)
    start = min(max(round(centre_px - length / 2), 0), limit_px - length)
    return start, start + length
