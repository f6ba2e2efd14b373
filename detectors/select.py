"""Which candidates count: thresholds, the best, overlapping boxes, the picture's edge."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detectors.card import Card
from detectors.decode import Candidates
from detectors.types import DetectorError, Float32Array, Int64Array

LEAST_SIDE_PX = 0.01
"""A box that is less (outside the picture, or inside out) has no inside once it is written down."""


def least_scores(card: Card, min_score: float | None) -> Float32Array:
    """The least score for each of the card's labels; ``min_score`` given takes the place of them all."""
    per_label: Mapping[str, float] = card.thresholds.per_label
    default = card.thresholds.default
    scores = [per_label.get(label, default) if min_score is None else min_score for label in card.labels]
    return np.array(scores, np.float32)


def above(candidates: Candidates, least: Float32Array) -> Candidates:
    """Those with at least their label's score, best first.

    Raises:
        DetectorError: a label that the card does not list, a value that is not a number, a score above 1.
    """
    ids = candidates.label_id
    if len(ids) and not (ids.min() >= 0 and ids.max() < len(least)):
        raise DetectorError(
            f"the model speaks of label {int(ids.max())}, the card lists {len(least)}",
            mend="list all of the model's labels in the card",
        )
    kept = candidates.keep(candidates.score >= least[ids])
    if not (np.isfinite(candidates.score).all() and np.isfinite(kept.xyxy_px).all()):
        raise DetectorError(
            "the model gave a value that is not a number", mend="check its weights and scaling"
        )
    if len(kept.score) and kept.score.max() > 1:
        raise DetectorError(
            f"the model gave a score of {kept.score.max():g}", mend="export it with scores from 0 to 1"
        )
    return kept.keep(_best_first(kept))


def best(candidates: Candidates, most: int) -> Candidates:
    """The first ``most``, of candidates that stand best first."""
    return candidates.keep(np.arange(min(len(candidates.score), most), dtype=np.int64))


def with_inside(candidates: Candidates) -> Candidates:
    """Those whose box is `LEAST_SIDE_PX` wide and high: of the others the picture shows nothing."""
    sides_px = candidates.xyxy_px[:, 2:] - candidates.xyxy_px[:, :2]
    return candidates.keep(np.asarray((sides_px >= LEAST_SIDE_PX).all(axis=1), np.bool_))


def _best_first(candidates: Candidates) -> Int64Array:
    # Boxes break ties, so that the order does not hang on the model's own.
    boxes = candidates.xyxy_px
    keys = (boxes[:, 3], boxes[:, 2], boxes[:, 1], boxes[:, 0], candidates.label_id, -candidates.score)
    return np.lexsort(keys).astype(np.int64)


def without_overlaps(candidates: Candidates, group_id: Int64Array, iou: float | None) -> Candidates:
    """Of boxes with one ``group_id`` (n,) that overlap by more than ``iou`` the best; None keeps all."""
    if iou is None or not len(candidates.score):
        return candidates
    import cv2

    boxes = candidates.xyxy_px.astype(np.float64)
    xywh = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    rows = cv2.dnn.NMSBoxesBatched(xywh.tolist(), candidates.score.tolist(), group_id.tolist(), 0.0, iou)
    return candidates.keep(np.sort(np.asarray(rows, np.int64).ravel()))


def inside(xyxy_px: Float32Array, width_px: int, height_px: int) -> Float32Array:
    """Boxes cut at the edge of the picture."""
    limit = np.array([width_px, height_px, width_px, height_px], np.float32)
    return np.clip(xyxy_px, np.float32(0.0), limit)
