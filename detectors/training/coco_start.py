"""The net to start from: published COCO weights, with rows for our classes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.types import DetectorError

if TYPE_CHECKING:
    from torch import nn

    from detectors.training.net import YoloxNano

COCO_CLASSES = 80
# The COCO class (numbered from 0, in the order of the 80) that each of ours begins from. Car comes first
# among the vehicles: buses and trucks are fewer, and the mean of three classifiers is worse than one.
COCO_ROW = {"person": 0, "vehicle": 2, "motorcycle": 3, "boat": 8}
# A class that COCO has not begins at sigmoid(-4.6) = 0.01 everywhere, so that it does not drown the rest.
NEW_CLASS_LOGIT = -4.6

Weights = list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]


def coco_net(path: Path) -> YoloxNano:
    """The net of ``path``, a YOLOX-nano ONNX file with folded norms, with its 80 COCO classes.

    Raises:
        DetectorError: the file is not that net.
    """
    from detectors.training.net import YoloxNano

    net = YoloxNano(COCO_CLASSES)
    fill_in_order(net, convolutions_of(path), where=str(path))
    return net


def our_net(path: Path, classes: tuple[str, ...]) -> YoloxNano:
    """As `coco_net`, but with ``classes``: COCO's rows where there are any, else rows that say no.

    Raises:
        DetectorError: the file is not that net.
    """
    from detectors.training.net import YoloxNano

    coco = coco_net(path)
    net = YoloxNano(len(classes))
    kept = {name: value for name, value in coco.state_dict().items() if "class_logits" not in name}
    net.load_state_dict(kept, strict=False)
    for ours, theirs in zip(net.heads, coco.heads, strict=True):
        _choose_rows(ours.class_logits, theirs.class_logits, classes)
    return net


def convolutions_of(path: Path) -> Weights:
    """Weights (out, in / groups, k, k) and biases of the file's convolutions, in order of execution.

    Raises:
        DetectorError: not an ONNX file, or a convolution without bias.
    """
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(path).graph
    except Exception as error:
        raise DetectorError(f"{path}: not an ONNX file: {error}") from error
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found: Weights = []
    for node in graph.node:
        if node.op_type == "Conv":
            if len(node.input) != 3:
                raise DetectorError(
                    f"{path}: {node.name} has no bias", mend="give the file with folded norms"
                )
            found.append((held[node.input[1]], held[node.input[2]]))
    return found


def fill_in_order(net: nn.Module, weights: Weights, *, where: str) -> None:
    """Puts ``weights`` into the convolutions of ``net``, whose order of making is that of execution.

    Raises:
        DetectorError: another number of convolutions, or another shape; names ``where``.
    """
    import torch

    due = [module for module in net.modules() if isinstance(module, torch.nn.Conv2d)]
    if len(due) != len(weights):
        raise DetectorError(f"{where}: {len(weights)} convolutions, a YOLOX-nano has {len(due)}")
    for number, (module, (weight, bias)) in enumerate(zip(due, weights, strict=True)):
        if tuple(module.weight.shape) != weight.shape:
            raise DetectorError(
                f"{where}: convolution {number} is {weight.shape}, {tuple(module.weight.shape)} was due"
            )
        with torch.no_grad():
            module.weight.copy_(torch.tensor(weight))
            module.bias.copy_(torch.tensor(bias))  # type: ignore[union-attr]  # every one here has a bias


def _choose_rows(ours: nn.Conv2d, theirs: nn.Conv2d, classes: tuple[str, ...]) -> None:
    import torch

    with torch.no_grad():
        for row, name in enumerate(classes):
            if name in COCO_ROW:
                ours.weight[row] = theirs.weight[COCO_ROW[name]]
                ours.bias[row] = theirs.bias[COCO_ROW[name]]  # type: ignore[index]
            else:
                ours.weight[row] = 0.0
                ours.bias[row] = NEW_CLASS_LOGIT  # type: ignore[index]


def file_sha256(path: Path) -> str:
    """The file's sha256 in hex, small letters."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
