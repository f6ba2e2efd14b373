"""Which pieces of a picture are looked at, so that what is small is seen and no time is lost on the sky."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.card import Card, Input, Tiles
from detectors.types import DetectorError

GsdGrid = npt.NDArray[np.floating[Any]]
ScaleGrid = npt.NDArray[np.float64]
Size = tuple[int, int]

WIDTH_M: Mapping[str, float] = {
    "person": 0.5,
    "motorcycle": 0.7,
    "vehicle": 1.7,
    "boat": 1.2,
    "log_pile": 1.0,
}
"""How wide a thing is at its narrower side, by the name that its label means.

A person's shoulders with clothes, from above as from the front (the mean breadth is 0.45 to 0.49 m: ISO/TR
7250-2:2010); a scooter's handlebar; a small car without mirrors; a long-tail boat's beam; a low heap.
"""

GSD_DOUBT = 1.2
"""A sample distance may be wrong by this factor: 10 m of ground height, seen from 60 m."""

_ENOUGH = 1.001
"""Scales that differ by less are one."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A piece of a picture: its first pixel and its size.

    ``longest_px`` is the most that its longer side may take in the model's input; None: all that there is.
    """

    left_px: int
    top_px: int
    width_px: int
    height_px: int
    longest_px: int | None = None

    def edges_px(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.left_px, self.top_px, self.left_px + self.width_px, self.top_px + self.height_px


@dataclass(frozen=True, slots=True)
class Plan:
    """``tiles``, the whole picture first where it is one; ``wanted`` is their number without any limit."""

    tiles: tuple[Tile, ...]
    wanted: int


def demands_m(card: Card) -> tuple[float, ...]:
    """For what the card's ``least_px`` speak of: metres per pixel of the model's input that still show it.

    From the smallest thing to the largest; labels whose width nobody knows ask for nothing.
    """
    widths_m = {label: WIDTH_M.get(card.label_map.get(label, label)) for label in card.least_px}
    return tuple(
        sorted({width_m / card.least_px[label] for label, width_m in widths_m.items() if width_m is not None})
    )


def plan(size_px: Size, card: Card, demands: tuple[float, ...], gsd_m: GsdGrid | None) -> Plan:
    """The pieces of a picture of ``size_px`` (width, height).

    The card's grid; or, where ``gsd_m`` (rows, columns; NaN where there is no ground) is known and the card
    has `demands_m`, pieces just fine enough that what they show can be found: none where it never can be, nor
    in the sky, nor where the whole picture shows it already.

    Raises:
        DetectorError: ``gsd_m`` is no grid.
    """
    if gsd_m is None or not demands or card.tiles.max_tiles == 1:
        return _with_glance(by_grid(size_px, card.tiles, card.input), size_px, card)
    if gsd_m.ndim != 2 or gsd_m.size == 0:
        raise DetectorError(f"ground sample distances of shape {gsd_m.shape}", mend="give (rows, columns)")
    return _with_glance(by_gsd(size_px, card, demands, gsd_m), size_px, card)


def _with_glance(found: Plan, size_px: Size, card: Card) -> Plan:
    """The same and a look from afar at the whole picture, where the card has one and it is smaller yet."""
    longest_px = card.tiles.glance_px
    if longest_px is None or card.tiles.max_tiles == 1 or max(size_px) <= longest_px:
        return found
    return Plan((*found.tiles, Tile(0, 0, *size_px, longest_px)), found.wanted + 1)


def by_grid(size_px: Size, wanted: Tiles, side: Input) -> Plan:
    """The whole picture and the card's grid; fewer pieces where ``max_tiles`` or a small picture ask so."""
    columns, rows = (_worth(count, size_px, wanted, side) for count in wanted.grid)
    room = max(wanted.max_tiles - wanted.full, 1)
    asked = _with_whole(size_px, wanted, _grid(size_px, (columns, rows), wanted, side))
    while columns * rows > room:
        columns, rows = (columns - 1, rows) if columns >= rows else (columns, rows - 1)
    tiles = _with_whole(size_px, wanted, _grid(size_px, (columns, rows), wanted, side))
    return Plan(tiles[: wanted.max_tiles], len(asked))


def _worth(count: int, size_px: Size, wanted: Tiles, side: Input) -> int:
    """How many pieces in a row are worth it: not so many that each is enlarged by more than allowed."""
    most = wanted.max_upscale / _whole_scale(size_px, side)
    return max(min(count, math.floor(most * _ENOUGH)), 1)


def _with_whole(size_px: Size, wanted: Tiles, pieces: Iterable[Tile]) -> tuple[Tile, ...]:
    whole = Tile(0, 0, *size_px)
    first = (whole,) if wanted.full else ()
    return tuple(dict.fromkeys((*first, *pieces)))


def _grid(size_px: Size, grid: Size, wanted: Tiles, side: Input) -> list[Tile]:
    width, height = _piece_px(size_px, grid, wanted.overlap_px, side)
    lefts = _spread(0, size_px[0] - width, grid[0])
    tops = _spread(0, size_px[1] - height, grid[1])
    return [Tile(left, top, width, height) for top in tops for left in lefts]


def _piece_px(size_px: Size, grid: Size, overlap_px: int, side: Input) -> Size:
    """The size of a grid's pieces whose neighbours have ``overlap_px`` of the input in common, either way."""
    axes = list(zip(size_px, grid, (side.width_px, side.height_px), strict=True))
    scales = [(count * own_px - (count - 1) * overlap_px) / length_px for length_px, count, own_px in axes]
    if side.resize == "letterbox":
        # The axis that fills its input sets the scale of both.
        scales = [min(scales)] * 2
    width, height = (
        min(math.ceil((length_px + (count - 1) * overlap_px / scale) / count), length_px)
        for (length_px, count, _), scale in zip(axes, scales, strict=True)
    )
    return width, height


