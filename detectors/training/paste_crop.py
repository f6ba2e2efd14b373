"""The part of a picture that fire and smoke are laid on, with its boxes."""

from __future__ import annotations

import numpy as np

from detectors.training.set_file import LabelledBox
from detectors.types import ByteImage

# As the tiles the net looks at.
SIDE_PX = 640
# Less of a thing than this cannot be told from its like, nor can what is smaller than so many pixels.
LEAST_SHARE = 0.4
LEAST_SIDE_PX = 5.0


def crop(
    image_bgr: ByteImage, boxes: tuple[LabelledBox, ...], rng: np.random.Generator
) -> tuple[ByteImage, list[LabelledBox]]:
    """A random square of the picture at SIDE_PX, with its boxes.

    What the edge cuts off for the most part is a region to ignore.
    """
    import cv2

    height, width = image_bgr.shape[:2]
    side = int(min(height, width) * rng.uniform(0.35, 1.0))
    left, top = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
    part = image_bgr[top : top + side, left : left + side]
    scaled = cv2.resize(
        part, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_CUBIC
    )
    scale = SIDE_PX / side
    inside = [_moved(box, left, top, scale) for box in boxes]
    return np.asarray(scaled, np.uint8), [box for box in inside if box is not None]


def _moved(box: LabelledBox, left: int, top: int, scale: float) -> LabelledBox | None:
    moved = (np.array(box.xyxy_px) - (left, top, left, top)) * scale
    x0, y0, x1, y1 = map(float, np.clip(moved, 0.0, float(SIDE_PX)))
    if x1 - x0 < 1.0 or y1 - y0 < 1.0:
        return None
    share = (x1 - x0) * (y1 - y0) / float((moved[2] - moved[0]) * (moved[3] - moved[1]))
    told = share >= LEAST_SHARE and min(x1 - x0, y1 - y0) >= LEAST_SIDE_PX
    return LabelledBox((x0, y0, x1, y1), box.label if told else None)
