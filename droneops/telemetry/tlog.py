"""Reads .tlog files: MAVLink 1 and 2 frames, each behind 8 bytes of UTC microseconds.

Format: https://mavlink.io/en/guide/ and the recorders themselves (Mission Planner, QGroundControl, MAVProxy).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from droneops.errors import InputError
from droneops.telemetry.columns import Columns, read_columns
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dialect import Dialect, load_dialect
from droneops.telemetry.headers import Headers, read_only
from droneops.telemetry.walk import Walked, walk

# A stamp between two neighbours that agree within a minute, and itself a minute off both, is damage.
_STAMP_AGREEMENT_US = 60_000_000

_MEND = "give a .tlog as a ground station records it"


@dataclass(frozen=True, slots=True)
class Damage:
    """What of a log could not be read.

    ``bytes`` is all that belongs to no frame believed, ``frames`` the frames whose framing is whole and
    whose checksum is wrong (their bytes are among ``bytes``), ``stamps`` the records whose frame is good
    and whose time was not; these took the time of a neighbour.
    """

    bytes: int
    frames: int
    stamps: int


@dataclass(frozen=True, slots=True, eq=False)
class Tlog:
    """A log that has been walked and checked, its payloads not yet decoded.

    ``messages`` counts the frames of each type over all senders (``UNKNOWN_<id>`` for messages outside the
    dialect), ``sources`` the frames of each (system id, component id). Holds the file in memory, and about
    60 bytes a frame beside it.
    """

    where: str
    data: bytes
    headers: Headers
    dialect: Dialect
    messages: dict[str, int]
    sources: dict[tuple[int, int], int]
    signed_frames: int
    unknown_frames: int
    damage: Damage

    @property
    def first_us(self) -> int:
        """The stamp of the first record, UTC microseconds."""
        return int(self.headers.stamp_us[0])

    @property
    def last_us(self) -> int:
        """The stamp of the last record. A recorder's clock can be set back: it may lie before the first."""
        return int(self.headers.stamp_us[-1])

    def table(self, name: str) -> Columns:
        """All messages of one type, decoded now; maybe no rows. KeyError for an unknown name."""
        rows = self._headers_of(name)
        return read_columns(np.frombuffer(self.data, dtype=np.uint8), rows, self.dialect.by_name[name])

    def senders(self, name: str) -> dict[tuple[int, int], int]:
        """How many messages of one type each (system id, component id) sent. KeyError for an unknown name."""
        return count_sources(self._headers_of(name))

    def only(self, rows: npt.NDArray[np.bool_]) -> Tlog:
        """The log with the frames alone that a mask (n,) names; its damage stays."""
        kept = self.headers.take(np.flatnonzero(rows))
        return replace(
            self,
            headers=kept,
            messages=count_messages(kept, self.dialect),
            sources=count_sources(kept),
            signed_frames=int(kept.signed.sum()),
            unknown_frames=int((self.dialect.rows_of(kept.message_id) < 0).sum()),
        )

    def _headers_of(self, name: str) -> Headers:
        return self.headers.take(np.flatnonzero(self.headers.message_id == self.dialect.by_name[name].id))


def read_tlog(path: Path | str) -> Tlog:
    """The log at ``path``. Raises InputError if it cannot be opened or no frame in it can be read."""
    return parse_tlog(read_bytes(path), where=str(path))


def read_bytes(path: Path | str, mend: str = _MEND) -> bytes:
    """All of the plain file at ``path``. Raises InputError, with ``mend``, if it cannot be read."""
    with open_log(path, mend) as file:
        return read_part(file, -1, mend)


def open_log(path: Path | str, mend: str = _MEND) -> BinaryIO:
    """The plain file at ``path``, open. Raises InputError if it is none or cannot be opened."""
    if Path(path).exists() and not Path(path).is_file():
        raise InputError("is not a plain file", where=str(path), mend=mend)
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise _unreadable(str(path), error, mend) from error


def read_part(file: BinaryIO, size: int, mend: str = _MEND) -> bytes:
    """The next ``size`` bytes, fewer at the end; -1: all. Raises InputError if the disk fails."""
    try:
        return file.read(size)
    except OSError as error:
        raise _unreadable(file.name, error, mend) from error