def _spread(first_px: int, last_px: int, count: int) -> list[int]:
    return [first_px + round(k * (last_px - first_px) / max(count - 1, 1)) for k in range(count)]


def by_gsd(size_px: Size, card: Card, demands: tuple[float, ...], gsd_m: GsdGrid) -> Plan:
    """Bands of pieces, each as fine as the smallest thing in it asks.

    Where there are more than ``max_tiles``, the finest are made coarser until there are not.
    """
    scales = _fine_cells(wanted_scales(size_px, card, demands, gsd_m), size_px, card)
    tiles = _with_whole(size_px, card.tiles, _bands(size_px, card, scales))
    wanted = len(tiles)
    while len(tiles) > card.tiles.max_tiles:
        # The number of pieces goes with the square of the scale; by a tenth at least, so that it ends.
        shrink = min(math.sqrt(card.tiles.max_tiles / len(tiles)), 0.9)
        scales = _seen_anyway(np.minimum(scales, scales.max() * shrink), size_px, card)
        tiles = _with_whole(size_px, card.tiles, _bands(size_px, card, scales))
    return Plan(tiles or (Tile(0, 0, *size_px),), max(wanted, 1))


def wanted_scales(size_px: Size, card: Card, demands: tuple[float, ...], gsd_m: GsdGrid) -> ScaleGrid:
    """Input pixels per picture pixel that each cell asks for; 0 where no piece of its own would help.

    The smallest thing that can be found at all at the cell's distance counts.
    """
    gsd = np.asarray(gsd_m, np.float64)
    known = np.isfinite(gsd) & (gsd > 0)
    scales = np.zeros(gsd.shape)
    for demand_m in demands:
        due = np.where(known, gsd, 0.0) / demand_m
        can = known & (scales == 0) & (due <= card.tiles.max_upscale * GSD_DOUBT)
        scales[can] = np.minimum(due[can] * GSD_DOUBT, card.tiles.max_upscale)
    return _seen_anyway(scales, size_px, card)


def _seen_anyway(scales: ScaleGrid, size_px: Size, card: Card) -> ScaleGrid:
    """What a look at the whole picture shows asks for no piece; without such a look that scale is least."""
    whole = _whole_scale(size_px, card.input)
    near = scales <= whole * _ENOUGH
    if card.tiles.full:
        return np.where(near, 0.0, scales)
    return np.where(near & (scales > 0), whole, scales)


def _fine_cells(scales: ScaleGrid, size_px: Size, card: Card) -> ScaleGrid:
    """The same with cells so small that the finest piece holds several of them."""
    side = min(card.input.width_px, card.input.height_px) / card.tiles.max_upscale / 4
    rows, columns = (
        math.ceil(length / count / side) for length, count in zip(size_px[::-1], scales.shape, strict=True)
    )
    return scales.repeat(rows, axis=0).repeat(columns, axis=1)


def _whole_scale(size_px: Size, side: Input) -> float:
    return min(side.width_px / size_px[0], side.height_px / size_px[1])


def _bands(size_px: Size, card: Card, scales: ScaleGrid) -> list[Tile]:
    """Bands from the top, each from the first row of cells that asks for something and has nothing yet."""
    tiles: list[Tile] = []
    row = _next_row(scales, 0)
    while row is not None:
        scale, top_px, next_row = _band(size_px, card, scales, row)
        tiles += _band_tiles(size_px, card, scales[row:next_row], scale, top_px)
        row = _next_row(scales, next_row)
    return tiles


def _next_row(scales: ScaleGrid, first: int) -> int | None:
    asking = np.flatnonzero(scales[first:].any(axis=1))
    return first + int(asking[0]) if len(asking) else None


def _band(size_px: Size, card: Card, scales: ScaleGrid, row: int) -> tuple[float, int, int]:
    """A band's scale, its first pixel, and the first row of cells that it does not hold wholly.

    A finer band is a lower one, so the scale grows until all that the band holds is content.
    """
    row_px = size_px[1] / len(scales)
    scale = float(scales[row].max())
    while True:
        height_px = min(math.ceil(card.input.height_px / scale), size_px[1])
        top_px = max(math.floor(row * row_px - card.tiles.overlap_px / scale), 0)
        top_px = min(top_px, size_px[1] - height_px)
        end = max(math.floor((top_px + height_px) / row_px + 1e-9), row + 1)
        finest = float(scales[row:end].max())
        if finest <= scale:
            return scale, top_px, end
        scale = finest


def _band_tiles(size_px: Size, card: Card, scales: ScaleGrid, scale: float, top_px: int) -> list[Tile]:
    """The pieces of one band, over the columns of ``scales`` that ask for something."""
    width_px = min(math.ceil(card.input.width_px / scale), size_px[0])
    height_px = min(math.ceil(card.input.height_px / scale), size_px[1])
    overlap_px = card.tiles.overlap_px / scale
    asking = np.flatnonzero(scales.any(axis=0))
    column_px = size_px[0] / scales.shape[1]
    first_px = max(math.floor(asking[0] * column_px - overlap_px), 0)
    end_px = min(math.ceil((asking[-1] + 1) * column_px + overlap_px), size_px[0])
    # What is narrower than one piece lies in its middle.
    spare_px = max(width_px - (end_px - first_px), 0)
    first_px = min(max(first_px - spare_px // 2, 0), size_px[0] - width_px)
    count = max(math.ceil((end_px - first_px - overlap_px) / (width_px - overlap_px)), 1)
    lefts = _spread(first_px, max(end_px - width_px, first_px), count)
    return [Tile(left, top_px, width_px, height_px) for left in lefts]
