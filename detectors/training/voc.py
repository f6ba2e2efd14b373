"""The boxes of a Pascal VOC annotation file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from detectors.types import DetectorError


@dataclass(frozen=True, slots=True)
class VocObject:
    """An object as the file names it; the box as pixel edges (left, top, right, bottom)."""

    name: str
    xyxy_px: tuple[float, float, float, float]


def read_voc(path: Path) -> tuple[VocObject, ...]:
    """The objects of the file at ``path``.

    VOC counts pixels from 1 and both ends belong to the box, so the left and top edge lie one lower.
    Source: the PASCAL VOC 2007 development kit, section on annotations.

    Raises:
        DetectorError: the file is not such a file.
    """
    try:
        # expat resolves no entity from outside, and only files of known origin are read here.
        root = ElementTree.fromstring(path.read_bytes())  # noqa: S314
        return tuple(_object(element) for element in root.iter("object"))
    except (OSError, ElementTree.ParseError, ValueError) as error:
        raise DetectorError(f"{path}: not a VOC annotation: {error}") from error


def _object(element: ElementTree.Element) -> VocObject:
    left, top, right, bottom = (
        float(element.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax")
    )
    return VocObject(element.findtext("name", ""), (left - 1.0, top - 1.0, right, bottom))
