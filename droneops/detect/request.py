"""What `droneops detect` is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LEAST_SCORE = 0.02
"""What is written down from: low enough to draw a curve of precision over recall."""


@dataclass(frozen=True, slots=True)
class DetectRequest:
    """``source`` is a picture, a folder of them, or a video; ``truth`` a COCO file to compare with.

    ``out`` may be None where there is a ``truth``: then its figures are all that is wanted.
    """

    source: Path
    out: Path | None
    detector: str
    options: Mapping[str, object] = field(default_factory=dict)
    truth: Path | None = None
