"""What several pieces of one picture show becomes one answer: nothing twice, and nothing in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from detectors.decode import Candidates
from detectors.tiles import Tile
from detectors.types import Float32Array, Int64Array

AT_EDGE_PX = 4.0
"""Input pixels: a box that ends so near to a tile's edge may go on beyond: half the finest stride."""

MOSTLY = 0.6
"""A part of a thing has at least this much of its area in the box of the whole; the rest is what two looks at
different scales may differ by."""

SURE_ENOUGH = 0.5
"""The whole counts where its score is at least this much of the part's: a faint giant box over many things
must not take the place of one that was seen clearly."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one tile shows: ``found`` in pixels of the picture, each ``scale`` pixels of the input."""

    tile: Tile
    scale: float
    found: Candidates


def strongest(pieces: Sequence[Piece], most: int) -> list[Piece]:
    """The pieces with the ``most`` best scores of all that they found; of equals all stay."""
    scores = np.concatenate([piece.found.score for piece in pieces])
    if len(scores) <= most:
        return list(pieces)
    least = np.partition(scores, -most)[-most]
    return [replace(piece, found=piece.found.keep(piece.found.score >= least)) for piece in pieces]


def together(pieces: Sequence[Piece], group_id: Int64Array, size_px: tuple[int, int]) -> Candidates:
    """All that the pieces of a picture (width, height) show, less the parts of things shown whole elsewhere.

    A part is a box that ends at an edge of its tile inside the picture, where a box of the same group
    (``group_id``, for each label) that goes on beyond that edge holds most of it. Boxes are cut at their
    tile's edge first: nobody saw what is beyond. Two things side by side are no parts of each other.
    """
    clipped = [_clipped(piece) for piece in pieces]
    every = _joined([piece.found for piece in clipped])
    if len(clipped) < 2:
        return every
    edges = np.concatenate([_edges(piece, size_px) for piece in clipped])
    return every.keep(~_is_part(every, edges, group_id[every.label_id]))


def _clipped(piece: Piece) -> Piece:
    left, top, right, bottom = piece.tile.edges_px()
    low = np.array([left, top, left, top], np.float32)
    high = np.array([right, bottom, right, bottom], np.float32)
    found = piece.found
    boxes = np.clip(found.xyxy_px, low, high)
    return Piece(piece.tile, piece.scale, Candidates(boxes, found.label_id, found.score))


def _joined(parts: Sequence[Candidates]) -> Candidates:
    return Candidates(
        np.concatenate([part.xyxy_px for part in parts]),
        np.concatenate([part.label_id for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def _edges(piece: Piece, size_px: tuple[int, int]) -> Float32Array:
    """(n, 4): the tile's left, top, right and bottom where a box ends there inside the picture, else NaN."""
    edges = np.array(piece.tile.edges_px(), np.float32)
    is_inner = edges != np.array([0, 0, *size_px], np.float32)
    near = np.abs(piece.found.xyxy_px - edges) <= AT_EDGE_PX / piece.scale
    cut: Float32Array = np.where(near & is_inner, edges, np.nan).astype(np.float32)
    return cut


def _is_part(every: Candidates, edges: Float32Array, group: Int64Array) -> Mask:
    """(n,) whether a whole is there for a box that is cut at ``edges`` (n, 4)."""
    part = np.zeros(len(group), np.bool_)
    cut = np.flatnonzero(np.isfinite(edges).any(axis=1))
    # What is a part itself is nobody's whole: of two parts that hold each other the larger stays.
    for row in cut[np.argsort(_area(every.xyxy_px[cut]), kind="stable")]:
        is_rival = (group == group[row]) & ~part & (every.score >= SURE_ENOUGH * every.score[row])
        rivals = np.flatnonzero(is_rival)
        box, others = every.xyxy_px[row], every.xyxy_px[rivals]
        part[row] = bool((_goes_on(box, others, edges[row]) & _holds(box, others)).any())
    return part


def _goes_on(box: Float32Array, others: Float32Array, edges: Float32Array) -> Mask:
    """(m,) which of ``others`` (m, 4) reach further than ``box`` over each edge that it is cut at."""
    beyond = np.column_stack([others[:, :2] < edges[:2], others[:, 2:] > edges[2:]])
    reaches: Mask = np.asarray((beyond | np.isnan(edges)).all(axis=1))
    return reaches


def _holds(box: Float32Array, others: Float32Array) -> Mask:
    """(m,) in which of ``others`` (m, 4) most of ``box`` lies."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    width, height = np.clip(high - low, 0, None).T
    common: Float32Array = width * height
    mostly: Mask = common >= float(_area(box)) * MOSTLY
    return mostly


def _area(boxes: Float32Array) -> Float32Array:
    area: Float32Array = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return area
