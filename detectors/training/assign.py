"""Which cells of the net answer for which thing.

After SimOTA (Ge et al., YOLOX, arXiv:2107.08430, section 2.1): of the cells around a thing's centre, on all
strides, the cheapest few answer for it, where a cell is cheap that already scores its class and fits its box.
Here the candidates are the 3 x 3 cells of each stride, 27 a thing, found by counting and not by searching.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from detectors.training.boxes import iou
from detectors.training.net import STRIDES_PX

BOX_WEIGHT = 3.0
MOST_CELLS = 10
# One cell alone learns slowly, and the small things, which never fit well at first, would get only one.
LEAST_CELLS = 2
# RTMDet's soft centre prior (Lyu et al., arXiv:2212.07784, section 3.3): 10 ** (distance in strides - 3).
_PRIOR_BASE, _PRIOR_REACH = 10.0, 3.0


@dataclass(frozen=True, slots=True)
class Things:
    """``image`` (G,) the picture in the batch, ``xyxy_px`` (G, 4), ``class_id`` (G,)."""

    image: Tensor
    xyxy_px: Tensor
    class_id: Tensor


@dataclass(frozen=True, slots=True)
class Answers:
    """Which cell answers for which thing: ``image`` (P,), ``cell`` (P,), ``thing`` (P,); no cell twice."""

    image: Tensor
    cell: Tensor
    thing: Tensor


def candidates(xyxy_px: Tensor, height_px: int, width_px: int) -> tuple[Tensor, Tensor, Tensor]:
    """For each thing its 27 cells (G, 27), which of them exist, and their distance in strides."""
    middle = (xyxy_px[:, :2] + xyxy_px[:, 2:]) / 2.0
    step = torch.tensor([[column, row] for row in (-1, 0, 1) for column in (-1, 0, 1)])
    cells, there, distances, first = [], [], [], 0
    for stride in STRIDES_PX:
        columns, rows = width_px // stride, height_px // stride
        place = (middle / stride).floor().long()[:, None] + step
        inside = (place >= 0).all(-1) & (place[..., 0] < columns) & (place[..., 1] < rows)
        cells.append(torch.where(inside, first + place[..., 1] * columns + place[..., 0], 0))
        there.append(inside)
        distances.append((middle[:, None] / stride - place - 0.5).norm(dim=-1))
        first += columns * rows
    return torch.cat(cells, 1), torch.cat(there, 1), torch.cat(distances, 1)


@torch.no_grad()
def assign(things: Things, xyxy_px: Tensor, log_score: Tensor, height_px: int, width_px: int) -> Answers:
    """From boxes (N, cells, 4) and logs of scores (N, cells, classes) that the net gives now."""
    cell, there, distance = candidates(things.xyxy_px, height_px, width_px)
    image = things.image[:, None].expand_as(cell)
    overlap = torch.where(there, iou(xyxy_px[image, cell], things.xyxy_px[:, None]), 0.0)
    of_class = log_score[image, cell, things.class_id[:, None].expand_as(cell)]
    cost = -of_class - BOX_WEIGHT * overlap.clamp(min=1e-6).log() + _PRIOR_BASE ** (distance - _PRIOR_REACH)
    cost = torch.where(there, cost, torch.inf)
    wanted = overlap.topk(MOST_CELLS, dim=1).values.sum(1).int().clamp(LEAST_CELLS, MOST_CELLS)
    rank = cost.argsort(dim=1, stable=True).argsort(dim=1, stable=True)
    taken = (rank < wanted[:, None]) & there
    thing, place = taken.nonzero(as_tuple=True)
    found = Answers(image[thing, place], cell[thing, place], thing)
    return _cheapest(found, cost[thing, place], xyxy_px.shape[1])


def _cheapest(answers: Answers, cost: Tensor, cells: int) -> Answers:
    """Where a cell answers for several, it keeps the cheapest; of equals the first."""
    order = cost.argsort(stable=True)
    key = (answers.image * cells + answers.cell)[order]
    by_key = key.argsort(stable=True)
    sorted_key = key[by_key]
    first = torch.ones_like(sorted_key, dtype=torch.bool)
    first[1:] = sorted_key[1:] != sorted_key[:-1]
    rows = order[by_key[first]]
    return Answers(answers.image[rows], answers.cell[rows], answers.thing[rows])