def _unreadable(where: str, error: OSError, mend: str) -> InputError:
    reason = error.strerror or type(error).__name__
    return InputError(f"cannot be read: {reason}", where=where, mend=mend)


def parse_tlog(data: bytes, *, where: str = "log") -> Tlog:
    """The same from bytes; ``where`` names them in errors. Raises InputError if no frame can be read."""
    dialect = load_dialect()
    walked = walk(data, dialect)
    if not walked.known.any():
        raise nothing_readable(where, is_empty=not data)
    return make_tlog(data, where, dialect, walked)


def nothing_readable(where: str, *, is_empty: bool) -> InputError:
    """The error of a log without a single frame."""
    what = "is empty" if is_empty else "holds no readable MAVLink frame"
    return InputError(what, where=where, mend=_MEND)


def make_tlog(
    data: bytes, where: str, dialect: Dialect, walked: Walked, span: tuple[int, int] | None = None
) -> Tlog:
    """The log of the frames walked; of those alone that begin in ``data[span]``, if one is given.

    Stamps are judged by all frames walked, so that frames beside the span are not missed.
    """
    begin, end = span or (0, len(data))
    stamp_us, bad = _mended_stamps(walked.headers.stamp_us)
    starts = walked.headers.record_start
    rows = slice(*np.searchsorted(starts, (begin, end)).tolist())
    headers = replace(walked.headers, stamp_us=stamp_us).take(rows)
    damaged = np.searchsorted(walked.damaged, (begin, end))
    return Tlog(
        where=where,
        data=data,
        headers=headers,
        dialect=dialect,
        messages=count_messages(headers, dialect),
        sources=count_sources(headers),
        signed_frames=int(headers.signed.sum()),
        unknown_frames=int((~walked.known[rows]).sum()),
        damage=Damage(
            bytes=end - begin - int((headers.record_end - headers.record_start).sum()),
            frames=int(damaged[1] - damaged[0]),
            stamps=int(bad[rows].sum()),
        ),
    )


def _mended_stamps(stamp_us: Int64Array) -> tuple[Int64Array, npt.NDArray[np.bool_]]:
    """Single stamps far from both neighbours, which agree, get the time of one; and (n,) which did."""
    if len(stamp_us) < 3 or not _apart(stamp_us[1:], stamp_us[:-1]).any():
        return stamp_us, np.zeros(len(stamp_us), dtype=np.bool_)
    before, after = _neighbours(stamp_us)
    bad = _apart(stamp_us, before) & _apart(stamp_us, after) & ~_apart(before, after)
    return read_only(np.where(bad, before, stamp_us)), bad


def _neighbours(stamp_us: Int64Array) -> tuple[Int64Array, Int64Array]:
    """For each stamp two others to judge it by: those beside it, at the ends the next two inwards."""
    before = np.concatenate([stamp_us[1:2], stamp_us[:-1]])
    after = np.concatenate([stamp_us[1:], stamp_us[-3:-2]])
    after[0] = stamp_us[2]
    return before, after


def _apart(a_us: Int64Array, b_us: Int64Array) -> npt.NDArray[np.bool_]:
    # In floating point: the difference of two damaged stamps can leave the range of int64.
    return np.abs(a_us.astype(np.float64) - b_us.astype(np.float64)) > _STAMP_AGREEMENT_US


def count_messages(headers: Headers, dialect: Dialect) -> dict[str, int]:
    """Frames of each type by name, in order of name; ``UNKNOWN_<id>`` outside the dialect."""
    rows = dialect.rows_of(headers.message_id)
    known = np.bincount(rows[rows >= 0], minlength=len(dialect.names)).tolist()
    named = {name: count for name, count in zip(dialect.names, known, strict=True) if count}
    ids, counts = np.unique(headers.message_id[rows < 0], return_counts=True)
    unknown = {f"UNKNOWN_{i}": count for i, count in zip(ids.tolist(), counts.tolist(), strict=True)}
    return dict(sorted((named | unknown).items()))


def count_sources(headers: Headers) -> dict[tuple[int, int], int]:
    """Frames of each (system id, component id), in order."""
    keys = headers.system_id.astype(np.int64) << 8 | headers.component_id
    counts = np.bincount(keys)
    return {(key >> 8, key & 0xFF): int(counts[key]) for key in np.flatnonzero(counts).tolist()}
