"""The signatures of a log held against a key, and the log of what can be believed.

Judged as on a live link, in the order of the file and without a clock: replayed is what was recorded twice
or out of order. Source: https://mavlink.io/en/guide/message_signing.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.errors import InputError
from droneops.telemetry.headers import STAMP_BYTES
from droneops.telemetry.signing import ALWAYS_UNSIGNED, SigningKey, Verdict, Verifier
from droneops.telemetry.tlog import Tlog

# The verdicts by the numbers that stand for them in columns.
_VERDICTS = tuple(Verdict)
_NUMBER = {verdict: number for number, verdict in enumerate(_VERDICTS)}


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that is not believed: its record's time, UTC microseconds, its sender, and the verdict.

    ``file_offset`` is where its record begins; None in a log that is read piece by piece.
    """

    stamp_us: int
    file_offset: int | None
    system_id: int
    component_id: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """``counts`` of the frames by verdict for each (system id, component id), in order.

    ``first_refused`` is the first signed frame that is not believed, None if all are.
    """

    counts: Mapping[tuple[int, int], Mapping[Verdict, int]]
    first_refused: Refused | None

    @property
    def totals(self) -> dict[Verdict, int]:
        """Frames by verdict over all senders, every verdict present."""
        return {v: sum(counts.get(v, 0) for counts in self.counts.values()) for v in Verdict}


class SignatureCheck:
    """Judges a log given whole or as consecutive pieces."""

    def __init__(self, key: SigningKey) -> None:
        self._verifier = Verifier(key)
        self._counts: Counter[tuple[int, int, Verdict]] = Counter()
        self._first_refused: Refused | None = None
        self._pieces = 0

    def believed(self, log: Tlog) -> npt.NDArray[np.bool_]:
        """(n,) which frames of the log, or of its next piece, are believed."""
        numbers = self._verdict_numbers(log)
        self._count(log, numbers)
        self._pieces += 1
        return np.isin(numbers, [_NUMBER[verdict] for verdict in Verdict if verdict.is_believed])

    def report(self) -> SignatureReport:
        """What was found so far."""
        senders = sorted({key[:2] for key in self._counts})
        return SignatureReport(
            counts={
                (system, component): {
                    v: n for v in Verdict if (n := self._counts.get((system, component, v), 0))
                }
                for system, component in senders
            },
            first_refused=self._first_refused,
        )

    def _verdict_numbers(self, log: Tlog) -> npt.NDArray[np.int8]:
        """(n,) each frame's verdict; only the signed ones need to be looked at one by one."""
        headers = log.headers
        needs_none = np.isin(headers.message_id, list(ALWAYS_UNSIGNED))
        unsigned = (_NUMBER[Verdict.UNSIGNED_ALLOWED], _NUMBER[Verdict.UNSIGNED])
        numbers = np.where(needs_none, *unsigned).astype(np.int8)
        rows = np.flatnonzero(headers.signed)
        starts, ends = (headers.record_start[rows] + STAMP_BYTES).tolist(), headers.record_end[rows].tolist()
        for row, start, end in zip(rows.tolist(), starts, ends, strict=True):
            verdict = self._verifier.check(log.data[start:end], None)
            numbers[row] = _NUMBER[verdict]
            if self._first_refused is None and not verdict.is_believed:
                self._first_refused = self._refused(log, row, verdict)
        return numbers

    def _refused(self, log: Tlog, row: int, verdict: Verdict) -> Refused:
        headers = log.headers
        return Refused(
            stamp_us=int(headers.stamp_us[row]),
            # The offsets of a later piece count from its own start.
            file_offset=int(headers.record_start[row]) if self._pieces == 0 else None,
            system_id=int(headers.system_id[row]),
            component_id=int(headers.component_id[row]),
            verdict=verdict,
        )

    def _count(self, log: Tlog, numbers: npt.NDArray[np.int8]) -> None:
        headers = log.headers
        keys = headers.system_id.astype(np.int64) << 16 | headers.component_id.astype(np.int64) << 8 | numbers
        for key, count in zip(*np.unique(keys, return_counts=True), strict=True):
            self._counts[int(key) >> 16, int(key) >> 8 & 0xFF, _VERDICTS[int(key) & 0xFF]] += int(count)


def check_signatures(log: Tlog, key: SigningKey) -> SignatureReport:
    """What a key says of the frames of a log."""
    return check_pieces([log], key)


def check_pieces(pieces: Iterable[Tlog], key: SigningKey) -> SignatureReport:
    """The same for a log that is read piece by piece."""
    check = SignatureCheck(key)
    for piece in pieces:
        check.believed(piece)
    return check.report()


def believed_only(log: Tlog, key: SigningKey) -> Tlog:
    """The log with the frames alone that ``key`` lets believe; its damage stays.

    Raises:
        InputError: none has a good signature; what needs none, a radio's report, is no word of a vehicle.
    """
    check = SignatureCheck(key)
    believed = check.believed(log)
    if not check.report().totals[Verdict.GOOD]:
        raise InputError(
            f"no frame is signed with this key ({log.signed_frames} are signed)",
            where=log.where,
            mend="give the key that the vehicle signs with, or none",
        )
    return log.only(believed)
