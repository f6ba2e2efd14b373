"""Which messages of a log are wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from droneops.errors import UsageError
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.tlog import Tlog, count_messages, count_sources


@dataclass(frozen=True, slots=True)
class Selection:
    """All conditions hold together; None stands for no condition.

    ``types`` are names of messages; ``from_us`` (included) and ``to_us`` (not included) are record stamps in
    UTC microseconds.
    """

    types: tuple[str, ...] | None = None
    system_id: int | None = None
    from_us: int | None = None
    to_us: int | None = None

    def of(self, log: Tlog) -> Tlog:
        """The log with the wanted frames alone. Its damage stays: nobody knows what was lost."""
        if self == Selection():
            return log
        headers = log.headers
        wanted = np.ones(len(headers), dtype=np.bool_)
        if self.types is not None:
            wanted &= np.isin(headers.message_id, [log.dialect.by_name[name].id for name in self.types])
        if self.system_id is not None:
            wanted &= headers.system_id == self.system_id
        if self.from_us is not None:
            wanted &= headers.stamp_us >= self.from_us
        if self.to_us is not None:
            wanted &= headers.stamp_us < self.to_us
        kept = headers.take(np.flatnonzero(wanted))
        return replace(
            log,
            headers=kept,
            messages=count_messages(kept, log.dialect),
            sources=count_sources(kept),
            signed_frames=int(kept.signed.sum()),
            unknown_frames=int((log.dialect.rows_of(kept.message_id) < 0).sum()),
        )


def known_types(names: str) -> tuple[str, ...]:
    """The message names in ``A,B``. Raises UsageError for one that the dialect does not have."""
    by_name = load_dialect().by_name
    wanted = tuple(name.strip().upper() for name in names.split(",") if name.strip())
    for name in wanted:
        if name not in by_name:
            nearest = get_close_matches(name, by_name, n=1, cutoff=0.0)
            raise UsageError(f"--types {name!r} is no MAVLink message", mend=f"the nearest is {nearest[0]}")
    if not wanted:
        raise UsageError("--types names no message", mend="give names such as ATTITUDE,HEARTBEAT")
    return tuple(dict.fromkeys(wanted))
