"""A COCO file of labelled pictures, read and checked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.evaluation.labelled import Truth
from detectors.types import DetectorError

# The largest public sets of this kind are below 500 MB; more is another kind of file.
MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """``pictures`` in the order of the file; the names of its ``categories`` in the order of their ids."""

    pictures: tuple[Truth, ...]
    categories: tuple[str, ...]


def load_coco(path: Path) -> LabelledSet:
    """The labelled pictures of a COCO ``instances`` file.

    Beyond COCO, a picture may have ``labelled_classes`` (the only categories labelled there; without it: all)
    and ``group`` (pictures that are not independent; without it: each its own).

    Raises:
        DetectorError: it cannot be read, or says something that does not fit together; names the entry.
    """
    text = _read(path)
    try:
        return _parse(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise DetectorError(
            f"{path}: not a COCO file of boxes: {detail}",
            mend="it holds images, annotations with image_id, category_id and bbox, and categories",
        ) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DetectorError(f"{path}: {error.strerror or error}", mend="give a COCO file") from None
    if len(text) > MAX_BYTES:
        raise DetectorError(f"{path}: larger than {MAX_BYTES} bytes", mend="split it")
    return text


def _parse(data: Mapping[str, Any]) -> LabelledSet:
    names = {int(c["id"]): str(c["name"]) for c in data["categories"]}
    if len(set(names.values())) != len(names) or len(names) != len(data["categories"]):
        raise ValueError("two categories share an id or a name")
    images = {int(image["id"]): image for image in data["images"]}
    if len(images) != len(data["images"]):
        raise ValueError("two images share an id")
    boxes: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in data["annotations"]:
        if int(annotation["image_id"]) not in images:
            raise ValueError(f"annotation of image {annotation['image_id']}, which is not there")
        boxes[int(annotation["image_id"])].append(annotation)
    pictures = tuple(_truth(image, boxes[number], names) for number, image in images.items())
    return LabelledSet(pictures, tuple(names[number] for number in sorted(names)))


def _truth(image: Mapping[str, Any], boxes: list[Mapping[str, Any]], names: Mapping[int, str]) -> Truth:
    file_name = str(image["file_name"])
    labelled = frozenset(image.get("labelled_classes", names.values()))
    if not labelled <= set(names.values()):
        raise ValueError(f"image {file_name!r}: labelled_classes holds what is no category")
    xywh = np.array([_four(box) for box in boxes], np.float64).reshape(-1, 4)
    return Truth(
        file_name=file_name,
        group=str(image.get("group") or file_name),
        labelled=labelled,
        xyxy_px=np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]),
        labels=tuple(names[int(box["category_id"])] for box in boxes),
        ignore=np.array([bool(box.get("iscrowd", 0)) for box in boxes], bool),
    )


def _four(box: Mapping[str, Any]) -> list[float]:
    sides = [float(side) for side in box["bbox"]]
    if len(sides) != 4 or not np.isfinite(sides).all() or min(sides[2:]) < 0:
        raise ValueError(f"bbox {box['bbox']} of image {box['image_id']}")
    return sides
