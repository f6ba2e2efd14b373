"""Whether a replay says what the live site said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

OWN = ("id", "incident_id", "references", "evidence", "journal_head", "signature")
"""What a replay makes its own: docs/recording.md."""


def equal(live: Sequence[bytes], replayed: Sequence[bytes]) -> int:
    """How many alerts of the one are equal to those in the same place of the other, but for OWN."""
    return sum(said(a) == said(b) for a, b in zip(live, replayed, strict=False))


def said(raw: bytes) -> dict[str, Any]:
    """An alert without what is made anew each time."""
    return {key: value for key, value in json.loads(raw).items() if key not in OWN}
