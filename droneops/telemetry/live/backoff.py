"""How long to wait before a link is opened again."""

from __future__ import annotations

# A peer that restarts is back within a second; one that is gone is not worth more than a try every 8 s, and
# a pilot who switches the drone on sees it within that.
_FIRST_S = 0.5
_LONGEST_S = 8.0
# So that several links to one lost router do not all come back in the same instant.
_JITTER = 0.2


def backoff_s(failures: int, chance: float) -> float:
    """Seconds to wait after ``failures`` failed attempts before this one; ``chance`` is uniform in [0, 1)."""
    doublings = min(failures, 16)  # beyond any that matter, so that the power stays small
    return min(_FIRST_S * 2.0**doublings, _LONGEST_S) * (1.0 + _JITTER * (2.0 * chance - 1.0))
