"""All that a training needs to go on: written whole or not at all."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from detectors.training.classes import CLASSES
from detectors.types import DetectorError

Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights where the training began, is, and its running average; the optimiser; how far it is."""

    start: Weights
    net: Weights
    average: Weights
    optimiser: dict[str, Any]
    step: int
    trained_s: float
    seed: int
    classes: tuple[str, ...]


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Writes ``path``; a power cut leaves the last one."""
    buffer = io.BytesIO()
    fields = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    torch.save(fields, buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".part")
    scratch.write_bytes(buffer.getvalue())
    scratch.replace(path)


def load(path: Path) -> Checkpoint:
    """Reads ``path``.

    Raises:
        DetectorError: it is not there, not a checkpoint, or of other classes.
    """
    try:
        fields = torch.load(path, map_location="cpu", weights_only=True)
        found = Checkpoint(**fields)
    except OSError as error:
        raise DetectorError(f"{path}: {error.strerror}", mend="give the --out of a training") from error
    except Exception as error:
        raise DetectorError(f"{path}: not a checkpoint: {error}") from error
    if tuple(found.classes) != CLASSES:
        raise DetectorError(f"{path}: its classes are {', '.join(found.classes)}", mend="train anew")
    return found
