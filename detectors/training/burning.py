"""Fire, smoke and their like laid over a rendered scene, and what they hide of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detectors.training.instances import Instance
from detectors.training.paste import augment_with_sprites
from detectors.training.set_file import LabelledBox
from detectors.types import ByteImage

# Few: sets of pictures for fire and smoke are made by `paste`.
BURNING_SHARE = 0.1
# What lies so far inside smoke or fire is not sure to be seen through it.
MOST_HIDDEN = 0.3
HALF_SEEN = 0.3


def with_sprites(
    image_bgr: ByteImage,
    instances: Sequence[Instance],
    rng: np.random.Generator,
    *,
    from_above: bool,
    empty: bool,
) -> tuple[ByteImage, tuple[Instance, ...], tuple[LabelledBox, ...]]:
    """The picture with sprites, its instances (those in smoke as seen by less than half), and the boxes of
    fire and smoke. ``empty``: only what is mistaken for them is laid."""
    laid_bgr, boxes = augment_with_sprites(image_bgr, rng, from_above=from_above, burning=not empty)
    return laid_bgr, tuple(_dimmed(each, boxes) for each in instances), boxes


def _dimmed(instance: Instance, boxes: Sequence[LabelledBox]) -> Instance:
    hidden = max((share_inside(instance, box) for box in boxes), default=0.0)
    if hidden <= MOST_HIDDEN:
        return instance
    return replace(instance, visible_fraction=min(instance.visible_fraction, HALF_SEEN))


def share_inside(thing: Instance | LabelledBox, box: LabelledBox) -> float:
    """The share of the thing's box that lies in ``box``."""
    a, b = thing.xyxy_px, box.xyxy_px
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height) / ((a[2] - a[0]) * (a[3] - a[1]))
