"""A .tlog piece by piece, for logs larger than memory.

A block ends with a frame whose checksum holds and that the walk reached: a walk that starts there goes on as
the walk of the whole file would. The bytes behind it serve as a look ahead and come again in the next block.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.headers import LONGEST_RECORD_BYTES
from droneops.telemetry.tlog import Tlog, make_tlog, nothing_readable, open_log, read_part
from droneops.telemetry.walk import Walked, walk

BLOCK_BYTES = 4 << 20
# To believe a frame far in time from the last one takes the record behind it, and to judge its time another.
_LOOK_AHEAD_BYTES = 3 * LONGEST_RECORD_BYTES


def read_blocks(path: Path | str, *, block_bytes: int = BLOCK_BYTES) -> Iterator[Tlog]:
    """The log at ``path`` as consecutive logs; each frame and each damaged byte is in one of them.

    Together they say what `read_tlog` says, and offsets count from the start of each block. Only damage
    longer than a block may be judged otherwise, as two pieces. Memory is some 20 times ``block_bytes``.

    Raises:
        InputError: cannot be read, or holds no frame; known at the end.
    """
    dialect = load_dialect()
    with open_log(path) as file:
        data, begin, any_known = b"", 0, False
        while more := read_part(file, block_bytes):
            data += more
            is_last = len(more) < block_bytes
            walked = walk(data, dialect)
            any_known |= bool(walked.known.any())
            end, resume = (len(data), len(data)) if is_last else _cut(walked, begin, len(data))
            yield make_tlog(data, str(path), dialect, walked, (begin, end))
            data, begin = data[resume:], end - resume
        if data:
            yield make_tlog(data, str(path), dialect, walk(data, dialect), (begin, len(data)))
    if not any_known:
        raise nothing_readable(str(path), is_empty=Path(path).stat().st_size == 0)


def _cut(walked: Walked, begin: int, size: int) -> tuple[int, int]:
    """Where to end a block of ``size`` bytes, and where the walk of the next begins: a frame earlier."""
    headers = walked.headers
    anchors = walked.reached & (headers.record_start >= begin)
    anchors &= headers.record_end <= size - _LOOK_AHEAD_BYTES
    last = np.flatnonzero(anchors)[-1:]
    if len(last) == 0:
        end = max(size - _LOOK_AHEAD_BYTES, begin)
        return end, end
    return int(headers.record_end[last[0]]), int(headers.record_start[last[0]])
