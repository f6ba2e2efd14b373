"""How far all sightings of one look are off together, from how their pattern lies on the tracks' pattern.

A clock that is 0.1 s late puts everything 6 m aside while a camera turns 30 degrees a second 120 m away, more
than people keep between them: taken one by one, each sighting lies nearest to somebody else's track. Together
they tell: only one shift lays most of them on tracks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.types import FloatArray

BoolArray = npt.NDArray[np.bool_]

SUPPORT = 3
"""Two things lie on two tracks by chance with many a shift; three rarely do."""

MAX_PROPOSALS = 64
MAX_PAIRS = 4096
"""A look with more pairs is a flood, and its pattern fits anywhere."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs of n sightings and m tracks.

    ``difference_m`` (n, m, 2); ``own_m2`` (n, m, 2, 2), the covariance of what each has for itself;
    ``shared_m2`` (n, m, 2, 2), of what a look may have in common; ``may_be`` (n, m), which can be one thing.
    """

    difference_m: FloatArray
    own_m2: FloatArray
    shared_m2: FloatArray
    may_be: BoolArray


def squared(difference_m: FloatArray, cov_m2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Squared distances in sigmas, and determinants, of differences (..., 2) with covariances (..., 2, 2)."""
    a, b, d = cov_m2[..., 0, 0], cov_m2[..., 0, 1], cov_m2[..., 1, 1]
    x, y = difference_m[..., 0], difference_m[..., 1]
    det = np.maximum(a * d - b * b, 1e-12)
    d2: FloatArray = (d * x * x - 2 * b * x * y + a * y * y) / det
    return d2, det


def shift_of_look(pairs: Pairs, gate_d2: float) -> FloatArray | None:
    """The shift (2,) in metres that explains a look best; None where too little tells."""
    if pairs.may_be.size > MAX_PAIRS:
        return None
    rows = pairs.may_be.any(axis=1)
    if rows.sum() < SUPPORT:
        return None
    proposals = _proposals(pairs, gate_d2)
    best = proposals[int(np.argmin(_misfits(pairs, proposals, gate_d2)))]
    d2 = _d2(pairs, best)
    nearest = d2.argmin(axis=1)
    fits = d2.min(axis=1) < gate_d2
    if len(set(nearest[fits].tolist())) < SUPPORT:
        return None
    median: FloatArray = np.median(pairs.difference_m[np.flatnonzero(fits), nearest[fits]], axis=0)
    return median


def _proposals(pairs: Pairs, gate_d2: float) -> FloatArray:
    """No shift, and those that lay one sighting exactly on one track, the likeliest pairs first."""
    d2, _ = squared(pairs.difference_m, pairs.own_m2 + pairs.shared_m2)
    d2 = np.where(pairs.may_be, d2, np.inf).ravel()
    order = np.argsort(d2, kind="stable")[:MAX_PROPOSALS]
    fitting = order[d2[order] < gate_d2]
    return np.concatenate((np.zeros((1, 2)), pairs.difference_m.reshape(-1, 2)[fitting]))


def _misfits(pairs: Pairs, shifts_m: FloatArray, gate_d2: float) -> FloatArray:
    """What each of the shifts (k, 2) leaves unexplained, and how unlikely it is itself (k,)."""
    d2 = _d2(pairs, shifts_m[:, None, None])
    shared = np.median(pairs.shared_m2[pairs.may_be], axis=0)
    unlikely, _ = squared(shifts_m, shared + np.eye(2) * 1e-6)
    left: FloatArray = np.minimum(d2.min(axis=-1), gate_d2)[:, pairs.may_be.any(axis=1)].sum(axis=-1)
    return left + unlikely


def _d2(pairs: Pairs, shift_m: FloatArray) -> FloatArray:
    d2, _ = squared(pairs.difference_m - shift_m, pairs.own_m2)
    return np.where(pairs.may_be, d2, np.inf)
