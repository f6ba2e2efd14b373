"""Pictures cut from a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.types import Frame

Box = tuple[float, float, float, float]
Window = tuple[int, int, int, int]

SNAPSHOT_LIMIT_BYTES = 65536
"""What a thin uplink can carry beside the alert (the contract's limit for the snapshot topic)."""

SNAPSHOT_PX = (480, 360)
"""Width and height: a person's surroundings from 60 m up, and readable on a telephone."""

AROUND = 1.25
"""The picture's side over that of a thing which would not fit: so much more that one sees where it ends."""

_QUALITIES = (85, 70, 55, 40, 25, 10)


def crop_jpeg(
    frame: Frame,
    box_px: Box,
    size_px: tuple[int, int] = SNAPSHOT_PX,
    limit_bytes: int = SNAPSHOT_LIMIT_BYTES,
) -> bytes:
    """A JPEG of the frame around a box, at most ``size_px`` (width, height) and ``limit_bytes`` large.

    Nothing is drawn into it: it is the picture as the camera gave it, cut, made smaller where the thing would
    not fit, and compressed.

    Raises:
        ValueError: no quality gets below the limit.
    """
    import cv2

    crop = cut(frame, window_px(frame, box_px, size_px), size_px)
    for quality in _QUALITIES:
        done, coded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and coded.size <= limit_bytes:
            return coded.tobytes()
    raise ValueError(f"a {crop.shape[1]} x {crop.shape[0]} picture does not fit into {limit_bytes} bytes")


def window_px(frame: Frame, box_px: Box, size_px: tuple[int, int] = SNAPSHOT_PX) -> Window:
    """Left, top, right and bottom of what `crop_jpeg` shows: ``size_px``, or more for a larger thing."""
    height, width = frame.image.shape[:2]
    x1, y1, x2, y2 = box_px
    more = max(AROUND * (x2 - x1) / size_px[0], AROUND * (y2 - y1) / size_px[1], 1.0)
    left, right = _span((x1 + x2) / 2, size_px[0] * more, width)
    top, bottom = _span((y1 + y2) / 2, size_px[1] * more, height)
    return left, top, right, bottom


def scale_of(window: Window, size_px: tuple[int, int] = SNAPSHOT_PX) -> float:
    """Pixels of the picture for each of the frame's: 1, less where the window is larger than ``size_px``."""
    left, top, right, bottom = window
    return min(size_px[0] / (right - left), size_px[1] / (bottom - top), 1.0)


def cut(frame: Frame, window: Window, size_px: tuple[int, int] = SNAPSHOT_PX) -> npt.NDArray[Any]:
    """A copy of the frame's window (h, w, 3), no larger than ``size_px`` (width, height)."""
    left, top, right, bottom = window
    part, scale = frame.image[top:bottom, left:right], scale_of(window, size_px)
    if scale == 1.0:
        return part.copy()
    import cv2

    width, height = (max(round((end - start) * scale), 1) for start, end in ((left, right), (top, bottom)))
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA))


def _span(centre: float, wanted: float, limit: int) -> tuple[int, int]:
    length = min(round(wanted), limit)
    start = min(max(round(centre - length / 2), 0), limit - length)
    return start, start + length
