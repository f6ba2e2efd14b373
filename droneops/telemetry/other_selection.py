"""Which messages of a log of another kind than .tlog are wanted."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from droneops.errors import UsageError
from droneops.telemetry.message_tables import MessageTable, OtherLog


def selected(
    log: OtherLog, *, types: str | None = None, from_us: int | None = None, to_us: int | None = None
) -> OtherLog:
    """The log with the wanted messages alone: of names in ``A,B`` (also ``topic:1`` for one instance).

    ``from_us`` (included) and ``to_us`` (not included) are UTC microseconds; with one of them, messages
    without a UTC are left out.

    Raises:
        UsageError: a name that the log does not define, or a time asked of a log that does not tell UTC.
    """
    if log.timeless is not None and (from_us is not None or to_us is not None):
        what = f"--from and --to need UTC: {log.timeless}"
        raise UsageError(what, where=log.where, mend="leave them out")
    tables = log.tables if types is None else _named(log, types)
    return replace(log, tables=tuple(_between(table, from_us, to_us) for table in tables))


def _named(log: OtherLog, types: str) -> tuple[MessageTable, ...]:
    wanted = [name.strip().casefold() for name in types.split(",") if name.strip()]
    if not wanted:
        raise UsageError("--types names no message", mend=f"give names such as {log.defined[0]}")
    known = {name.casefold(): name for name in log.defined}
    known |= {_instance(table).casefold(): _instance(table) for table in log.tables}
    for name in wanted:
        if name not in known:
            nearest = get_close_matches(name, known, n=1, cutoff=0.0)
            what = f"--types {name!r}: the log has no such message"
            raise UsageError(what, where=log.where, mend=f"the nearest is {known[nearest[0]]}")
    return tuple(t for t in log.tables if {t.name.casefold(), _instance(t).casefold()} & set(wanted))


def _instance(table: MessageTable) -> str:
    return table.name if table.instance is None else f"{table.name}:{table.instance}"


def _between(table: MessageTable, from_us: int | None, to_us: int | None) -> MessageTable:
    if from_us is None and to_us is None:
        return table
    # NO_TIME lies before every time.
    kept = table.time_us >= (np.iinfo(np.int64).min + 1 if from_us is None else from_us)
    return table.take(kept if to_us is None else kept & (table.time_us < to_us))
