"""AdamW whose step is a share of each tensor's own size, and which is drawn back to where it began.

With norms folded in, the sizes of the convolutions differ by orders of magnitude; a step relative to them is
what a batch norm would have made of an equal one (cf. Shazeer and Stern, Adafactor, arXiv:1804.04235,
section 8). The pull toward the start (L2-SP, Li et al., arXiv:1802.01483) keeps what COCO taught.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from detectors.training.net import YoloxNano

# What sees edges and colours needs no aerial pictures to be taught again, and costs most of a step's time.
FROZEN = ("backbone.stem.", "backbone.stage4.")
# The rest of the backbone moves at this share of the step of neck and heads.
BACKBONE_SHARE = 0.4
# A tensor that began at zero (a new class) must be able to leave it.
LEAST_SIZE = 0.02
CLIP_NORM = 10.0


def freeze(net: YoloxNano) -> None:
    """Holds the layers of `FROZEN` still."""
    for name, tensor in net.named_parameters():
        tensor.requires_grad_(not name.startswith(FROZEN))


def make_optimiser(net: YoloxNano) -> torch.optim.AdamW:
    """One group for each tensor that moves; its ``relative`` says what a step of 1 would be."""
    groups = [
        {"params": [tensor], "relative": _relative_step(name, tensor)}
        for name, tensor in net.named_parameters()
        if tensor.requires_grad
    ]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.99), weight_decay=0.0)


def _relative_step(name: str, tensor: Tensor) -> float:
    size = max(float(tensor.detach().square().mean().sqrt()), LEAST_SIZE)
    return size * (BACKBONE_SHARE if name.startswith("backbone.") else 1.0)


def step(optimiser: torch.optim.AdamW, rate: float, start: Mapping[int, Tensor], pull: float) -> float:
    """One step of ``rate`` times each tensor's size; the gradient's norm before it was clipped.

    ``start`` holds for each tensor's id where it began; each step goes by ``rate * pull`` of the way back.
    """
    moved = [group["params"][0] for group in optimiser.param_groups]
    norm = float(nn.utils.clip_grad_norm_(moved, CLIP_NORM))
    if not norm < float("inf"):
        # One broken batch must not end a run of hours.
        return norm
    for group in optimiser.param_groups:
        group["lr"] = rate * group["relative"]
    optimiser.step()
    with torch.no_grad():
        for tensor in moved:
            tensor.lerp_(start[id(tensor)], rate * pull)
    return norm


def starting_points(net: nn.Module, start: Mapping[str, Tensor]) -> dict[int, Tensor]:
    """For `step`: from the weights by name to those by tensor."""
    return {id(tensor): start[name] for name, tensor in net.named_parameters()}


@torch.no_grad()
def follow(average: nn.Module, net: nn.Module, decay: float) -> None:
    """Moves the running average of the weights (EMA) toward ``net``."""
    torch._foreach_lerp_(_tensors(average.parameters()), _tensors(net.parameters()), 1.0 - decay)


def _tensors(parameters: Iterable[nn.Parameter]) -> list[Tensor]:
    return [parameter.detach() for parameter in parameters]
