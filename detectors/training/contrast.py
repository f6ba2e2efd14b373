"""Things that were drawn but cannot be told in the finished picture: black on black, grey in mist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detectors.training.instances import Instance
from detectors.types import ByteImage

# The standard deviation of the grey levels in and closely about a box: below it the box holds little but the
# noise of the sensor. Chosen by eye on night and mist scenes.
LEAST_CONTRAST = 4.0
MARGIN_PX = 3
# Seen by so much, a thing is boxed as a region to ignore.
BARELY = 0.3


def dimmed(image_bgr: ByteImage, instances: Sequence[Instance]) -> tuple[Instance, ...]:
    """``instances``, those without contrast in ``image_bgr`` (h, w, 3) uint8 marked as barely visible."""
    return tuple(
        each if _contrast(image_bgr, each) >= LEAST_CONTRAST else _barely(each) for each in instances
    )


def _barely(instance: Instance) -> Instance:
    return replace(instance, visible_fraction=min(instance.visible_fraction, BARELY))


def _contrast(image_bgr: ByteImage, instance: Instance) -> float:
    import cv2

    left, top, right, bottom = instance.xyxy_px
    rows = slice(max(0, top - MARGIN_PX), bottom + MARGIN_PX)
    columns = slice(max(0, left - MARGIN_PX), right + MARGIN_PX)
    grey = image_bgr[rows, columns].mean(axis=2, dtype="float32")
    # A box filter takes the noise out of what is larger than a few pixels, and leaves shapes.
    return float(cv2.blur(grey, (3, 3)).std())
