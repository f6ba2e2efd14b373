"""A trained net as ONNX, as it is shipped."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from detectors.training.boxes import decode, grid
from detectors.training.net import Scored, YoloxNano
from detectors.types import DetectorError

OPSET = 17
# The sums of two runtimes differ in their last digits; a box that moves by less moves nobody.
AGREEMENT_PX = 1e-3
# Cells without a thing may hold boxes of any size, and never become one.
COMPARED = 100


def export(net: YoloxNano, path: Path, *, width_px: int, height_px: int) -> float:
    """Writes ``net`` for inputs "images" (N, 3, height, width); how far the file's boxes are off, px.

    N and, in multiples of 32, height and width are free in the file; the size is that of the comparison.

    Raises:
        DetectorError: the file's answer is not the net's, to `AGREEMENT_PX`.
    """
    scored = Scored(net).eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    # Any input does to follow the operators.
    pictures = torch.rand(2, 3, height_px, width_px) * 255.0
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The tracing exporter is called old; the new one writes a file of other operators, not measured here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            scored,
            (pictures,),
            str(path),
            input_names=["images"],
            output_names=["output"],
            dynamic_axes={"images": {0: "N", 2: "H", 3: "W"}, "output": {0: "N", 1: "cells"}},
            opset_version=OPSET,
            dynamo=False,
        )
    # Another batch and shape than it was traced with: nothing of them may have been frozen in.
    off_px = disagreement_px(scored, path, torch.rand(3, 3, width_px, height_px + 32) * 255.0)
    if not off_px <= AGREEMENT_PX:
        raise DetectorError(f"{path}: boxes are off by {off_px:.4f} px from the net's")
    return off_px


@torch.no_grad()
def disagreement_px(scored: Scored, path: Path, pictures: torch.Tensor) -> float:
    """The largest difference of a box side between file and net, of the `COMPARED` best cells."""
    theirs = torch.from_numpy(run_file(path, pictures.numpy()))
    ours = scored(pictures)
    height_px, width_px = pictures.shape[-2:]
    corner_px, stride_px = grid(height_px, width_px)
    apart = decode(ours, corner_px, stride_px) - decode(theirs, corner_px, stride_px)
    best = (ours[..., 4:5] * ours[..., 5:]).amax(-1).topk(COMPARED, dim=1).indices
    return float(torch.take_along_dim(apart, best[..., None], 1).abs().max())


def run_file(path: Path, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What ONNX Runtime makes of ``pictures`` with the file at ``path``."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"images": pictures})[0], np.float32)
