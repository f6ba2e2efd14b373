"""Tells how far a log has been read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from droneops.telemetry.tlog import Tlog

Progress = Callable[[float], None]
"""Told how far the work is, from 0 to 1."""


def unheard(_done: float) -> None:
    """For who does not want to be told."""


def told_blocks(blocks: Iterable[Tlog], size: int, progress: Progress) -> Iterator[Tlog]:
    """The blocks of a file of ``size`` bytes, as they come."""
    done = 0
    for block in blocks:
        yield block
        done += int((block.headers.record_end - block.headers.record_start).sum()) + block.damage.bytes
        progress(min(done / size, 1.0))
