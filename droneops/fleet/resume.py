"""A drone's process goes on where the one before it stood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from droneops.errors import InputError
from droneops.fleet.read_back import reports_of
from droneops.fleet.recording.look_record import LookRecord
from droneops.fleet.recording.reader import Torn, read_looks
from droneops.fleet.tracker_file import TrackerFile
from droneops.site.report import Report
from droneops.tracking.tracker import Tracker, TrackerMemory

SPARE_NUMBERS = 1_000
"""More tracks than the looks behind the last copy can have begun, where those looks were not written down."""

BEFORE_US = 120_000_000
"""A copy is written when it is confirmed, up to a minute after the looks that lie behind it."""

WITHOUT_COPY_US = 600_000_000
"""What is read where there is no copy: a thing out of sight for longer is taken for another anyway."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """``seq`` is the last report that was ever made; ``unsent`` are those that the site lacks."""

    tracker: Tracker
    seq: int
    unsent: tuple[Report, ...]
    is_new: bool


def resume(
    file: TrackerFile, looks: Path, drone_id: str, taken: int, now_us: int, tell: Callable[[str], None]
) -> Resumed:
    """Take the tracker's copy through the looks that were written down behind it.

    ``taken``: up to which report the site has all. ``looks`` is the folder of the recording.
    """
    tracker, seq = file.read(drone_id)
    written = file.written_us
    since_us = now_us - WITHOUT_COPY_US if written is None else written - BEFORE_US
    behind = [look for look in _read(looks, since_us, tell) if look.seq > seq]
    is_whole = not behind or behind[0].seq == seq + 1
    reports = reports_of(tracker, drone_id, behind, seq)
    last = max([seq, *(report.seq for report in reports)])
    if not is_whole or last < taken:
        # Tracks of looks that nobody can read any more have names already.
        memory = tracker.memory
        spare = TrackerMemory(memory.plane, memory.live, memory.made + SPARE_NUMBERS)
        tracker = Tracker.resumed(drone_id, spare)
    unsent = tuple(report for report in reports if report.seq > taken)
    return Resumed(tracker, max(last, taken), unsent, is_new=max(last, taken) == 0)


def _read(folder: Path, since_us: int, tell: Callable[[str], None]) -> Sequence[LookRecord]:
    """The looks of late; of a recording that is damaged, those before the damage."""
    found: list[LookRecord] = []
    try:
        for item in read_looks(folder, Torn(), since_us=since_us):
            if isinstance(item, LookRecord):
                found.append(item)
    except InputError as error:
        tell(error.one_line())
    return found
