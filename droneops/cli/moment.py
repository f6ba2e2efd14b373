"""An argument that is a time."""

from __future__ import annotations

from droneops.errors import UsageError
from droneops.times import from_text


def moment_us(option: str, text: str) -> int:
    """A UTC time in microseconds. Raises UsageError, naming the option, for what is no time."""
    try:
        return from_text(text)
    except ValueError:
        mend = "give it as 2026-11-20T10:07:30.4Z"
        raise UsageError(f"{option} {text!r} is no UTC time", mend=mend) from None
