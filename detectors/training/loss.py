"""How wrong the net's answer to a batch is.

The score of a class at a cell is the product of two sigmoids, object and class, as the detector multiplies
them. The loss is taken on that product: so a class that was not labelled in a picture can be left out alone,
without teaching the object branch that nothing is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from detectors.training.assign import Answers, Things, assign
from detectors.training.boxes import area, decode, generalised_iou, grid, intersection, iou
from detectors.training.net import BOX_AND_OBJECT

# Most cells hold nothing: their weight falls with their score (Zhang et al., VarifocalNet, arXiv:2008.13367).
NEGATIVE_WEIGHT, NEGATIVE_POWER = 0.75, 1.5
BOX_WEIGHT = 2.5
# A box that lies by this share in a region to be ignored is no false alarm.
IGNORED_SHARE = 0.5
# log(1 - p) of float32 has no slope nearer to 1.
_LOG_SCORE_LIMIT = -1e-6


@dataclass(frozen=True, slots=True)
class Targets:
    """What a batch holds: ``things``, regions to ignore, and (N, classes) which classes were labelled.

    ``taught`` (N, cells, classes) are the scores of a teacher, where ``taught_classes`` (N, classes) says so:
    for what was not labelled, so that a class without labels keeps its scores and does not drift.
    """

    things: Things
    ignored_image: Tensor
    ignored_xyxy_px: Tensor
    labelled: Tensor
    taught: Tensor | None = None
    taught_classes: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """``total`` to be lessened, and its parts, plain numbers, for the log."""

    total: Tensor
    score: float
    box: float
    answers: int


def log_scores(raw: Tensor) -> Tensor:
    """The log of object times class, (N, cells, classes)."""
    return functional.logsigmoid(raw[..., 4:5]) + functional.logsigmoid(raw[..., BOX_AND_OBJECT:])


def loss(raw: Tensor, targets: Targets, height_px: int, width_px: int) -> Loss:
    """Of the net's output ``raw`` (N, cells, 5 + classes) for pictures of that size."""
    corner_px, stride_px = grid(height_px, width_px)
    xyxy_px = decode(raw[..., :4], corner_px, stride_px)
    log_score = log_scores(raw)
    answers = assign(targets.things, xyxy_px.detach(), log_score.detach(), height_px, width_px)
    # A batch without things must not blow up the few false alarms in it.
    count = max(len(answers.thing), len(raw))
    found, due = xyxy_px[answers.image, answers.cell], targets.things.xyxy_px[answers.thing]
    box = (1.0 - generalised_iou(found, due)).sum() / count
    wanted = _wanted(log_score, answers, targets.things.class_id, iou(found.detach(), due))
    weight = _weight(wanted, log_score.detach(), xyxy_px.detach(), targets)
    wanted, weight = _with_teacher(wanted, weight, log_score.detach(), targets)
    score = (weight * cross_entropy(log_score, wanted)).sum() / count
    return Loss(score + BOX_WEIGHT * box, float(score.detach()), float(box.detach()), len(answers.thing))


def cross_entropy(log_score: Tensor, wanted: Tensor) -> Tensor:
    """Of scores given by their logs against wanted scores in 0..1."""
    held = log_score.clamp(max=_LOG_SCORE_LIMIT)
    against = torch.log(-torch.expm1(held))
    return -(wanted * held + (1.0 - wanted) * against)


def _wanted(log_score: Tensor, answers: Answers, class_id: Tensor, overlap: Tensor) -> Tensor:
    """The score due, (N, cells, classes): 0 but where a cell answers, there the better the better its box."""
    wanted = torch.zeros_like(log_score)
    # The root, since AP at 0.5 asks only for half, and small things never overlap by much.
    wanted[answers.image, answers.cell, class_id[answers.thing]] = overlap.clamp(min=0.04).sqrt()
    return wanted


def _weight(wanted: Tensor, log_score: Tensor, xyxy_px: Tensor, targets: Targets) -> Tensor:
    """How much each score counts: what was not labelled, or is to be ignored, not at all."""
    negative = NEGATIVE_WEIGHT * log_score.exp() ** NEGATIVE_POWER
    counted = targets.labelled[:, None, :] & ~_in_ignored(xyxy_px, targets)[..., None]
    return torch.where(wanted > 0.0, 1.0, negative * counted)


def _with_teacher(
    wanted: Tensor, weight: Tensor, log_score: Tensor, targets: Targets
) -> tuple[Tensor, Tensor]:
    """The same, where nobody labelled by the teacher: the further apart, the more it counts."""
    if targets.taught is None or targets.taught_classes is None:
        return wanted, weight
    there = targets.taught_classes[:, None, :] & (wanted == 0.0)
    apart = (targets.taught - log_score.exp()).abs() ** NEGATIVE_POWER
    return torch.where(there, targets.taught, wanted), torch.where(there, apart, weight)


def _in_ignored(xyxy_px: Tensor, targets: Targets) -> Tensor:
    """(N, cells): the box that the cell gives lies mostly in a region to be ignored."""
    inside = torch.zeros(xyxy_px.shape[:2], dtype=torch.bool)
    for image in targets.ignored_image.unique().tolist():
        regions = targets.ignored_xyxy_px[targets.ignored_image == image]
        shared = intersection(xyxy_px[image][:, None], regions[None])
        share = shared / area(xyxy_px[image]).clamp(min=1e-6)[:, None]
        inside[image] = (share >= IGNORED_SHARE).any(dim=1)
    return inside
