"""Weights between the start and the end of a training.

The straight way between both often holds nets that keep more of what the start knew and lose little of what
was learnt (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, arXiv:2109.01903).
"""

from __future__ import annotations

from pathlib import Path

from detectors.training.checkpoint import Checkpoint, load
from detectors.training.classes import CLASSES
from detectors.training.net import YoloxNano
from detectors.types import DetectorError


def blended(path: Path, share: float) -> YoloxNano:
    """The net ``share`` of the way from the start to the running average of the checkpoint at ``path``.

    Raises:
        DetectorError: the checkpoint cannot be read, or the share is not in 0..1.
    """
    return blend(load(path), share)


def blend(found: Checkpoint, share: float) -> YoloxNano:
    """As `blended`, of a checkpoint in memory.

    Raises:
        DetectorError: the share is not in 0..1.
    """
    if not 0.0 <= share <= 1.0:
        raise DetectorError(f"a share of {share}", mend="0 is the start, 1 the trained weights")
    net = YoloxNano(len(CLASSES))
    net.load_state_dict({name: value.lerp(found.average[name], share) for name, value in found.start.items()})
    return net.eval()
