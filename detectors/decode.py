"""What a model puts out becomes candidates: boxes in input pixels, label ids and scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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


def decode_detr(
    labels: npt.ArrayLike, boxes: npt.ArrayLike, scores: npt.ArrayLike, *, count: int
) -> list[Candidates]:
    """For each of ``count`` inputs; from (count, n) label ids, (count, n, 4) x0 y0 x1 y1, (count, n) scores.

    Raises:
        DetectorError: other shapes.
    """
    label_id = np.asarray(labels)
    xyxy_px, score = np.asarray(boxes), np.asarray(scores)
    rows = label_id.shape[-1] if label_id.ndim == 2 else -1
    due = ((count, rows), (count, rows, 4), (count, rows))
    if (label_id.shape, xyxy_px.shape, score.shape) != due:
        raise DetectorError(
            f"outputs labels {label_id.shape}, boxes {xyxy_px.shape}, scores {score.shape};"
            f" for {count} inputs a detr layout gives ({count}, n), ({count}, n, 4), ({count}, n)",
            mend="set the card's layout",
        )
    parts = zip(xyxy_px.astype(np.float32), label_id.astype(np.int64), score.astype(np.float32), strict=True)
    return [Candidates(*part) for part in parts]


def decode_yolox(
    output: npt.ArrayLike, *, width_px: int, height_px: int, label_count: int, least_score: float = 0.0
) -> list[Candidates]:
    """For each of n inputs; from the raw (n, cells, 5 + label_count) grids over strides 8, 16, 32.

    The sides are the input's, in pixels.

    A cell holds its centre's offset and log size in strides, the score of being an object, and a score for
    each label; the best label is taken, its score is the product. Cells that cannot reach ``least_score``
    are left out, as no factor is above 1.

    Raises:
        DetectorError: another shape.
    """
    raw = np.asarray(output)
    corner_px, stride_px = yolox_grid(width_px, height_px)
    due = (len(stride_px), _BOX_AND_OBJECT + label_count)
    if raw.ndim != 3 or raw.shape[1:] != due:
        raise DetectorError(
            f"output of shape {raw.shape}, (n, {due[0]}, {due[1]}) was due",
            mend="the card's layout, input size and number of labels must be the model's",
        )
    return [_yolox_cells(cells, corner_px, stride_px, least_score) for cells in raw]


def _yolox_cells(
    cells: npt.NDArray[np.generic], corner_px: Float32Array, stride_px: Float32Array, least_score: float
) -> Candidates:
    # Not "at least": what is no number stays in, to be told of.
    rows = np.flatnonzero(~(cells[:, 4].astype(np.float32) < least_score))
    kept, stride = cells[rows].astype(np.float32), stride_px[rows]
    label_id = kept[:, _BOX_AND_OBJECT:].argmax(axis=1)
    best = kept[np.arange(len(rows)), _BOX_AND_OBJECT + label_id]
    middle = kept[:, :2] * stride + corner_px[rows]
    half = _half_size(kept[:, 2:4], stride)
    return Candidates(np.hstack([middle - half, middle + half]), label_id.astype(np.int64), kept[:, 4] * best)


@lru_cache(maxsize=16)  # a video has few input sizes
def yolox_grid(width_px: int, height_px: int) -> tuple[Float32Array, Float32Array]:
    """For each cell its corner in input pixels, (cells, 2), and its stride in pixels, (cells, 1)."""
    corners, strides = [], []
    for stride in YOLOX_STRIDES_PX:
        rows, columns = np.mgrid[: height_px // stride, : width_px // stride]
        corners.append(np.stack([columns.ravel(), rows.ravel()], axis=1) * stride)
        strides.append(np.full((rows.size, 1), stride))
    cells = np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)
    for array in cells:
        array.setflags(write=False)
    return cells


def _half_size(log_size: Float32Array, stride_px: Float32Array) -> Float32Array:
    # Cells that hold nothing may hold anything; exp of 88 is all a float32 can take.
    return np.exp(np.minimum(log_size, np.float32(80.0))) * stride_px / np.float32(2.0)
