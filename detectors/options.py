"""The options a detector is made with, checked by name and type."""

from __future__ import annotations

from collections.abc import Mapping

from detectors.nearest import did_you_mean
from detectors.types import DetectorError

Options = Mapping[str, object]


def check_known(detector: str, options: Options, known: tuple[str, ...]) -> None:
    """Raises DetectorError for the first option that is not ``known``, naming the nearest."""
    for name in options:
        if name not in known:
            raise DetectorError(
                f"detector {detector!r} has no option {name!r}", mend=did_you_mean(name, known)
            )


def text(options: Options, name: str, default: str) -> str:
    """The option ``name``; DetectorError when it is not text."""
    value = options.get(name, default)
    if not isinstance(value, str):
        raise DetectorError(f"option {name!r} is {value!r}", mend="give text")
    return value


def whole(options: Options, name: str, default: int, *, least: int, most: int | None = None) -> int:
    """The option ``name``; DetectorError when it is not a whole number from ``least`` to ``most``."""
    value = options.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least or value > (most or value):
        end = "up" if most is None else f"to {most}"
        raise DetectorError(f"option {name!r} is {value!r}", mend=f"give a whole number from {least} {end}")
    return value


def fraction(options: Options, name: str) -> float | None:
    """The option ``name``, None when it is not given; DetectorError when it is not in 0..1."""
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise DetectorError(f"option {name!r} is {value!r}", mend="give a number from 0 to 1")
    return float(value)
