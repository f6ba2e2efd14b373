"""One thing that a rule asks for, and whether it is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a rule asks for: ``wanted`` and ``found`` are short English, with units."""

    name: str
    met: bool
    wanted: str
    found: str
