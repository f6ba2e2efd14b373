"""The pixel of a detection that stands on the ground.

A detector's anchor for a standing thing is the bottom centre of its box. Seen at an angle that is its foot;
seen from above it is not: the picture of a person leans away from the point under the drone, and straight
below only the head and shoulders show, in the middle of the box. How far down in the box the foot lies
follows from the picture's direction of gravity alone.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from droneops.geo.camera import normalised
from droneops.geo.view import View
from droneops.types import FloatArray, NoGroundPoint

SHAPES = {"person": (1.7, 0.5)}
"""Height and width in metres of the standing things whose foot is looked for: a grown person, as wide as its
shoulders. A vehicle or a boat is as wide as it is high: its box's bottom says nothing better."""


def foot_px(
    anchor_px: npt.NDArray[np.float32],
    xyxy_px: npt.NDArray[np.float32],
    labels: tuple[str, ...],
    view: View | NoGroundPoint,
) -> FloatArray:
    """Anchors (n, 2), those of standing people moved from the bottom centre of their box to the foot.

    ``labels`` are the rules' own. Anchors that are not at the bottom centre stay: the detector knows better.
    """
    anchors = np.array(anchor_px, dtype=np.float64)
    for row, label in enumerate(labels):
        shape = SHAPES.get(label)
        box = xyxy_px[row].astype(np.float64)
        if shape is not None and isinstance(view, View) and _is_bottom_centre(anchors[row], box):
            anchors[row] = _foot(box, shape, view)
    return anchors


def _is_bottom_centre(anchor_px: FloatArray, box: FloatArray) -> bool:
    # Boxes count from the edge of the first pixel, cameras from its centre.
    bottom = (box[0] + box[2]) / 2 - 0.5, box[3] - 0.5
    return bool(np.abs(anchor_px - bottom).max() < 0.01)


def _foot(box: FloatArray, shape: tuple[float, float], view: View) -> FloatArray:
    """Where in the box an upright thing stands: half of its length's picture from the box's centre.

    It shows as a line along the picture's gravity, its height foreshortened, thickened by the ellipse that a
    disc of its width shows as. The size of both in pixels follows from the box.
    """
    centre = np.array([box[0] + box[2], box[1] + box[3]]) / 2 - 0.5
    half = np.array([box[2] - box[0], box[3] - box[1]]) / 2
    seen = _plumb_line(centre, view)
    if seen is None:
        return np.array([centre[0], box[3] - 0.5])
    direction, upright, flat = seen
    height_m, width_m = shape
    line = height_m * upright / 2
    across = direction[::-1]
    disc = width_m / 2 * np.hypot(flat * direction, across)
    model = line * np.abs(direction) + disc
    px_per_m = float(half @ model / (model @ model))
    return centre + direction * line * px_per_m


def _plumb_line(pixel_px: FloatArray, view: View) -> tuple[FloatArray, float, float] | None:
    """How down shows at a pixel: its direction (2,) in the picture, and the shares of an upright and of a
    level length that are seen, cosine and sine of the ray's depression. None where the lens shows nothing."""
    xy = normalised(pixel_px[None, :], view.lens)[0]
    ray = np.array([xy[0], xy[1], 1.0]) / math.sqrt(1 + xy @ xy)
    gravity = view.ned_from_camera[2]
    moved = gravity[:2] - xy * gravity[2]
    length = math.hypot(*moved)
    flat = abs(float(ray @ gravity))
    if not math.isfinite(length):
        return None
    direction = moved / length if length > 0 else np.array([0.0, 1.0])
    return direction, math.sqrt(max(1 - flat**2, 0.0)), flat
