"""Boxes in torch: out of the net's cells, and how they overlap."""

from __future__ import annotations

import torch
from torch import Tensor

from detectors.training.net import STRIDES_PX

# exp of this times the coarsest stride is wider than any picture.
_LOG_SIZE_LIMIT = 6.0


def grid(height_px: int, width_px: int) -> tuple[Tensor, Tensor]:
    """For each cell its corner in pixels, (cells, 2), and its stride in pixels, (cells, 1)."""
    corners, strides = [], []
    for stride in STRIDES_PX:
        rows, columns = torch.meshgrid(
            torch.arange(height_px // stride), torch.arange(width_px // stride), indexing="ij"
        )
        corners.append(torch.stack([columns, rows], dim=-1).reshape(-1, 2) * stride)
        strides.append(torch.full((rows.numel(), 1), stride))
    return torch.cat(corners).float(), torch.cat(strides).float()


def decode(offset_and_log_size: Tensor, corner_px: Tensor, stride_px: Tensor) -> Tensor:
    """(..., 4) offset of the centre and log size, in strides, to left, top, right, bottom in pixels."""
    middle = offset_and_log_size[..., :2] * stride_px + corner_px
    half = offset_and_log_size[..., 2:4].clamp(max=_LOG_SIZE_LIMIT).exp() * stride_px / 2.0
    return torch.cat([middle - half, middle + half], dim=-1)


def area(xyxy: Tensor) -> Tensor:
    """(..., 4) to (...)."""
    return (xyxy[..., 2] - xyxy[..., 0]).clamp(min=0.0) * (xyxy[..., 3] - xyxy[..., 1]).clamp(min=0.0)


def intersection(one: Tensor, other: Tensor) -> Tensor:
    """The area that boxes share, pair by pair (broadcast)."""
    return area(
        torch.cat(
            [torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:])], -1
        )
    )


def iou(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union, pair by pair (broadcast)."""
    shared = intersection(one, other)
    return shared / (area(one) + area(other) - shared).clamp(min=1e-6)


def generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """-1..1, with a slope even apart (Rezatofighi et al., CVPR 2019, arXiv:1902.09630)."""
    shared = intersection(one, other)
    union = (area(one) + area(other) - shared).clamp(min=1e-6)
    hull = area(
        torch.cat(
            [torch.minimum(one[..., :2], other[..., :2]), torch.maximum(one[..., 2:], other[..., 2:])], -1
        )
    )
    return shared / union - (hull - union) / hull.clamp(min=1e-6)
