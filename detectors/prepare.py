"""Pieces of a picture become a model's input, in one pass and without new memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from detectors.card import Input
from detectors.tiles import Tile
from detectors.types import ByteImage, Float32Array

Side = tuple[int, int]
"""An input's (height, width) in pixels."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a tile fills the ``inner`` pixels at the top left of an input of ``side``.

    Input pixels = (picture pixels - the tile's first) * ``scale_xy``.
    """

    side: Side
    inner: Side
    scale_xy: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Batch:
    """``tensor`` is (n, 3, height, width) float32, read-only to its users and good until the next batch."""

    tensor: Float32Array
    tiles: tuple[Tile, ...]
    fits: tuple[Fit, ...]


def fit(tile: Tile, card: Input) -> Fit:
    """How ``tile`` fills the input of ``card``."""
    if card.resize == "stretch":
        side = card.height_px, card.width_px
        return Fit(side, side, (card.width_px / tile.width_px, card.height_px / tile.height_px))
    ratio = min(card.width_px / tile.width_px, card.height_px / tile.height_px)
    if tile.longest_px is not None:
        ratio = min(ratio, tile.longest_px / max(tile.width_px, tile.height_px))
    # A very long picture still keeps one pixel across.
    inner = max(1, round(tile.height_px * ratio)), max(1, round(tile.width_px * ratio))
    # In whole pixels the sides are not scaled quite alike: with one ratio a box would lie up to 2 px off.
    scale_xy = inner[1] / tile.width_px, inner[0] / tile.height_px
    step = card.step_px
    if step is None:
        return Fit((card.height_px, card.width_px), inner, scale_xy)
    height, width = (step * math.ceil(length / step) for length in inner)
    return Fit((height, width), inner, scale_xy)


class Feeder:
    """Fills inputs for at most ``most`` tiles at once. Its memory is used again: one user at a time."""

    def __init__(self, card: Input, most: int) -> None:
        self._card, self.most = card, most
        values = 3 * card.height_px * card.width_px
        self._bytes = np.empty(values, np.uint8)
        self._planes = np.empty(values, np.uint8)
        self._floats = np.empty(most * values, np.float32)
        std = np.array(card.std).reshape(3, 1, 1)
        self._factor: Float32Array = (1 / (card.divide_by * std)).astype(np.float32)
        self._shift: Float32Array = (np.array(card.mean).reshape(3, 1, 1) / std).astype(np.float32)
        self._is_scaled = card.divide_by != 1.0 or set(card.std) != {1.0} or any(card.mean)

    def batches(self, image_bgr: ByteImage, tiles: Sequence[Tile]) -> Iterator[Batch]:
        """The ``tiles`` of ``image_bgr`` (height, width, 3), those of one input size together."""
        fitted = sorted(((fit(tile, self._card), tile) for tile in tiles), key=lambda pair: pair[0].side)
        for side, group in groupby(fitted, key=lambda pair: pair[0].side):
            same = list(group)
            for first in range(0, len(same), self.most):
                part = same[first : first + self.most]
                yield self._batch(image_bgr, side, [tile for _, tile in part], [item for item, _ in part])

    def _batch(self, image: ByteImage, side: Side, tiles: list[Tile], fits: list[Fit]) -> Batch:
        values = 3 * side[0] * side[1]
        tensor = self._floats[: len(tiles) * values].reshape(len(tiles), 3, *side)
        canvas = self._bytes[:values].reshape(*side, 3)
        for row, tile, fitted in zip(tensor, tiles, fits, strict=True):
            self._fill(image, tile, fitted, canvas)
            self._spread(canvas, row)
        return Batch(tensor, tuple(tiles), tuple(fits))

    def _fill(self, image: ByteImage, tile: Tile, fitted: Fit, canvas: ByteImage) -> None:
        import cv2

        left, top, right, bottom = tile.edges_px()
        height, width = fitted.inner
        canvas[height:] = canvas[:height, width:] = self._card.pad_value
        is_area = self._card.shrink == "area" and max(fitted.scale_xy) < 1
        cv2.resize(
            image[top:bottom, left:right],
            (width, height),
            dst=canvas[:height, :width],
            interpolation=cv2.INTER_AREA if is_area else cv2.INTER_LINEAR,
        )

    def _spread(self, canvas: ByteImage, row: Float32Array) -> None:
        """Pixels side by side into planes, as the model's numbers."""
        import cv2

        planes = self._planes[: canvas.size].reshape(row.shape)
        order = (2, 1, 0) if self._card.colour == "rgb" else (0, 1, 2)
        cv2.split(canvas, [planes[channel] for channel in order])
        np.copyto(row, planes)
        if self._is_scaled:
            row *= self._factor
            row -= self._shift


def in_picture(xyxy_px: npt.NDArray[np.float32], tile: Tile, fitted: Fit) -> Float32Array:
    """Boxes (n, 4) from pixels of a tile's input to pixels of the picture."""
    scale = np.array(fitted.scale_xy * 2, np.float32)
    first = np.array([tile.left_px, tile.top_px] * 2, np.float32)
    return (xyxy_px / scale + first).astype(np.float32, copy=False)
