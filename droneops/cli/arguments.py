"""Arguments that are a number or a word."""

from __future__ import annotations

import math
from typing import Literal

from droneops.config import HIGHEST_GROUND_M, LOWEST_GROUND_M
from droneops.errors import UsageError
from droneops.replay.request import EVERY_FRAME

MAX_OFFSET_S = 86_400.0


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


def offset(text: str | None) -> float | Literal["auto"] | None:
    """Seconds, or ``auto``.

    Raises:
        UsageError: neither.
    """
    if text is None:
        return None
    if text == "auto":
        return "auto"
    number = _number(text)
    if number is None or abs(number) > MAX_OFFSET_S:
        mend = "for more than a day give --video-start"
        raise UsageError(f"--video-offset {text!r} is neither auto nor seconds of at most a day", mend=mend)
    return number


def metres(text: str | None) -> float | None:
    """The height of ground above sea level: from the Dead Sea's shore to above the Himalaya.

    Raises:
        UsageError: not a number of metres, or no such ground.
    """
    if text is None:
        return None
    number = _number(text)
    if number is None or not LOWEST_GROUND_M <= number <= HIGHEST_GROUND_M:
        mend = f"give metres from {LOWEST_GROUND_M:g} to {HIGHEST_GROUND_M:g}"
        raise UsageError(f"--ground-alt-msl {text!r} is no height of the ground", mend=mend)
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def options(pairs: list[str]) -> dict[str, object]:
    """``NAME=VALUE`` each; a value that is a number is one.

    Raises:
        UsageError: no ``=``, or a name given twice.
    """
    given: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (equals and name):
            raise UsageError(f"--option {pair!r} is not NAME=VALUE", mend="as --option threads=2")
        if name in given:
            raise UsageError(f"--option {name} is given twice")
        given[name] = _value(value)
    return given


def _value(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
