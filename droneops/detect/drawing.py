"""A picture with the boxes that count drawn into it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from detectors.types import ByteImage

COLOURS_BGR: Mapping[str, tuple[int, int, int]] = {
    "person": (60, 60, 255),
    "vehicle": (80, 220, 60),
    "motorcycle": (230, 200, 40),
    "boat": (240, 110, 240),
    "log_pile": (0, 160, 255),
    "fire": (0, 80, 255),
    "smoke": (200, 200, 200),
}
QUALITY = 85


def drawn_jpeg(image: ByteImage, entries: Sequence[Mapping[str, Any]]) -> bytes:
    """``image`` as JPEG with a named box for each of the ``entries`` (label, score, bbox_px)."""
    import cv2

    canvas = np.array(image)
    thick = max(1, round(max(canvas.shape[:2]) / 900))
    for entry in entries:
        _draw(canvas, entry, thick)
    done, coded = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of {canvas.shape} cannot be coded")
    return coded.tobytes()


def _draw(canvas: ByteImage, entry: Mapping[str, Any], thick: int) -> None:
    import cv2

    left, top, right, bottom = (round(side) for side in entry["bbox_px"])
    colour = COLOURS_BGR.get(entry["label"]) or _colour(entry["label"])
    cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), colour, thick)
    text, size = f"{entry['label']} {entry['score']:.2f}", 0.4 * thick
    (_, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    # Above the box, or in it where there is no room above.
    base = top - 2 if top > high + 4 else top + high + 2
    for outline, shade in ((thick * 3, (0, 0, 0)), (thick, colour)):
        cv2.putText(canvas, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, size, shade, outline, cv2.LINE_AA)


def _colour(label: str) -> tuple[int, int, int]:
    code = zlib.crc32(label.encode())
    return 96 + code % 160, 96 + (code >> 8) % 160, 96 + (code >> 16) % 160
