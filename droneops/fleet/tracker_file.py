"""The tracker as it was at a report that the site has on disk: where a restarted drone goes on.

Copies are taken now and then, and the newest that the site has confirmed is written: behind the file lie only
looks whose reports may have to be sent again.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path

from droneops.fleet.tracker_state import tracker_from_record, tracker_to_record
from droneops.tracking.tracker import Tracker

EVERY_S = 10.0
"""What a restart has to go through again; fifty looks take it less than a tenth of a second."""

MOST_COPIES = 6
"""A minute without a confirmation: the oldest copy is then still of use, the rest is dropped."""


class TrackerFile:
    """The file, and the copies that wait for a confirmation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copies: deque[tuple[int, str]] = deque()
        self._next_s = 0.0

    def read(self, drone_id: str) -> tuple[Tracker, int]:
        """The tracker and the number of the last report in it; a new one and 0 where there is none."""
        try:
            record = json.loads(self._path.read_text("utf-8"))
            return tracker_from_record(drone_id, record["tracker"]), int(record["seq"])
        except (OSError, KeyError, TypeError, ValueError):
            return Tracker(drone_id), 0

    @property
    def written_us(self) -> int | None:
        """When the file was written, UTC microseconds; None where there is none."""
        try:
            return self._path.stat().st_mtime_ns // 1000
        except OSError:
            return None

    def note(self, tracker: Tracker, seq: int, now_s: float) -> None:
        """A report was made; copy the tracker if it is time."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + EVERY_S
        if len(self._copies) < MOST_COPIES:
            self._copies.append((seq, json.dumps({"seq": seq, "tracker": tracker_to_record(tracker)})))

    def confirmed(self, seq: int) -> None:
        """The site has all reports up to ``seq``. Raises OSError where the file cannot be written."""
        newest: str | None = None
        while self._copies and self._copies[0][0] <= seq:
            newest = self._copies.popleft()[1]
        if newest is not None:
            beside = self._path.with_suffix(".new")
            beside.write_text(newest, "utf-8")
            beside.replace(self._path)
