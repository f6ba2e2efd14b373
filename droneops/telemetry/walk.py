"""Where the frames of a .tlog lie, also after damage.

Three steps. The walk hops from record to record by the length in each header, without looking at anything
else; where there is no marker it searches on. Then all checksums are checked at once. Then each stretch
between two frames whose checksum held is searched for frames that a wrong length made the walk pass over.

A frame is believed if its checksum holds and it was reached in a chain from such a frame, or, found by
searching, if its time is believable too. A frame of an unknown message has no checksum to check: it counts
if the record after it begins where it ends. A marker byte inside a payload is therefore never a frame.

What damage costs: the records that it touches, and unknown messages between it and the next known one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array, crc_of
from droneops.telemetry.dialect import Dialect, MessageType
from droneops.telemetry.headers import (
    CHECKSUM_BYTES,
    FLAG_SIGNED,
    HEADER_BYTES_V1,
    HEADER_BYTES_V2,
    MARKER_V1,
    MARKER_V2,
    SHORTEST_RECORD_BYTES,
    SIGNATURE_BYTES,
    STAMP_BYTES,
    Headers,
    checksum_holds,
    is_known,
    read_headers,
)
from droneops.telemetry.links import Links, chain_links

# MAVLink dates from 2009 and nobody flies in 2100; a random stamp falls between them once in 5,800 times.
EARLIEST_US = 946_684_800_000_000
LATEST_US = 4_102_444_800_000_000
# A frame found by searching is of the same flight as the frame before it: within a day.
NEAR_US = 86_400_000_000

_RECORD_OVERHEAD_V1 = STAMP_BYTES + HEADER_BYTES_V1 + CHECKSUM_BYTES
_RECORD_OVERHEAD_V2 = STAMP_BYTES + HEADER_BYTES_V2 + CHECKSUM_BYTES


@dataclass(frozen=True, slots=True)
class Walked:
    """``headers`` of the frames believed, ``known`` (n,) whether the checksum of each was checked.

    ``reached`` (n,): known, and on the chain, so that a walk from there on finds what this walk found.
    ``damaged`` (m,), ascending: starts of frames with whole framing whose checksum is wrong.
    """

    headers: Headers
    known: npt.NDArray[np.bool_]
    reached: npt.NDArray[np.bool_]
    damaged: Int64Array


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for single frames in ``data``, by their checksum."""

    data: bytes
    dialect: Dialect

    def find(self, begin: int, end: int, last_stamp_us: int | None) -> tuple[int, int] | None:
        """Start and end of the first believable record in ``data[begin:end]``, or None."""
        for marker in _markers(self.data, begin + STAMP_BYTES, end):
            record = self._record(marker - STAMP_BYTES, end, last_stamp_us)
            if record is not None:
                return record
        return None

    def _record(self, start: int, limit: int, last_stamp_us: int | None) -> tuple[int, int] | None:
        stamp_us = int.from_bytes(self.data[start : start + STAMP_BYTES], "big")
        near = last_stamp_us is not None and abs(stamp_us - last_stamp_us) <= NEAR_US
        if not near and not EARLIEST_US <= stamp_us < LATEST_US:
            return None
        end = self._checked_end(start, limit)
        if end is None or near or last_stamp_us is None:
            return None if end is None else (start, end)
        # Far in time from what came before: believed when a frame of its own time follows.
        return (start, end) if self._is_followed(end, stamp_us) else None

    def _is_followed(self, start: int, stamp_us: int) -> bool:
        following_us = int.from_bytes(self.data[start : start + STAMP_BYTES], "big")
        return abs(following_us - stamp_us) <= NEAR_US and (
            self._checked_end(start, len(self.data)) is not None
        )

    def _checked_end(self, start: int, limit: int) -> int | None:
        """The end of the record at ``start`` if it lies before ``limit``, is known and its checksum holds."""
        end = record_end(self.data, start)
        if end is None or end > limit:
            return None
        message = self._message(start)
        if message is None:
            return None
        frame = self.data[start + STAMP_BYTES : end]
        checksum = frame[1] + (HEADER_BYTES_V2 if frame[0] == MARKER_V2 else HEADER_BYTES_V1)
        computed = crc_of(frame[1:checksum] + bytes([message.crc_extra]))
        stored = int.from_bytes(frame[checksum : checksum + CHECKSUM_BYTES], "little")
        return end if computed == stored else None

    def knows(self, start: int) -> bool:
        """Whether the message of the record at ``start`` is one of the dialect."""
        return self._message(start) is not None

    def _message(self, start: int) -> MessageType | None:
        head = self.data[start + STAMP_BYTES : start + STAMP_BYTES + HEADER_BYTES_V2]
        is_v2 = head[0] == MARKER_V2
        return self.dialect.by_id.get(int.from_bytes(head[7:10], "little") if is_v2 else head[5])


def walk(data: bytes, dialect: Dialect) -> Walked:
    """The frames of a .tlog's bytes. Raises nothing: bytes that hold no frame give none."""
    view = np.frombuffer(data, dtype=np.uint8)
    search = _Search(data, dialect)
    candidates = read_headers(view, _hop(data, search, chain_links(view)))
    known = is_known(candidates, dialect)
    good = known.copy()
    good[known] = checksum_holds(view, candidates if known.all() else candidates.take(known), dialect)
    if good.all():
        return Walked(candidates, known, known, damaged=np.empty(0, dtype=np.int64))
    starts, damaged = _settle(candidates, known, good, search)
    headers = read_headers(view, starts)
    reached = np.isin(starts, candidates.record_start[good])
    return Walked(headers, is_known(headers, dialect), reached, damaged)


