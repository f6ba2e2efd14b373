"""The labelled drone pictures of the Aerial Maritime dataset (Roboflow, MIT) in the classes of our net.

Covered boats hide under the roofs of boat lifts and have no box of their own: what a `lift` box covers
counts neither as a boat nor as the lack of one. A dock is planks over water, and no log pile.
``maritime_corrections.json`` holds what we found by looking at every picture: docks labelled as boats, boxes
much too wide, and unlabelled kayaks, trailers and covered boats, which are to be ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from detectors.training.set_file import LabelledBox, LabelledPicture, read_picture
from detectors.training.voc import VocObject, read_voc

SOURCE = "Aerial Maritime v9 tiled (Roboflow)"
LICENCE = "MIT"
LABEL_OF_NAME = {"car": "vehicle", "boat": "boat", "jetski": "boat"}
IGNORED_NAMES = frozenset({"lift"})

# The pictures are tiles of larger ones: of what is cut to less than this, nobody could tell what it was.
LEAST_SIDE_PX = 16.0

# People stand on docks here and there, and were never labelled.
LABELLED_CLASSES = ("vehicle", "motorcycle", "boat", "log_pile", "fire", "smoke")


def maritime_pictures(folder: Path) -> Iterator[LabelledPicture]:
    """The pictures of ``folder`` that have a VOC file beside them, in order of their names.

    Raises:
        DetectorError: a picture or its VOC file cannot be read.
    """
    corrections = _corrections()
    for annotation in sorted(folder.glob("*.xml")):
        boxes = tuple(boxes_of(read_voc(annotation)))
        yield LabelledPicture(
            name=f"maritime_{annotation.stem}",
            image_bgr=read_picture(annotation.with_suffix(".jpg")),
            boxes=corrected(boxes, corrections.get(annotation.stem, {})),
            labelled_classes=LABELLED_CLASSES,
            source=SOURCE,
            licence=LICENCE,
        )


def boxes_of(objects: Sequence[VocObject]) -> Iterator[LabelledBox]:
    """What ``objects`` are to our net; what it does not know is left out."""
    for each in objects:
        if each.name in IGNORED_NAMES:
            yield LabelledBox(each.xyxy_px, None)
        elif each.name in LABEL_OF_NAME:
            yield LabelledBox(each.xyxy_px, LABEL_OF_NAME[each.name])


def corrected(
    boxes: Sequence[LabelledBox], correction: Mapping[str, Sequence[object]]
) -> tuple[LabelledBox, ...]:
    """``boxes`` without those whose place in the row is listed as ``dropped``, and with the boxes listed as
    ``boat`` and as ``ignored``. A sliver at the picture's edge becomes a region to ignore."""
    dropped = correction.get("dropped", ())
    kept = [box for place, box in enumerate(boxes) if place not in dropped]
    return (
        *(LabelledBox(box.xyxy_px, None) if _is_sliver(box) else box for box in kept),
        *_added(correction.get("boat", ()), "boat"),
        *_added(correction.get("ignored", ()), None),
    )


def _added(rows: Sequence[object], label: str | None) -> Iterator[LabelledBox]:
    for row in rows:
        if isinstance(row, list):
            left, top, right, bottom = row
            yield LabelledBox((left, top, right, bottom), label)


def _is_sliver(box: LabelledBox) -> bool:
    left, top, right, bottom = box.xyxy_px
    return min(right - left, bottom - top) < LEAST_SIDE_PX


def _corrections() -> dict[str, dict[str, list[object]]]:
    text = files(__package__).joinpath("maritime_corrections.json").read_text(encoding="utf-8")
    document: dict[str, dict[str, list[object]]] = json.loads(text)
    return document
