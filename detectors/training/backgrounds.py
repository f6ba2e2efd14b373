"""The unlabelled aerial pictures of the cleared material, with the boxes that we drew by hand.

``backgrounds.json`` is our own work and holds no picture. All pictures were looked at; what could not be told
is a region to ignore. None shows a log pile, a fire or smoke: rows of culvert pipes, wrapped bales, benches,
dead and fallen trunks in them are true hard negatives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from detectors.training.classes import CLASSES
from detectors.training.set_file import LabelledBox, LabelledPicture, read_picture


@dataclass(frozen=True, slots=True)
class Background:
    """An aerial picture that we labelled.

    ``file`` is relative to the folder of the cleared material. ``view`` is "nadir" or "oblique". ``gsd_m``
    is metres a pixel, to about a fifth, and None where it is unknown or changes over the picture;
    ``gsd_from`` says how it was found. ``ground_texture`` says whether the picture may be laid on the ground
    of a rendered scene: its boxes then lie on that ground too.
    """

    file: str
    view: str
    gsd_m: float | None
    gsd_from: str
    ground_texture: bool
    boxes: tuple[LabelledBox, ...]
    source: str
    licence: str


def backgrounds() -> tuple[Background, ...]:
    """All labelled backgrounds, in the order of the file."""
    text = files(__package__).joinpath("backgrounds.json").read_text(encoding="utf-8")
    return tuple(
        _background(entry, source=folder["source"], licence=folder["licence"])
        for folder in json.loads(text).values()
        for entry in folder["pictures"]
    )


def _background(entry: dict[str, Any], *, source: str, licence: str) -> Background:
    return Background(
        file=entry["file"],
        view=entry["view"],
        gsd_m=entry["gsd_m"],
        gsd_from=entry["gsd_from"],
        ground_texture=entry["ground_texture"],
        boxes=tuple(LabelledBox(tuple(edges_px), label) for label, *edges_px in entry["boxes"]),
        source=source,
        licence=licence,
    )


def background_pictures(cleared: Path) -> Iterator[LabelledPicture]:
    """The backgrounds as labelled pictures, all classes labelled.

    Raises:
        DetectorError: a picture is not in ``cleared``.
    """
    for each in backgrounds():
        yield LabelledPicture(
            name=each.file.removesuffix(".jpg").replace("/", "__"),
            image_bgr=read_picture(cleared / each.file),
            boxes=each.boxes,
            labelled_classes=CLASSES,
            source=each.source,
            licence=each.licence,
        )
