"""Fire and smoke over the pictures of a rendered set, whose other things keep their boxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detectors.training.burning import MOST_HIDDEN, share_inside
from detectors.training.classes import CLASSES
from detectors.training.paste import augment_with_sprites
from detectors.training.paste_crop import crop
from detectors.training.set_file import LabelledBox, read_picture
from detectors.training.sets import IGNORE, Labelled, read_set
from detectors.types import ByteImage


def scenes_without_burning(folder: Path) -> list[Labelled]:
    """The scenes of a rendered set that show neither fire nor smoke: theirs could not be told from ours.

    Raises:
        DetectorError: no set there.
    """
    burning = [CLASSES.index("fire"), CLASSES.index("smoke")]
    return [each for each in read_set(folder) if not np.isin(each.class_id, burning).any()]


def burning_scene(
    scene: Labelled, rng: np.random.Generator, *, burning: bool
) -> tuple[ByteImage, tuple[LabelledBox, ...]]:
    """A part of ``scene`` with sprites over it; its own boxes, as far as in sight, then fire's and smoke's.

    Not ``burning``: only what is mistaken for fire and smoke is laid.

    Raises:
        DetectorError: the picture cannot be read.
    """
    known = tuple(
        LabelledBox((float(box[0]), float(box[1]), float(box[2]), float(box[3])), _label(int(class_id)))
        for box, class_id in zip(scene.xyxy_px, scene.class_id, strict=True)
        if box[0] < box[2] and box[1] < box[3]
    )
    crop_bgr, boxes = crop(read_picture(scene.path), known, rng)
    laid_bgr, added = augment_with_sprites(crop_bgr, rng, from_above=scene.nadir, burning=burning)
    kept = tuple(_where_seen(box, added) for box in boxes)
    return laid_bgr, (*kept, *added)


def _label(class_id: int) -> str | None:
    return None if class_id == IGNORE else CLASSES[class_id]


def _where_seen(box: LabelledBox, burning: Sequence[LabelledBox]) -> LabelledBox:
    """``box``, without its class where fire or smoke lies over it."""
    hidden = max((share_inside(box, other) for other in burning), default=0.0)
    return box if hidden <= MOST_HIDDEN else LabelledBox(box.xyxy_px, None)
