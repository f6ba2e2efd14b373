"""The video of an incident, as the drones' processes have cut it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "clips"
"""In the data folder; below it a folder for each incident."""

MOST_BYTES = 128 << 20
"""Two clips of 64 MiB. A bundle is made in memory, on a machine that watches drones meanwhile; what does not
fit is named by its digest."""


@dataclass(frozen=True, slots=True)
class Clips:
    """``files`` by their names in the bundle; ``beside`` are those too large for it: name, bytes, sha256."""

    files: dict[str, bytes]
    beside: tuple[dict[str, Any], ...]


def clips_of(data: Path, incident_id: str) -> Clips:
    """The clips of an incident, in the order of their names, as far as they fit.

    One that vanishes or cannot be read meanwhile is passed over.
    """
    files: dict[str, bytes] = {}
    beside: list[dict[str, Any]] = []
    room = MOST_BYTES
    for path in sorted((data / FOLDER / incident_id).glob("*.mp4")):
        try:
            if path.name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size <= room:
                raw = path.read_bytes()
                files[f"clip-{path.name}"], room = raw, room - len(raw)
            else:
                beside.append(_told(path))
        except OSError:
            continue
    return Clips(files, tuple(beside))


def _told(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}
