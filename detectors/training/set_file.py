"""A set of labelled pictures on disk: ``images/*.jpg`` and ``instances.json``, in the COCO form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detectors.training.classes import CLASSES, category_id, coco_categories
from detectors.types import ByteImage, DetectorError

# Visibly lossless at the blur of a drone's video, and half the size of quality 95.
JPEG_QUALITY = 90
# A training that takes in growing sets need not wait for the last picture.
RENEW_EVERY = 100


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A box (left, top, right, bottom) of pixel edges, and what it holds; ``label`` None: look away here."""

    xyxy_px: tuple[float, float, float, float]
    label: str | None

    def __post_init__(self) -> None:
        left, top, right, bottom = self.xyxy_px
        if not (left < right and top < bottom):
            raise DetectorError(f"a box {self.xyxy_px} holds nothing", mend="left < right and top < bottom")
        if self.label is not None and self.label not in CLASSES:
            raise DetectorError(f"no class {self.label!r}", mend=f"one of {', '.join(CLASSES)}")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """A picture ready for a set.

    ``image_bgr`` is (height, width, 3) uint8. ``labelled_classes`` are the only classes whose absence means
    something. ``source`` and ``licence`` say where the picture is from and why it may be trained with.
    """

    name: str
    image_bgr: ByteImage
    boxes: tuple[LabelledBox, ...]
    labelled_classes: tuple[str, ...]
    source: str
    licence: str


def write_set(folder: Path, pictures: Iterable[LabelledPicture]) -> int:
    """Writes ``pictures`` as a set, in the order given, over what ``folder`` held; their number.

    Raises:
        DetectorError: a picture could not be written.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for picture in pictures:
        images.append(_image_entry(folder, picture, image_id=len(images) + 1))
        for box in picture.boxes:
            annotations.append(_annotation(box, image_id=len(images), annotation_id=len(annotations) + 1))
        if len(images) % RENEW_EVERY == 0:
            _write_document(folder, images, annotations)
    _write_document(folder, images, annotations)
    return len(images)


def _write_document(
    folder: Path, images: list[dict[str, object]], annotations: list[dict[str, object]]
) -> None:
    document = {"images": images, "annotations": annotations, "categories": coco_categories()}
    scratch = folder / "instances.json.part"
    scratch.write_text(json.dumps(document, indent=1), encoding="utf-8")
    # A reader finds the whole old set or the whole new one.
    scratch.replace(folder / "instances.json")


def _image_entry(folder: Path, picture: LabelledPicture, *, image_id: int) -> dict[str, object]:
    import cv2

    file_name = f"{picture.name}.jpg"
    path = folder / "images" / file_name
    if not cv2.imwrite(str(path), picture.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
        raise DetectorError(f"{path}: not written", mend="is the disk full?")
    height, width = picture.image_bgr.shape[:2]
    return {
        "id": image_id,
        "file_name": file_name,
        "width": width,
        "height": height,
        "labelled_classes": list(picture.labelled_classes),
        "source": picture.source,
        "licence": picture.licence,
    }


def _annotation(box: LabelledBox, *, image_id: int, annotation_id: int) -> dict[str, object]:
    left, top, right, bottom = box.xyxy_px
    return {
        "id": annotation_id,
        "image_id": image_id,
        # COCO knows no region without a class; `iscrowd` says that the class means nothing here.
        "category_id": category_id(box.label or CLASSES[0]),
        "bbox": [round(value, 2) for value in (left, top, right - left, bottom - top)],
        "iscrowd": int(box.label is None),
    }


def read_picture(path: Path) -> ByteImage:
    """The picture at ``path``, (height, width, 3) uint8 BGR.

    Raises:
        DetectorError: no picture there.
    """
    import cv2
    import numpy as np

    image_bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image_bgr is None:
        raise DetectorError(f"{path}: no picture", mend="give the folder of the cleared material")
    return np.asarray(image_bgr, np.uint8)


def class_counts(boxes: Sequence[LabelledBox]) -> dict[str, int]:
    """How many boxes each class has; what is to be ignored is not counted."""
    return {name: sum(box.label == name for box in boxes) for name in CLASSES}
