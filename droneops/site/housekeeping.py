"""Once a day: recordings that are older than the site file's days go, unless an incident holds them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from droneops.config import RetentionSection
from droneops.errors import DroneopsError
from droneops.evidence.bundle import Append
from droneops.evidence.retention import Days, Hold, Kept, Kind, apply, plan
from droneops.incidents.incident import Incident

EVERY_S = 86_400.0

FIRST_AFTER_S = 600.0
"""A service that is started again and again must not read through its recordings each time."""

KIND_OF = {
    ".jsonl": Kind.SIGHTINGS,
    ".tlog": Kind.SIGHTINGS,
    ".mp4": Kind.VIDEO,
    ".ts": Kind.VIDEO,
    ".zip": Kind.INCIDENT,
}
"""Telemetry is kept as long as the sightings that it gave a place."""

LONGEST_FILE_US = 3_600_000_000
"""A recording's file covers an hour at most, and ends when it was last written."""


FOLDERS = ("recordings", "clips", "evidence")
"""What lies in the data folder and grows; the outbox keeps its own."""


def kept_in(folder: Path) -> list[Kept]:
    """The recordings, clips and evidence in a data folder, with the time that each covers."""
    found = []
    for path in sorted(path for name in FOLDERS for path in (folder / name).rglob("*")):
        kind = KIND_OF.get(path.suffix)
        if kind is None or path.is_symlink() or not path.is_file():
            continue
        told = path.stat()
        to_us = told.st_mtime_ns // 1000
        name = path.relative_to(folder).as_posix()
        found.append(Kept(name, kind, told.st_size, to_us - LONGEST_FILE_US, to_us))
    return found


def holds_of(incidents: Sequence[Incident]) -> list[Hold]:
    """What incidents hold."""
    return [Hold(incident.id, incident.onset_us, incident.last_seen_us) for incident in incidents]


class Housekeeping:
    """Clears up in a thread of its own, for recordings are read through once more before they go."""

    def __init__(self, folder: Path, append: Append, tell: Callable[[str], None]) -> None:
        self._folder, self._append, self._tell = folder, append, tell
        self._next_s: float | None = None
        self._thread: threading.Thread | None = None

    def step(
        self,
        now_s: float,
        now_us: int,
        section: RetentionSection,
        incidents: Callable[[], Sequence[Incident]],
    ) -> None:
        """Begin to clear up when it is time; never waits."""
        if self._next_s is None:
            self._next_s = now_s + FIRST_AFTER_S
        if now_s < self._next_s or (self._thread is not None and self._thread.is_alive()):
            return
        self._next_s = now_s + EVERY_S
        days = Days(section.sightings, section.video, section.incidents)
        work = (days, holds_of(incidents()), now_us)
        self._thread = threading.Thread(target=self.clear_up, args=work, name="housekeeping", daemon=True)
        self._thread.start()

    def clear_up(self, days: Days, holds: Sequence[Hold], now_us: int) -> None:
        """Remove what may go, each file after its tombstone is in the site's journal."""
        try:
            planned = plan(kept_in(self._folder), holds, days, now_us)
            done = apply(planned.removals, self._folder, self._append)
        except (DroneopsError, OSError) as error:
            self._tell(f"old recordings cannot be removed: {error}")
            return
        for name, why in done.left:
            self._tell(f"{name}: cannot be removed: {why}")
        if done.removed:
            self._tell(f"{len(done.removed)} old recordings were removed")
