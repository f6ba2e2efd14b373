"""Labelled pictures, and what a detector found in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.types import DetectorError

Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What people say is in a picture.

    ``xyxy_px`` is (n, 4), left, top, right, bottom edges in pixels; ``labels`` names each box; ``ignore``
    (n,) marks regions in which nothing is counted (COCO's ``iscrowd``). ``labelled`` are the only labels
    whose absence means something. Pictures of one ``group`` (a flight, a video) are not independent.
    """

    file_name: str
    group: str
    labelled: frozenset[str]
    xyxy_px: Boxes
    labels: tuple[str, ...]
    ignore: npt.NDArray[np.bool_]

    def of(self, label: str) -> tuple[Boxes, npt.NDArray[np.bool_]]:
        """The boxes of one label, and which of them are to be ignored."""
        rows = np.array([own == label for own in self.labels], bool)
        return self.xyxy_px[rows], self.ignore[rows]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a detector says is in a picture: boxes (m, 4) as in `Truth`, labels and scores (m,)."""

    xyxy_px: Boxes
    labels: tuple[str, ...]
    score: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if not len(self.xyxy_px) == len(self.labels) == len(self.score):
            raise DetectorError("boxes, labels and scores differ in number")

    def best(self, label: str, most: int) -> tuple[Boxes, npt.NDArray[np.float64]]:
        """The ``most`` best of one label, best first; of equal scores the first given comes first."""
        rows = np.flatnonzero([own == label for own in self.labels])
        order = rows[np.argsort(-self.score[rows], kind="stable")][:most]
        return self.xyxy_px[order], self.score[order]
