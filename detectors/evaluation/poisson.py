"""What a count says of the rate behind it."""

from __future__ import annotations

import math

ONCE_IN_TWENTY = 0.05
_HALVINGS = 60


def upper_bound(count: int) -> float:
    """The mean of a Poisson law that gives ``count`` or fewer once in twenty times; 3.0 for none."""
    low, high = float(count), count + 20.0 + 5 * math.sqrt(count + 1)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(count, middle) > ONCE_IN_TWENTY else (low, middle)
    return high


def _at_most(count: int, mean: float) -> float:
    term = total = math.exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return total
