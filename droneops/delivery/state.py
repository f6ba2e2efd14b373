"""What the site says of itself on its state topic: retained, every 10 s, and as its last will."""

from __future__ import annotations

import json
from typing import Any

from droneops.delivery.outbox.types import OutboxDepth
from droneops.times import to_text

STATE_EVERY_S = 10.0
VALID_S = 30
"""Two messages may be lost before a reader must take the site for gone."""


def state_message(
    site_id: str, software: str, now_us: int, depth: OutboxDepth, journal_head: tuple[int, str]
) -> bytes:
    """The site is there: how much waits, since when, and the head of its journal."""
    n, sha256 = journal_head
    oldest_us = depth.oldest_stored_us
    return _bytes(
        _head(site_id, now_us, online=True)
        | {
            "software": software,
            "outbox": {
                "waiting": depth.waiting,
                "oldest_s": None if oldest_us is None else max(0, (now_us - oldest_us) // 1_000_000),
                "unacknowledged": depth.unacknowledged,
            },
            "journal_head": {"n": n, "sha256": sha256},
        }
    )


def farewell(site_id: str, now_us: int) -> bytes:
    """The site was stopped by its people."""
    return _bytes(_head(site_id, now_us, online=False) | {"reason": "stopped"})


def last_will(site_id: str, now_us: int) -> bytes:
    """What the broker says when the site vanishes; ``at`` is when that connection was made, not lost."""
    return _bytes(_head(site_id, now_us, online=False) | {"reason": "lost"})


def _head(site_id: str, now_us: int, *, online: bool) -> dict[str, Any]:
    return {
        "schema": "droneops.state/1",
        "site": site_id,
        "at": to_text(now_us),
        "valid_s": VALID_S,
        "online": online,
    }


def _bytes(table: dict[str, Any]) -> bytes:
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
