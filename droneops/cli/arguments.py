"""Arguments that are a number or a word."""

from __future__ import annotations

import math

from droneops.errors import UsageError
from droneops.replay.request import EVERY_FRAME


def looks(text: str | None) -> float | None:
    """``N`` or ``all``.

    Raises:
        UsageError: neither.
    """
    if text is None:
        return None
    if text == "all":
        return EVERY_FRAME
    number = _number(text)
    if number is None or number <= 0:
        raise UsageError(f"--looks-per-second {text!r} is neither a number above 0 nor all")
    return number


def offset_s(text: str | None) -> float | None:
    """Seconds.

    Raises:
        UsageError: not a number; ``auto`` is not there yet.
    """
    if text is None:
        return None
    if text == "auto":
        mend = "give seconds, or leave it out"
        raise UsageError("--video-offset auto: estimating the offset is not supported yet", mend=mend)
    number = _number(text)
    if number is None:
        raise UsageError(f"--video-offset {text!r} is not a number of seconds")
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
