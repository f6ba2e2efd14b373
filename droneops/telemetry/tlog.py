"""Reads .tlog files: MAVLink 1 and 2 frames, each behind 8 bytes of UTC microseconds.

Format: https://mavlink.io/en/guide/ and the recorders themselves (Mission Planner, QGroundControl, MAVProxy).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

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
        return _count_sources(self._headers_of(name))

    def _headers_of(self, name: str) -> Headers:
        return self.headers.take(self.headers.message_id == self.dialect.by_name[name].id)


def read_tlog(path: Path | str) -> Tlog:
    """The log at ``path``. Raises InputError if it cannot be opened or no frame in it can be read."""
    if Path(path).exists() and not Path(path).is_file():
        raise InputError("is not a plain file", where=str(path), mend=_MEND)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot be read: {reason}", where=str(path), mend=_MEND) from error
    return parse_tlog(data, where=str(path))


def parse_tlog(data: bytes, *, where: str = "log") -> Tlog:
    """The same from bytes; ``where`` names them in errors. Raises InputError if no frame can be read."""
    dialect = load_dialect()
    walked = walk(data, dialect)
    if not walked.known.any():
        what = "is empty" if not data else "holds no readable MAVLink frame"
        raise InputError(what, where=where, mend=_MEND)
    return _tlog(data, where, dialect, walked)


def _tlog(data: bytes, where: str, dialect: Dialect, walked: Walked) -> Tlog:
    headers, mended_stamps = _mend_stamps(walked.headers)
    read_bytes = int((headers.record_end - headers.record_start).sum())
    return Tlog(
        where=where,
        data=data,
        headers=headers,
        dialect=dialect,
        messages=_count_messages(headers, dialect),
        sources=_count_sources(headers),
        signed_frames=int(headers.signed.sum()),
        unknown_frames=int((~walked.known).sum()),
        damage=Damage(bytes=len(data) - read_bytes, frames=walked.damaged_frames, stamps=mended_stamps),
    )


def _mend_stamps(headers: Headers) -> tuple[Headers, int]:
    """Give single stamps far from both of their neighbours, which agree, the time of a neighbour."""
    stamp_us = headers.stamp_us
    if len(stamp_us) < 3:
        return headers, 0
    before, after = _neighbours(stamp_us)
    bad = _apart(stamp_us, before) & _apart(stamp_us, after) & ~_apart(before, after)
    mended = read_only(np.where(bad, before, stamp_us))
    return replace(headers, stamp_us=mended), int(bad.sum())


def _neighbours(stamp_us: Int64Array) -> tuple[Int64Array, Int64Array]:
    """For each stamp two others to judge it by: those beside it, at the ends the next two inwards."""
    before = np.concatenate([stamp_us[1:2], stamp_us[:-1]])
    after = np.concatenate([stamp_us[1:], stamp_us[-3:-2]])
    after[0] = stamp_us[2]
    return before, after


def _apart(a_us: Int64Array, b_us: Int64Array) -> npt.NDArray[np.bool_]:
    # In floating point: the difference of two damaged stamps can leave the range of int64.
    return np.abs(a_us.astype(np.float64) - b_us.astype(np.float64)) > _STAMP_AGREEMENT_US


def _count_messages(headers: Headers, dialect: Dialect) -> dict[str, int]:
    ids, counts = np.unique(headers.message_id, return_counts=True)
    named = {
        dialect.by_id[i].name if i in dialect.by_id else f"UNKNOWN_{i}": n
        for i, n in zip(ids.tolist(), counts.tolist(), strict=True)
    }
    return dict(sorted(named.items()))


def _count_sources(headers: Headers) -> dict[tuple[int, int], int]:
    keys = headers.system_id.astype(np.int64) << 8 | headers.component_id
    pairs, counts = np.unique(keys, return_counts=True)
    return {(key >> 8, key & 0xFF): count for key, count in zip(pairs.tolist(), counts.tolist(), strict=True)}
