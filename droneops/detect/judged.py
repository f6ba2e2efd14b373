"""What was found against what people labelled, as values and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from detectors.evaluation.coco_file import LabelledSet
from detectors.evaluation.evaluate import ClassFigures, evaluate
from detectors.evaluation.labelled import Found, Truth
from droneops.errors import InputError

Entries = Sequence[Mapping[str, Any]]


def judge(
    labelled: LabelledSet, found: Mapping[str, Entries], thresholds: Mapping[str, float], *, truth: Path
) -> dict[str, Any]:
    """The figures of each class over the labelled pictures that were looked at, and which were not.

    Raises:
        InputError: none of the labelled pictures was looked at.
    """
    pairs, missing = _pairs(labelled.pictures, found)
    if not pairs:
        raise InputError(
            "none of its pictures is in the input",
            where=str(truth),
            mend="give the folder that its file names start from",
        )
    figures = evaluate(pairs, labelled.categories, thresholds)
    return {
        "classes": {name: class_values(own) for name, own in figures.items()},
        "pictures": len(pairs),
        "pictures_missing": missing,
    }


def _pairs(
    pictures: Sequence[Truth], found: Mapping[str, Entries]
) -> tuple[list[tuple[Truth, Found]], list[str]]:
    at = _by_ending(found)
    pairs, missing = [], []
    for picture in pictures:
        name = _name_in(picture.file_name, found, at)
        if name is None:
            missing.append(picture.file_name)
        else:
            pairs.append((picture, _found(found[name])))
    return pairs, missing


def _by_ending(names: Mapping[str, object]) -> dict[str, str | None]:
    """The one name that ends in a file name; None where several do."""
    at: dict[str, str | None] = {}
    for name in names:
        base = PurePosixPath(name).name
        at[base] = None if base in at else name
    return at


def _name_in(file_name: str, found: Mapping[str, object], at: Mapping[str, str | None]) -> str | None:
    """The picture that a COCO file means: by its path, its path below the folder given, or its name alone."""
    path = PurePosixPath(file_name)
    for start in range(len(path.parts)):
        candidate = PurePosixPath(*path.parts[start:]).as_posix()
        if candidate in found:
            return candidate
    return at.get(path.name)


def _found(entries: Entries) -> Found:
    boxes = np.array([entry["bbox_px"] for entry in entries], np.float64).reshape(-1, 4)
    score = np.array([entry["score"] for entry in entries], np.float64)
    return Found(boxes, tuple(str(entry["label"]) for entry in entries), score)


def class_values(figures: ClassFigures) -> dict[str, Any]:
    """One class as it stands in the JSON answer."""
    shipped = figures.shipped
    return {
        "ap50": _rounded(figures.ap50),
        "ap50_ci95": figures.ap50_ci95 and [_rounded(end) for end in figures.ap50_ci95],
        "ap50_95": _rounded(figures.ap50_95),
        "ap50_by_size": {
            size: {"ap50": _rounded(value), "boxes": boxes}
            for size, (value, boxes) in figures.ap50_by_size.items()
        },
        "boxes": figures.boxes,
        "pictures": figures.pictures,
        "groups": figures.groups,
        "threshold": figures.threshold if figures.why is None else None,
        "precision": _rounded(shipped.precision),
        "recall": _rounded(shipped.recall),
        "reported": shipped.reported,
        "recall_by_height_px": {
            str(height): {"recall": _rounded(value), "boxes": boxes}
            for height, (value, boxes) in figures.recall_by_height.items()
        },
        "why": figures.why,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def table(classes: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures for a reader."""
    lines = [
        f"{'class':<12}{'AP50':>7}{'95 % interval':>17}{'AP50:95':>9}{'precision':>11}{'recall':>8}  boxes"
    ]
    for name, own in classes.items():
        if own["why"]:
            lines.append(f"{name:<12}{'-':>7}  {own['why']}")
            continue
        interval = own["ap50_ci95"]
        ends = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "one place"
        numbers = [own["precision"], own["recall"]]
        precision, recall = ("-" if n is None else f"{n:.2f}" for n in numbers)
        lines.append(
            f"{name:<12}{own['ap50']:>7.3f}{ends:>17}{own['ap50_95']:>9.3f}{precision:>11}{recall:>8}"
            f"  {own['boxes']} in {own['pictures']} pictures"
        )
    return "\n".join(lines)
