"""The labelled set in the COCO form: ``instances.json`` beside ``images/``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from detectors.labels import CLASSES
from droneops.field_set.picture import FieldBox, FieldPicture
from droneops.second_look.kinds import kind_of

LICENCE = "site's own"
PRIVACY = (
    "Pictures of real places, and of people who did not ask to be in them. They stay with the site and those"
    " it trains with; names of officers are left out."
)


def instances_json(pictures: Sequence[FieldPicture]) -> bytes:
    """The set's description. ``iscrowd`` 1 says that nothing is to be learned in that box yet.

    A suggestion keeps its category, its ``score`` and ``suggested``: a labelling tool shows it, a training
    looks away until a person has set ``iscrowd`` to 0.
    """
    ids = _category_ids(pictures)
    annotations: list[dict[str, Any]] = []
    for image_id, picture in enumerate(pictures, start=1):
        for box in picture.boxes:
            annotations.append(_annotation(box, len(annotations) + 1, image_id, ids[kind_of(box.label)]))
    document = {
        "info": {"description": "droneops field set", "contents": PRIVACY, "counts": counts(pictures)},
        "licenses": [{"id": 1, "name": LICENCE}],
        "images": [_image(picture, image_id) for image_id, picture in enumerate(pictures, start=1)],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for name, number in ids.items()],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def counts(pictures: Sequence[FieldPicture]) -> dict[str, int]:
    """How many pictures there are of which kind, and in how many a person was detected or stated."""
    kinds = [str(picture.facts["kind"]) for picture in pictures]
    with_people = sum(
        any(kind_of(label) == "person" for label in (*(box.label for box in p.boxes), *p.labelled))
        for p in pictures
    )
    boxes = [box for picture in pictures for box in picture.boxes]
    return {
        "pictures": len(pictures),
        **{kind: kinds.count(kind) for kind in ("dismissed", "acknowledged", "contested", "doubtful")},
        "pictures_with_people": with_people,
        "stated_boxes": sum(box.stated for box in boxes),
        "suggested_boxes": sum(not box.stated for box in boxes),
    }


def _category_ids(pictures: Sequence[FieldPicture]) -> dict[str, int]:
    """From 1, as in the training's sets: what our net tells apart, and any other label behind."""
    seen = {kind_of(box.label) for picture in pictures for box in picture.boxes}
    names = [*CLASSES, *sorted(seen - set(CLASSES))]
    return {name: number for number, name in enumerate(names, start=1)}


def _image(picture: FieldPicture, image_id: int) -> dict[str, Any]:
    return {
        "id": image_id,
        "file_name": picture.name,
        "width": picture.width_px,
        "height": picture.height_px,
        "labelled_classes": list(dict.fromkeys(map(kind_of, picture.labelled))),
        "source": picture.source,
        "licence": LICENCE,
        "license": 1,
        **picture.facts,
    }


def _annotation(box: FieldBox, number: int, image_id: int, category_id: int) -> dict[str, Any]:
    left, top, right, bottom = box.box_px
    width_px, height_px = right - left, bottom - top
    return {
        "id": number,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [round(value, 2) for value in (left, top, width_px, height_px)],
        "area": round(width_px * height_px, 2),
        "iscrowd": 0 if box.stated else 1,
        "label": box.label,
        "score": box.score,
        "suggested": not box.stated,
    }
