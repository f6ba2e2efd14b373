"""Packet loss by sequence numbers: a running count for a link, and the same count over a log's columns.

Every sender numbers its frames modulo 256. Some number per component, some with one counter for a whole
system, so what is counted is (system, component): with a shared counter, the frames of the other
components count as lost.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array, UInt8Array
from droneops.telemetry.headers import Headers
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.recent import Recent

# A number further ahead than half the circle is as likely behind.
_LARGEST_GAP = 128
# Frames overtake each other by a few; a number further behind is a counter that began anew.
_LATEST = 32
# How far behind the newest number it is remembered which ones came; one bit each.
_REMEMBERED = 64
_REMEMBERED_MASK = (1 << _REMEMBERED) - 1
# At 25 frames a second the counter goes round in 10 s, and its number no longer says how many were lost.
_SILENCE_US = 10_000_000

WINDOW_S = 10
_US_IN_S = 1_000_000
# As many as the roster holds: a link has some tens, more are made up.
_MAX_SOURCES = 256

_Source = tuple[int, int, str]
# What one frame adds to the fields of LossCounts.
_Change = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class LossCounts:
    """``received`` frames, duplicates and late ones among them; numbers that never came are ``lost``.

    ``out_of_order``: came after a later one. ``resyncs``: places where the numbers began anew or after a
    silence, across which nothing is known.
    """

    received: int = 0
    lost: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    resyncs: int = 0

    @property
    def lost_ratio(self) -> float | None:
        """Lost of sent, 0 to 1; None if nothing was heard."""
        sent = self.received - self.duplicates + self.lost
        return self.lost / sent if sent > 0 else None


class LossCounter:
    """Counts one source, frame by frame. Feed in order of arrival; memory does not grow."""

    def __init__(self) -> None:
        self._total = [0, 0, 0, 0, 0]
        self._seconds: deque[tuple[int, list[int]]] = deque(maxlen=WINDOW_S)
        self._seq = 0
        self._stamp_us = 0
        self._behind = 0  # how far the frame before this one lay behind the newest
        self._span = 0  # from the oldest number since the last resync to the newest, both included
        self._came = 0  # bit n: the number n behind the newest came

    def count(self, seq: int, stamp_us: int) -> None:
        """Takes in the sequence number of a frame received at ``stamp_us``, UTC microseconds."""
        step = ((seq - self._seq + _LATEST) & 0xFF) - _LATEST
        silent = stamp_us - self._stamp_us > _SILENCE_US
        if self._span == 0 or step > _LARGEST_GAP or silent:
            change = self._begin(is_resync=self._span > 0)
        else:
            change = self._advance(self._behind - step)
        self._seq, self._stamp_us = seq, stamp_us
        self._add(change, stamp_us // _US_IN_S)

    def total(self) -> LossCounts:
        """Since the beginning."""
        return LossCounts(*self._total)

    def window(self, now_us: int) -> LossCounts:
        """Over the last WINDOW_S seconds, whole seconds by ``stamp_us``."""
        begin_s = now_us // _US_IN_S - WINDOW_S
        inside = [counts for second, counts in self._seconds if begin_s < second]
        received, lost, *others = (sum(column) for column in zip([0] * 5, *inside, strict=True))
        # A late frame takes back a loss that may have been counted before the window.
        return LossCounts(received, max(lost, 0), *others)

    def _begin(self, *, is_resync: bool) -> _Change:
        self._behind, self._span, self._came = 0, 1, 1
        return 1, 0, 0, 0, int(is_resync)

    def _advance(self, behind: int) -> _Change:
        self._behind = max(behind, 0)
        if behind < 0:
            self._came = (self._came << -behind | 1) & _REMEMBERED_MASK
            self._span -= behind
            return 1, -behind - 1, 0, 0, 0
        if behind >= _REMEMBERED:
            return 1, 0, 1, 0, 0
        if self._came >> behind & 1:
            return 1, 0, 0, 1, 0
        self._came |= 1 << behind
        beyond = behind + 1 - self._span
        self._span = max(self._span, behind + 1)
        return 1, beyond - 1 if beyond > 0 else -1, 1, 0, 0

    def _add(self, change: _Change, second: int) -> None:
        if not self._seconds or second > self._seconds[-1][0]:
            self._seconds.append((second, [0, 0, 0, 0, 0]))
        for counts in (self._total, self._seconds[-1][1]):
            for index, number in enumerate(change):
                counts[index] += number


class LinkLoss:
    """A LossCounter for each (system_id, component_id, peer) of a link."""

    def __init__(self) -> None:
        self._counters: Recent[_Source, LossCounter] = Recent(_MAX_SOURCES)

    def hear(self, frame: LiveFrame) -> None:
        """Takes in one frame, known or not: both carry the number."""
        source = (frame.system_id, frame.component_id, frame.peer)
        self._counters.get_or_make(source, LossCounter).count(frame.seq, frame.received_us)

    def total(self) -> dict[_Source, LossCounts]:
        """Since the beginning, by source."""
        return {source: counter.total() for source, counter in self._counters.items()}

    def window(self, now_us: int) -> dict[_Source, LossCounts]:
        """Over the last WINDOW_S seconds, by source."""
        return {source: counter.window(now_us) for source, counter in self._counters.items()}


def losses_of(headers: Headers) -> dict[tuple[int, int], LossCounts]:
    """Packet loss over a log, by (system_id, component_id)."""
    source = headers.system_id.astype(np.int64) << 8 | headers.component_id
    order = np.argsort(source, kind="stable")
    edges = np.flatnonzero(np.diff(source[order], prepend=-1))
    return {
        (int(source[rows[0]]) >> 8, int(source[rows[0]]) & 0xFF): count_losses(
            headers.seq[rows], headers.stamp_us[rows]
        )
        for rows in np.split(order, edges[1:])
        if len(rows)
    }


def count_losses(seq: UInt8Array, stamp_us: Int64Array) -> LossCounts:
    """What LossCounter counts for the numbers (n,) of one source at their times (n,), as columns."""
    if len(seq) == 0:
        return LossCounts()
    run, position = _positions(seq, stamp_us)
    newest = np.maximum.accumulate(position)
    newest_before = np.concatenate([position[:1] - 1, newest[:-1]])
    # The first of a run lies ahead of all before it, whatever its number.
    behind = np.where(np.diff(run, prepend=-1) > 0, -1, newest_before - position)
    remembered = behind < _REMEMBERED
    came, first_at = np.unique(position[remembered], return_index=True)
    is_first = np.zeros(len(seq), dtype=np.bool_)
    is_first[np.flatnonzero(remembered)[first_at]] = True
    duplicates = int((remembered & ~is_first).sum())
    return LossCounts(
        received=len(seq),
        lost=_missing(came, came // _RUN),
        out_of_order=int(((behind >= 0) & (is_first | ~remembered)).sum()),
        duplicates=duplicates,
        resyncs=int(run[-1]),
    )


# Positions of one run lie in a stretch of their own, so that a single sort serves all runs.
_RUN = 1 << 36


def _positions(seq: UInt8Array, stamp_us: Int64Array) -> tuple[Int64Array, Int64Array]:
    """(n,) the run between resyncs of each frame, and (n,) its number without the modulo, runs apart."""
    number = seq.astype(np.int64)
    step = ((number[1:] - number[:-1] + _LATEST) & 0xFF) - _LATEST
    begins = (step > _LARGEST_GAP) | (np.diff(stamp_us) > _SILENCE_US)
    run = np.concatenate([[0], np.cumsum(begins)])
    walked = np.concatenate([[0], np.cumsum(np.where(begins, 0, step))])
    at_begin = walked[np.flatnonzero(np.concatenate([[True], begins]))]
    return run, walked - at_begin[run] + run * _RUN + _RUN // 2


def _missing(came: Int64Array, run: npt.NDArray[np.int64]) -> int:
    """Numbers between the first and last of each run that did not come; ``came`` (m,) ascending."""
    same = np.diff(run) == 0
    return int((np.diff(came) - 1)[same].sum())
