"""What a model puts out becomes candidates: boxes in input pixels, label ids and scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.types import DetectorError, Float32Array, Int64Array

YOLOX_STRIDES_PX = (8, 16, 32)
_BOX_AND_OBJECT = 5


@dataclass(frozen=True, slots=True)
class Candidates:
    """``xyxy_px`` (n, 4) in pixels of the model's input, ``label_id`` (n,), ``score`` (n,)."""

    xyxy_px: Float32Array
    label_id: Int64Array
    score: Float32Array

    def keep(self, rows: npt.NDArray[np.bool_] | Int64Array) -> Candidates:
        """The candidates that ``rows`` (a mask, or row numbers in the order wanted) picks."""
        return Candidates(self.xyxy_px[rows], self.label_id[rows], self.score[rows])


def decode_detr(labels: npt.ArrayLike, boxes: npt.ArrayLike, scores: npt.ArrayLike) -> Candidates:
    """From (1, n) label ids, (1, n, 4) boxes x0 y0 x1 y1 and (1, n) scores.

    Raises:
        DetectorError: other shapes.
    """
    label_id = np.asarray(labels)
    xyxy_px, score = np.asarray(boxes), np.asarray(scores)
    rows = label_id.shape[-1] if label_id.ndim == 2 else -1
    if (label_id.shape, xyxy_px.shape, score.shape) != ((1, rows), (1, rows, 4), (1, rows)):
        raise DetectorError(
            f"outputs labels {label_id.shape}, boxes {xyxy_px.shape}, scores {score.shape};"
            " a detr layout gives (1, n), (1, n, 4), (1, n)",
            mend="set the card's layout",
        )
    return Candidates(
        xyxy_px[0].astype(np.float32), label_id[0].astype(np.int64), score[0].astype(np.float32)
    )


def decode_yolox(output: npt.ArrayLike, *, width_px: int, height_px: int, label_count: int) -> Candidates:
    """From the raw (1, cells, 5 + label_count) grid over strides 8, 16, 32, sides in input pixels.

    A cell holds its centre's offset and log size in strides, the score of being an object, and a score for
    each label; the best label is taken, its score is the product.

    Raises:
        DetectorError: another shape.
    """
    raw = np.asarray(output)
    centre_px, stride_px = yolox_grid(width_px, height_px)
    due = (1, len(stride_px), _BOX_AND_OBJECT + label_count)
    if raw.shape != due:
        raise DetectorError(
            f"output of shape {raw.shape}, {due} was due",
            mend="the card's layout, input size and number of labels must be the model's",
        )
    cells = raw[0].astype(np.float32)
    label_id = cells[:, _BOX_AND_OBJECT:].argmax(axis=1)
    best = cells[np.arange(len(cells)), _BOX_AND_OBJECT + label_id]
    middle = cells[:, :2] * stride_px + centre_px
    half = _half_size(cells[:, 2:4], stride_px)
    return Candidates(
        np.hstack([middle - half, middle + half]), label_id.astype(np.int64), cells[:, 4] * best
    )


def yolox_grid(width_px: int, height_px: int) -> tuple[Float32Array, Float32Array]:
    """For each cell its corner in input pixels, (cells, 2), and its stride in pixels, (cells, 1)."""
    corners, strides = [], []
    for stride in YOLOX_STRIDES_PX:
        rows, columns = np.mgrid[: height_px // stride, : width_px // stride]
        corners.append(np.stack([columns.ravel(), rows.ravel()], axis=1) * stride)
        strides.append(np.full((rows.size, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _half_size(log_size: Float32Array, stride_px: Float32Array) -> Float32Array:
    # Cells that hold nothing may hold anything; exp of 88 is all a float32 can take.
    return np.exp(np.minimum(log_size, np.float32(80.0))) * stride_px / np.float32(2.0)
