"""What a person would box of the fire and smoke laid on a picture: one box for what hangs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.fire_sprites import SEEN_ALPHA as FIRE_SEEN_ALPHA
from detectors.training.set_file import LabelledBox
from detectors.training.smoke_sprites import SEEN_ALPHA as SMOKE_SEEN_ALPHA
from detectors.training.sprites import seen_box_px
from detectors.training.turbulence import Field

Mask = npt.NDArray[np.uint8]

SEEN_ALPHA = {"fire": FIRE_SEEN_ALPHA, "smoke": SMOKE_SEEN_ALPHA}
# Between this and the above one person boxes it, such as flames behind thick smoke, and the next does not.
FAINT_ALPHA = {"fire": 0.15, "smoke": 0.08}
# Smaller than this no class of the net is labelled (see the scenes).
LEAST_SIDE_PX = 5
# Smoke as bright as what is behind it, or black smoke at night, changes a picture by less than a person would
# notice: that is no lack of skill. The first holds for a pixel, the second for the mean of a thing.
LEAST_PIXEL_CHANGE = 0.03
LEAST_CHANGE = 0.07
# A scrap beside a fire a hundred times as large is boxed by one person and not by the next.
LEAST_SCRAP_SHARE = 0.01
# Of the picture's side: scraps of one plume lie so near to each other.
SMOKE_REACH = 0.02


@dataclass(slots=True, eq=False)
class Layer:
    """How much is still seen of what was laid: (height, width) 0..1, as large as the picture.

    What lies less than twice ``reach_px`` apart is one thing to whoever draws a box. ``label`` None for what
    could be taken for smoke by a person too, such as dust.
    """

    label: str | None
    seen: Field
    reach_px: int


def boxes_of(layers: Sequence[Layer], change: Field) -> tuple[LabelledBox, ...]:
    """The boxes of what is seen; ``change`` (height, width) is by how much the picture differs from before.

    A part that is seen past smoke and trunks is boxed as it is seen; what is too faint, or a scrap beside
    something much larger, is a region to ignore.
    """
    boxes: list[LabelledBox] = []
    for label in ("fire", "smoke", None):
        own = [layer for layer in layers if layer.label == label]
        if own:
            boxes += _boxes_of_one(own, label, change)
    return tuple(boxes)


def _boxes_of_one(layers: Sequence[Layer], label: str | None, change: Field) -> list[LabelledBox]:
    threshold, faint = SEEN_ALPHA[label or "smoke"], FAINT_ALPHA[label or "smoke"]
    seen = _most([layer.seen for layer in layers]) * (change > LEAST_PIXEL_CHANGE)
    plain = _pieces(layers, threshold, change)
    largest = max((int((seen[piece] > threshold).sum()) for piece in plain), default=0)
    boxes = []
    for piece in plain:
        mask = piece & (seen > threshold)
        sure = float(change[mask].mean()) >= LEAST_CHANGE and mask.sum() >= LEAST_SCRAP_SHARE * largest
        boxes += _box(np.where(piece, seen, np.float32(0.0)), threshold, label if sure else None)
    for piece in _pieces(layers, faint, change):
        if not (seen[piece] > threshold).any():
            boxes += _box(np.where(piece, seen, np.float32(0.0)), faint, None)
    return boxes


def _box(seen: Field, threshold: float, label: str | None) -> list[LabelledBox]:
    """The box around what is seen, or none where it is too small to be told."""
    edges_px = seen_box_px(seen, threshold)
    if edges_px is None or min(edges_px[2] - edges_px[0], edges_px[3] - edges_px[1]) < LEAST_SIDE_PX:
        return []
    left, top, right, bottom = map(float, edges_px)
    return [LabelledBox((left, top, right, bottom), label)]


def _pieces(layers: Sequence[Layer], threshold: float, change: Field) -> list[npt.NDArray[np.bool_]]:
    """A mask (height, width) for each thing that hangs together."""
    import cv2

    near = np.zeros(layers[0].seen.shape, np.uint8)
    for layer in layers:
        mask = ((layer.seen > threshold) & (change > LEAST_PIXEL_CHANGE)).astype(np.uint8)
        side = 2 * layer.reach_px + 1
        near |= np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)), np.uint8)
    count, numbers = cv2.connectedComponents(near)
    return [np.asarray(numbers == number) for number in range(1, count)]


def _most(fields: Sequence[Field]) -> Field:
    return np.asarray(np.maximum.reduce(list(fields)), np.float32)
