"""Ends the parts of the service side by side, so that together they take no longer than the slowest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

WITHIN_S = 1.6
"""Below the two seconds within which a stop is promised. A part that takes longer is left to itself: what it
was to hand over is on disk."""


def close_together(closings: Iterable[Callable[[], None]], within_s: float = WITHIN_S) -> bool:
    """Call all; whether all came back in time."""
    threads = [threading.Thread(target=close, daemon=True) for close in closings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within_s)
    return not any(thread.is_alive() for thread in threads)
