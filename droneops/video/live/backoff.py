"""How long to wait before a lost stream is opened again."""

from __future__ import annotations

_FIRST_S = 0.2
"""A server that was restarted listens again within this."""

_LONGEST_S = 1.5
"""With the seconds that opening takes, a stream is back five seconds after its server."""

_AFTER_REFUSAL_S = 10.0
"""Cameras lock out who tries a wrong password too often: five in a minute, with several makers."""

_JITTER = 0.2


def backoff_s(failures: int, chance: float, *, is_refused: bool) -> float:
    """Seconds to wait after ``failures`` failed attempts before this one; ``chance`` is uniform in [0, 1)."""
    wait_s = _AFTER_REFUSAL_S if is_refused else min(_FIRST_S * 2.0 ** min(failures, 8), _LONGEST_S)
    # So that several streams of one lost server do not all come back in the same instant.
    return wait_s * (1.0 + _JITTER * (2.0 * chance - 1.0))
