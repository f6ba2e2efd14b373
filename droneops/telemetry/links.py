"""Which records of a .tlog follow each other by their lengths, found for the whole file at once.

Every marker byte may begin a frame; the length behind it says where that frame's record would end. A record
that a walk reaches is one at whose start another ends. Marker bytes in payloads hardly ever are, so what is
left are long runs of records that touch, which a walk takes in one step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droneops.telemetry.crc import Int64Array, UInt8Array
from droneops.telemetry.headers import (
    CHECKSUM_BYTES,
    FLAG_SIGNED,
    HEADER_BYTES_V1,
    HEADER_BYTES_V2,
    MARKER_V2,
    SHORTEST_RECORD_BYTES,
    SIGNATURE_BYTES,
    STAMP_BYTES,
)


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Columns (n,), ascending: records at whose start another ends; ``last`` is the end of each one's run.

    ``last[k]`` is the index of the last record of the run of touching records that k is in.
    """

    start: Int64Array
    end: Int64Array
    last: Int64Array

    def run_from(self, position: int) -> tuple[Int64Array, int] | None:
        """The starts of the run from ``position`` on, and where it ends; None if no run goes through it."""
        first = int(self.start.searchsorted(position))
        if first == len(self.start) or self.start[first] != position:
            return None
        last = int(self.last[first])
        return self.start[first : last + 1], int(self.end[last])


def chain_links(data: UInt8Array) -> Links:
    """The links of a whole file."""
    start, end = _possible_records(data)
    ends_here = np.zeros(len(data) + 1, dtype=np.bool_)
    ends_here[end] = True
    reached = ends_here[start]
    start, end = start[reached], end[reached]
    # Of each record that the next one does not touch, the index; a run ends at the first such at or after.
    breaks = np.flatnonzero(np.append(end[:-1] != start[1:], True)) if len(start) else start
    return Links(start, end, np.repeat(breaks, np.diff(breaks, prepend=-1)))


def _possible_records(data: UInt8Array) -> tuple[Int64Array, Int64Array]:
    """Start and end of whatever has a marker and fits; see `walk.record_end` for the rule."""
    # The two markers are neighbours: less the lower one, unsigned, they alone are 0 and 1.
    at = np.flatnonzero(
        data[STAMP_BYTES : max(len(data) - SHORTEST_RECORD_BYTES + STAMP_BYTES + 1, 0)] - MARKER_V2 <= 1
    )
    is_v2 = data.take(at + STAMP_BYTES) == MARKER_V2
    flags = np.where(is_v2, data.take(at + STAMP_BYTES + 2), np.uint8(0))
    header = np.where(is_v2, HEADER_BYTES_V2, HEADER_BYTES_V1)
    size = STAMP_BYTES + header + data.take(at + STAMP_BYTES + 1) + CHECKSUM_BYTES + flags * SIGNATURE_BYTES
    fits = (flags <= FLAG_SIGNED) & (at + size <= len(data))
    return at[fits], (at + size)[fits]
