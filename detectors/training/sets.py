"""Reads the sets on disk that a net is trained on; `set_file.py` writes them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.training.classes import CLASSES
from detectors.types import DetectorError

IGNORE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A labelled picture on disk.

    ``xyxy_px`` (n, 4) are pixel edges, ``class_id`` (n,) points into `CLASSES` or is `IGNORE`: look away
    there. ``labelled`` (len(CLASSES),) says of which classes the absence means something. ``nadir``: taken
    straight down, so that any turn of it is as true.
    """

    path: Path
    width_px: int
    height_px: int
    xyxy_px: npt.NDArray[np.float32]
    class_id: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.bool_]
    nadir: bool


@dataclass(frozen=True, slots=True)
class WeightedSet:
    """The pictures of one folder, and how often one of them is drawn against those of other folders."""

    pictures: tuple[Labelled, ...]
    weight: float


def parse_weighted(text: str) -> WeightedSet:
    """``FOLDER`` or ``FOLDER:WEIGHT``, read.

    Raises:
        DetectorError: no set there, or the weight is not a number above 0.
    """
    folder, colon, tail = text.rpartition(":")
    if not colon:
        return WeightedSet(read_set(Path(text)), 1.0)
    try:
        weight = float(tail)
    except ValueError:
        weight = 0.0
    if not 0.0 < weight < float("inf"):
        raise DetectorError(
            f"--data {text}: {tail!r} is not a weight", mend="give FOLDER:WEIGHT, weight above 0"
        )
    return WeightedSet(read_set(Path(folder)), weight)


def read_set(folder: Path) -> tuple[Labelled, ...]:
    """The pictures of a set, in the order of its file.

    Raises:
        DetectorError: there is no ``instances.json``, it cannot be read, or it holds no picture.
    """
    path = folder / "instances.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        pictures = _pictures(folder, document)
    except OSError as error:
        raise DetectorError(
            f"{path}: {error.strerror}", mend="a set is images/ and instances.json"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DetectorError(f"{path}: not a set: {error!r}") from error
    if not pictures:
        raise DetectorError(f"{path}: no picture in it")
    return pictures


def _pictures(folder: Path, document: Mapping[str, Any]) -> tuple[Labelled, ...]:
    names = {entry["id"]: entry["name"] for entry in document["categories"]}
    by_image: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for annotation in document["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    return tuple(_picture(folder, image, by_image[image["id"]], names) for image in document["images"])


def _picture(
    folder: Path,
    image: Mapping[str, Any],
    annotations: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
) -> Labelled:
    known = [entry for entry in annotations if entry["iscrowd"] or names[entry["category_id"]] in CLASSES]
    xywh_px = np.array([entry["bbox"] for entry in known], np.float32).reshape(-1, 4)
    return Labelled(
        path=folder / "images" / Path(image["file_name"]).name,
        width_px=int(image["width"]),
        height_px=int(image["height"]),
        xyxy_px=np.hstack([xywh_px[:, :2], xywh_px[:, :2] + xywh_px[:, 2:]]),
        class_id=np.array([_class_id(entry, names) for entry in known], np.int64),
        labelled=np.array([name in image["labelled_classes"] for name in CLASSES]),
        nadir=bool(image.get("nadir", False)),
    )


def _class_id(annotation: Mapping[str, Any], names: Mapping[int, str]) -> int:
    return IGNORE if annotation["iscrowd"] else CLASSES.index(names[annotation["category_id"]])
