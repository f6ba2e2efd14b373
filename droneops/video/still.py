"""Pictures cut from a frame."""

from __future__ import annotations

from droneops.types import Frame

SNAPSHOT_LIMIT_BYTES = 65536
"""What a thin uplink can carry beside the alert (the contract's limit for the snapshot topic)."""

SNAPSHOT_PX = (480, 360)
"""Width and height: a person's surroundings from 60 m up, and readable on a telephone."""

_QUALITIES = (85, 70, 55, 40, 25, 10)


def crop_jpeg(
    frame: Frame,
    box_px: tuple[float, float, float, float],
    size_px: tuple[int, int] = SNAPSHOT_PX,
    limit_bytes: int = SNAPSHOT_LIMIT_BYTES,
) -> bytes:
    """A JPEG of the frame around a box, at most ``size_px`` (width, height) and ``limit_bytes`` large.

    Nothing is drawn into it: it is the picture as the camera gave it, cut and compressed.

    Raises:
        ValueError: no quality gets below the limit.
    """
    import cv2

    left, top, right, bottom = window_px(frame, box_px, size_px)
    crop = frame.image[top:bottom, left:right]
    for quality in _QUALITIES:
        done, coded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and coded.size <= limit_bytes:
            return coded.tobytes()
    raise ValueError(f"a {right - left} x {bottom - top} picture does not fit into {limit_bytes} bytes")


def window_px(
    frame: Frame, box_px: tuple[float, float, float, float], size_px: tuple[int, int] = SNAPSHOT_PX
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what `crop_jpeg` cuts."""
    height, width = frame.image.shape[:2]
    x1, y1, x2, y2 = box_px
    left, right = _span((x1 + x2) / 2, size_px[0], width)
    top, bottom = _span((y1 + y2) / 2, size_px[1], height)
    return left, top, right, bottom


def _span(centre: float, length: int, limit: int) -> tuple[int, int]:
    length = min(length, limit)
    start = min(max(round(centre - length / 2), 0), limit - length)
    return start, start + length
