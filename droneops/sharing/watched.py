"""Who watched what: one line for each time, on disk before anything else is said of it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droneops.sharing.links import Link
from droneops.times import to_text

FILE = "watched.jsonl"
"""In the data folder."""


@dataclass(frozen=True, slots=True)
class Watched:
    """``what`` is drone/camera or the name of a clip; ``how`` is ws, hls or clip."""

    link: Link
    what: str
    how: str
    address: str
    from_us: int
    to_us: int
    sent_bytes: int


class WatchLog:
    """Appends; for several threads."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._lock = threading.Lock()

    def write(self, watched: Watched, event: str) -> None:
        """Add a line; ``event`` is begun or ended.

        Raises:
            OSError: it cannot be written; then nothing must be shown.
        """
        line = json.dumps(_row(watched, event), ensure_ascii=False) + "\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with self._lock, os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
            file.write(line.encode())
            file.flush()
            os.fdatasync(file.fileno())


def read_log(data_dir: Path) -> Iterator[dict[str, Any]]:
    """The lines, the oldest first; one that was cut off by a crash is left out."""
    try:
        with (data_dir / FILE).open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
    except FileNotFoundError:
        return


def _row(watched: Watched, event: str) -> dict[str, Any]:
    is_over = event == "ended"
    return {
        "event": event,
        "agency": watched.link.agency,
        "incident_id": watched.link.incident_id,
        "what": watched.what,
        "how": watched.how,
        "link": watched.link.id,
        "address": watched.address,
        "from": to_text(watched.from_us),
        "to": to_text(watched.to_us) if is_over else None,
        "bytes": watched.sent_bytes if is_over else None,
    }