def record_end(data: bytes, start: int) -> int | None:
    """Where the record at ``start`` ends by its header; None if it has no marker or does not fit.

    Incompatibility flags other than "signed" change the layout in ways nobody has defined: not a frame.
    """
    if start + SHORTEST_RECORD_BYTES > len(data):
        return None
    marker = data[start + STAMP_BYTES]
    if marker == MARKER_V1:
        end = start + _RECORD_OVERHEAD_V1 + data[start + 9]
    elif marker == MARKER_V2 and data[start + 10] <= FLAG_SIGNED:
        end = start + _RECORD_OVERHEAD_V2 + data[start + 9] + data[start + 10] * SIGNATURE_BYTES
    else:
        return None
    return end if end <= len(data) else None


def _hop(data: bytes, search: _Search, links: Links) -> Int64Array:
    """Starts of records by their lengths alone; where the chain breaks, of the next checked frame."""
    runs: list[Int64Array] = []
    position = 0
    while position + SHORTEST_RECORD_BYTES <= len(data):
        position = _hop_chain(data, position, links, runs)
        last_stamp_us = _stamp_us(data, int(runs[-1][-1])) if runs else None
        record = search.find(position, len(data), last_stamp_us)
        if record is None:
            break
        position = record[0]
    return np.concatenate(runs) if runs else np.empty(0, dtype=np.int64)


def _hop_chain(data: bytes, position: int, links: Links, runs: list[Int64Array]) -> int:
    """Follow the chain from ``position``, adding to ``runs``; returns where it breaks."""
    while True:
        run = links.run_from(position)
        if run is not None:
            starts, position = run
        else:
            end = record_end(data, position)
            if end is None:
                return position
            starts, position = np.array([position], dtype=np.int64), end
        runs.append(starts)


def _settle(
    candidates: Headers, known: npt.NDArray[np.bool_], good: npt.NDArray[np.bool_], search: _Search
) -> tuple[Int64Array, Int64Array]:
    """Starts of the frames to believe, and of the frames with a wrong checksum."""
    found: list[int] = []
    damaged: list[int] = []
    for first, last in _runs(~good):
        starts, bad = _settle_run(candidates, known, first, last, search)
        found += starts
        damaged += bad
    believed = np.concatenate([candidates.record_start[good], np.array(found, dtype=np.int64)])
    return np.sort(believed), np.array(damaged, dtype=np.int64)


def _settle_run(
    candidates: Headers, known: npt.NDArray[np.bool_], first: int, last: int, search: _Search
) -> tuple[list[int], list[int]]:
    """The same for the candidates ``first`` to ``last``, none of which has a checksum that holds."""
    begin = int(candidates.record_start[first])
    end = int(candidates.record_start[last + 1]) if last + 1 < len(candidates) else len(search.data)
    last_stamp_us = int(candidates.stamp_us[first - 1]) if first else None
    checked = list(_recover(search, begin, end, last_stamp_us))
    recovered = checked + [span for gap in _gaps_behind(checked, end) for span in _unknown_in(search, *gap)]
    spans = [
        (start, stop, bool(is_known_message))
        for start, stop, is_known_message in zip(
            candidates.record_start[first : last + 1].tolist(),
            candidates.record_end[first : last + 1].tolist(),
            known[first : last + 1].tolist(),
            strict=True,
        )
        if not any(start < recovered_end and stop > at for at, recovered_end in recovered)
    ]
    begins = {start for start, _ in recovered} | {start for start, _, _ in spans} | {end}
    unknown = [start for start, stop, is_known_message in spans if not is_known_message and stop in begins]
    damaged = [start for start, _, is_known_message in spans if is_known_message]
    return [start for start, _ in recovered] + unknown, damaged


def _recover(search: _Search, begin: int, end: int, last_stamp_us: int | None) -> Iterator[tuple[int, int]]:
    """Records with a checksum that holds in a stretch the walk could not make sense of."""
    while (record := search.find(begin, end, last_stamp_us)) is not None:
        yield record
        last_stamp_us = _stamp_us(search.data, record[0])
        begin = record[1]


def _gaps_behind(records: list[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    """What lies between each record and the next one, or ``end``."""
    starts = [start for start, _ in records[1:]] + [end]
    return zip((past for _, past in records), starts[: len(records)], strict=True)


def _unknown_in(search: _Search, begin: int, end: int) -> list[tuple[int, int]]:
    """Records of unknown messages that fill ``data[begin:end]``; none if anything else is in it."""
    spans: list[tuple[int, int]] = []
    while begin < end:
        past = record_end(search.data, begin)
        if past is None or past > end or search.knows(begin):
            return []
        spans.append((begin, past))
        begin = past
    return spans


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(past) - 1) for first, past in edges.reshape(-1, 2)]


def _markers(data: bytes, begin: int, end: int) -> Iterator[int]:
    """Positions of marker bytes in ``data[begin:end]``, ascending."""
    next_v1 = data.find(MARKER_V1, begin, end)
    next_v2 = data.find(MARKER_V2, begin, end)
    while next_v1 >= 0 or next_v2 >= 0:
        if next_v2 < 0 or 0 <= next_v1 < next_v2:
            yield next_v1
            next_v1 = data.find(MARKER_V1, next_v1 + 1, end)
        else:
            yield next_v2
            next_v2 = data.find(MARKER_V2, next_v2 + 1, end)


def _stamp_us(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + STAMP_BYTES], "big")
