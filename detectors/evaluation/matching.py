"""Which detection is which thing, in one picture and for one label, as COCO's evaluation has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.evaluation.labelled import Boxes

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """``score`` (m,) of what counts, ``hit`` (m,) whether it is a thing; ``things`` there were.

    ``found_by`` (n,) is for each thing the score of the detection that found it, NaN where none did, and
    ``height_px`` (n,) how high its box is.
    """

    score: Floats
    hit: Flags
    things: int
    found_by: Floats
    height_px: Floats


def overlaps(found: Boxes, true: Boxes, ignore: Flags) -> Floats:
    """Intersection over union, (m, n); over the detection's own area where the truth is to be ignored."""
    left_top = np.maximum(found[:, None, :2], true[None, :, :2])
    right_bottom = np.minimum(found[:, None, 2:], true[None, :, 2:])
    both = np.clip(right_bottom - left_top, 0, None).prod(axis=2)
    own, theirs = _areas(found)[:, None], _areas(true)[None, :]
    union = np.where(ignore[None, :], own, own + theirs - both)
    return np.asarray(np.divide(both, union, out=np.zeros_like(both), where=union > 0), np.float64)


def _areas(boxes: Boxes) -> Floats:
    return np.asarray(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1), np.float64)


def match(
    found: Boxes,
    score: Floats,
    true: Boxes,
    ignore: Flags,
    *,
    least_overlap: float,
    area_px2: tuple[float, float] = (0.0, np.inf),
) -> Matches:
    """Detections, best first, take the free thing they overlap most, by at least ``least_overlap``.

    Things whose area is outside ``area_px2`` are looked away from as ignored regions are, and so are
    detections of such a size that found nothing. A detection takes an ignored region only where no thing is
    left for it; a region (not a thing of another size) may be taken many times.
    """
    set_aside = ignore | ~_within(_areas(true), area_px2)
    share = overlaps(found, true, ignore)
    taken = np.zeros(len(true), bool)
    by = np.full(len(true), np.nan)
    hit, counts = np.zeros(len(found), bool), np.ones(len(found), bool)
    for row in range(len(found)):
        thing = _best(share[row], ~taken & ~set_aside, least_overlap)
        if thing is not None:
            taken[thing], by[thing], hit[row] = True, score[row], True
            continue
        aside = _best(share[row], set_aside & (ignore | ~taken), least_overlap)
        if aside is not None:
            taken[aside], counts[row] = True, False
        else:
            counts[row] = bool(_within(_areas(found[row : row + 1]), area_px2)[0])
    kept = ~set_aside
    heights = (true[:, 3] - true[:, 1])[kept]
    return Matches(score[counts], hit[counts], int(kept.sum()), by[kept], heights)


def _within(area: Floats, limits: tuple[float, float]) -> Flags:
    return np.asarray((area >= limits[0]) & (area <= limits[1]), bool)


def _best(share: Floats, allowed: Flags, least: float) -> int | None:
    # As COCO does: a hair below the threshold still counts, and of equals the last one wins.
    open_rows = np.flatnonzero(allowed & (share >= min(least, 1 - 1e-10)))
    if not len(open_rows):
        return None
    best = share[open_rows]
    return int(open_rows[len(best) - 1 - int(np.argmax(best[::-1]))])
