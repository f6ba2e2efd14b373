"""A picture from the field with what is known of it: the value that becomes a row of the labelled set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from droneops.field_set.jpegs import Read

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FieldBox:
    """``box_px`` is left, top, right, bottom in the picture.

    ``stated``: a person said so. One that is not stated is a detector's suggestion, or contested: nothing is
    to be learned there before somebody has looked.
    """

    label: str
    box_px: Box
    score: float | None
    stated: bool


def suggestion(thing: Mapping[str, Any]) -> FieldBox:
    """A detection as it was written down (``label``, ``bbox_px``, ``score``).

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    x1, y1, x2, y2 = (float(value) for value in thing["bbox_px"])
    if not (x1 < x2 and y1 < y2 and all(map(math.isfinite, (x1, y1, x2, y2)))):
        raise ValueError(f"a box without an inside: {thing['bbox_px']}")
    score = float(thing["score"])
    if not math.isfinite(score):
        raise ValueError(f"a score of {score}")
    return FieldBox(str(thing["label"]), (x1, y1, x2, y2), score, stated=False)


def suggestions(things: Iterable[Mapping[str, Any]]) -> tuple[FieldBox, ...]:
    """Each `suggestion`, but for slivers: what an edge leaves of a thing may be nothing once it is rounded.

    Raises:
        KeyError, TypeError, ValueError: as with `suggestion`.
    """
    return tuple(suggestion(thing) for thing in things if not _is_sliver(thing["bbox_px"]))


def _is_sliver(box_px: Sequence[float]) -> bool:
    x1, y1, x2, y2 = box_px
    return x1 == x2 or y1 == y2


@dataclass(frozen=True, slots=True)
class FieldPicture:
    """A JPEG of ``width_px`` by ``height_px``, which ``read`` gives.

    ``labelled`` are the labels whose absence, but for the boxes, a person stated. ``facts`` go into the set
    as they are (JSON).
    """

    name: str
    read: Read
    width_px: int
    height_px: int
    boxes: tuple[FieldBox, ...]
    labelled: tuple[str, ...]
    source: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What did not come into the set, and why."""

    what: str
    reason: str
