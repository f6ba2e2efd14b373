"""The messages of any log but a .tlog, type by type, decoded only when their turn comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.walk import EARLIEST_US, LATEST_US

NO_TIME = int(np.iinfo(np.int64).min)
"""Stands for a time that is not known; as a datetime64 it is NaT."""

Fields = Mapping[str, npt.NDArray[Any]]
"""Columns by name: numbers (n,) or (n, length), or objects (n,): text, a number, a list, None for unknown."""

# Some 10 MB of columns and text at once.
_CHUNK_ROWS = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class MessageTable:
    """All messages of one type and instance. Arrays are (n,).

    ``row`` is what ``read`` takes to give the fields of some of them; ``order``, never falling, is their
    place in the log; ``own_us`` counts from the log's own zero (boot, the video's start), ``time_us`` is
    UTC, both in microseconds or NO_TIME.
    """

    name: str
    row: Int64Array
    order: Int64Array
    own_us: Int64Array
    time_us: Int64Array
    read: Callable[[Int64Array], Fields]
    instance: int | None = None

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: npt.NDArray[Any] | slice) -> MessageTable:
        """The messages named by a mask, by indices or by a slice."""
        columns = {name: getattr(self, name)[rows] for name in ("row", "order", "own_us", "time_us")}
        return replace(self, **columns)

    def fields(self) -> Fields:
        """All of them, decoded now."""
        return self.read(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class OtherLog:
    """A log of another kind than .tlog.

    ``own_time`` is what its own time is called in a line of text, None if it has none. ``defined`` are the
    names that it could hold; ``damage`` counts what was passed over; ``timeless`` says why no message has
    a UTC, if none has; ``warnings`` are single lines.
    """

    where: str
    kind: str
    tables: tuple[MessageTable, ...]
    defined: tuple[str, ...]
    own_time: str | None
    damage: Mapping[str, int]
    timeless: str | None
    warnings: tuple[str, ...]

    @property
    def messages(self) -> dict[str, int]:
        """How many of each name, over all instances."""
        counts: Counter[str] = Counter()
        for table in self.tables:
            counts[table.name] += len(table)
        return {name: count for name, count in sorted(counts.items()) if count}

    def chunks(self) -> Iterator[list[MessageTable]]:
        """The messages in the order of the log, some thousand at a time."""
        places = np.sort(np.concatenate([table.order for table in self.tables] or [np.empty(0, np.int64)]))
        edges = [*places[_CHUNK_ROWS::_CHUNK_ROWS].tolist(), None]
        begins = [0] * len(self.tables)
        for edge in edges:
            ends = [len(t) if edge is None else int(np.searchsorted(t.order, edge)) for t in self.tables]
            spans = zip(self.tables, begins, ends, strict=True)
            yield [table.take(slice(begin, end)) for table, begin, end in spans if end > begin]
            begins = ends


def utc_of(own_us: Int64Array, utc_minus_own_us: int | None) -> Int64Array:
    """(n,) UTC of times since the log's own zero; NO_TIME for an unknown or unbelievable one."""
    if utc_minus_own_us is None:
        return np.full(len(own_us), NO_TIME)
    # In floating point: the sum with a damaged time can leave the range of int64.
    rough_us = own_us.astype(np.float64) + utc_minus_own_us
    kept = (rough_us >= EARLIEST_US) & (rough_us < LATEST_US) & (own_us != NO_TIME)
    return np.where(kept, np.where(kept, own_us, 0) + utc_minus_own_us, NO_TIME)


def own_times(stored: npt.NDArray[Any], scale: int = 1) -> Int64Array:
    """(n,) microseconds of stored unsigned times; NO_TIME for one beyond what int64 holds."""
    held = stored.astype(np.uint64)
    fits = held <= np.uint64(np.iinfo(np.int64).max // scale)
    return np.where(fits, np.where(fits, held, 0).astype(np.int64) * scale, NO_TIME)
