"""What the vehicles sent around an incident: the recorded frames' own bytes, unchanged."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from droneops.errors import DroneopsError
from droneops.site.sealing.seen import Span
from droneops.telemetry.headers import STAMP_BYTES
from droneops.telemetry.tlog import parse_tlog, read_bytes

MOST_BYTES = 64 << 20
"""An hour at 18 kB a second; a longer incident's first hour is sealed, all of it lies in the recordings."""


def telemetry_in(
    recordings: Path, drone_id: str, span: Span, most_bytes: int = MOST_BYTES
) -> tuple[bytes, bool]:
    """The frames received in a span by our clock, records of all senders, and whether that is all of them.

    Of a file that cannot be read there are none.
    """
    found, room, is_all = [], most_bytes, True
    for path in _files(recordings / drone_id / "telemetry", span):
        try:
            part, is_whole = _slice(path, span, room)
        except DroneopsError:
            is_all = False
            continue
        found.append(part)
        room, is_all = room - len(part), is_all and is_whole
    return b"".join(found), is_all


def _files(folder: Path, span: Span) -> list[Path]:
    """The files that may hold frames of a span, in the order in which they were begun."""
    begun = [(_began_us(path), path) for path in folder.glob("*.tlog")]
    return [
        path
        for began_us, path in sorted(begun)
        if began_us <= span.to_us and path.stat().st_mtime_ns // 1000 >= span.from_us
    ]


def _began_us(path: Path) -> int:
    with path.open("rb") as file:
        return int.from_bytes(file.read(STAMP_BYTES), "big")


def _slice(path: Path, span: Span, room: int) -> tuple[bytes, bool]:
    """A file's records of a span, the first ones that fit into ``room`` bytes, and whether those are all."""
    log = parse_tlog(read_bytes(path), where=str(path))
    headers, data = log.headers, log.data
    inside = (headers.stamp_us >= span.from_us) & (headers.stamp_us <= span.to_us)
    starts, ends = headers.record_start[inside], headers.record_end[inside]
    count = int(np.searchsorted(np.cumsum(ends - starts), room, side="right"))
    rows = zip(starts[:count].tolist(), ends[:count].tolist(), strict=True)
    return b"".join(bytes(data[start:end]) for start, end in rows), count == len(starts)
