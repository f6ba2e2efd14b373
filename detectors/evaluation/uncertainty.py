"""How far an average precision would differ on other pictures of the same kind: the bootstrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from detectors.evaluation.matching import Matches
from detectors.evaluation.precision import average_precision

ROUNDS = 200
"""Enough for the ends of a 95 % interval to be known to a tenth of its width or so."""


def interval95(by_group: Mapping[str, Sequence[Matches]], seed: int = 7) -> tuple[float, float] | None:
    """The 2.5 % and 97.5 % points of the average precision over groups drawn with replacement.

    Groups, not pictures: frames of one flight resemble each other. None with fewer than two groups that hold
    a thing: one place tells nothing of others.
    """
    groups = list(by_group.values())
    if sum(any(m.things for m in group) for group in groups) < 2:
        return None
    rng = np.random.default_rng(seed)
    values = [average_precision(_drawn(groups, rng)) for _ in range(ROUNDS)]
    known = [value for value in values if value is not None]
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def _drawn(groups: Sequence[Sequence[Matches]], rng: np.random.Generator) -> list[Matches]:
    rows = rng.integers(len(groups), size=len(groups))
    return [matches for row in rows for matches in groups[int(row)]]
