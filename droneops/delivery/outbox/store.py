"""The durable outbox: an alert is on disk before anything sends it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from droneops.delivery.outbox import due as due_rows
from droneops.delivery.outbox import journal_table, looking, receipts, states, storing
from droneops.delivery.outbox import refusals as refused
from droneops.delivery.outbox.database import Database, damage_named, open_database
from droneops.delivery.outbox.types import (
    Delivery,
    NewAlert,
    OutboxDepth,
    Owed,
    PersonsAnswer,
    ReceiptOutcome,
    ReceiptVerdict,
)
from droneops.delivery.outbox.writer import Writer
from droneops.errors import OutputError, UsageError

if TYPE_CHECKING:
    from droneops.delivery.receipt import Receipt

Result = TypeVar("Result")

KEEP_FREE_BYTES = 16 * 1024 * 1024
"""New alerts leave this to the receipts and the journal of those stored (some ten thousand of them), and to
copying the log back, which needs at most the log's own size."""

KEEP_FREE_PART = 4
"""... but never more than this part of a small disk."""

FILE_NAME = "outbox.sqlite"
NO_NOTES: Mapping[str, bytes | None] = MappingProxyType({})


class Outbox:
    """What is owed to whom. Safe for threads, and for several processes with the same file open.

    Every method that changes something returns once that is durable (fdatasync done), and raises OutputError
    where it cannot be made so; then nothing of that call was stored.
    """

    def __init__(self, database: Database, now_us: Callable[[], int], keep_free_bytes: int) -> None:
        self._database = database
        self._now_us = now_us
        self._keep_free_bytes = keep_free_bytes
        self._reading = threading.Lock()
        self._news = threading.Condition()
        self._has_news = False
        self._refusals = refused.Refusals()
        self._counting = threading.Lock()
        self._closed = False
        self._writer = Writer(database)
        self._seen_version = self._writer.version_of_others()

    @classmethod
    def open(cls, path: Path, now_us: Callable[[], int], *, keep_free_bytes: int = KEEP_FREE_BYTES) -> Self:
        """The outbox in a file, made (mode 0600) if there is none. ``now_us`` is the clock, UTC.

        Raises:
            OutputError: the file cannot be made or written, is no outbox, is damaged, or of another version.
        """
        return cls(open_database(path), now_us, keep_free_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(
        self, alerts: Sequence[NewAlert], *, notes: Mapping[str, bytes | None] = NO_NOTES
    ) -> tuple[bool, ...]:
        """Store alerts and notes in one transaction; for each alert whether it was new.

        A note that is None takes away what was stored under its key.

        Raises:
            OutboxConflict: an alert is stored with other bytes; nothing of this call was stored.
            OutputError: the disk is full.
            ValueError: an alert that no receiver could take.
        """
        for alert in alerts:
            storing.check(alert)
        self._refuse_when_full()
        now_us = self._now_us()

        def job(db: sqlite3.Connection) -> tuple[bool, ...]:
            storing.note(db, notes)
            return tuple(storing.put(db, alert, now_us) for alert in alerts)

        new = self._writer.do(job)
        if alerts:
            self._tell()
        return new

    def note(self, key: str) -> bytes | None:
        """What was stored under this key with an alert."""
        row = self._read(lambda db: db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone())
        return None if row is None else bytes(row[0])

    def due(
        self,
        now_us: int,
        limit: int,
        shut: Collection[str] = (),
        shut_to_pictures: Collection[str] = (),
    ) -> tuple[Owed, ...]:
        """What may be sent now, at most one message of each (incident, agency); see `due.due`."""
        return self._read(lambda db: due_rows.due(db, now_us, limit, shut, shut_to_pictures))

    def sent(self, keys: Sequence[int], now_us: int) -> None:
        """The broker has these (PUBACK)."""
        self._writer.do(lambda db: states.sent(db, keys, now_us))

    def receipt(self, receipt: Receipt, now_us: int, incident_id: str | None = None) -> ReceiptVerdict:
        """Apply an agency's word, once; it covers what the agency was sent of the incident before.

        ``incident_id`` is that of the topic it came by: a receipt for another incident's alert is refused.
        ``acknowledged`` and ``dismissed`` are never undone by ``received``.
        """
        verdict = self._read(lambda db: receipts.judge(db, receipt, incident_id))
        if verdict is None:
            verdict = self._writer.do(lambda db: receipts.apply(db, receipt, now_us))
        if verdict.outcome is ReceiptOutcome.REFUSED:
            self.refuse(receipt.agency, verdict.reason, receipts.digest(receipt), now_us)
        return verdict

    def refuse(self, agency: str, reason: str, raw_sha256: str, now_us: int) -> None:
        """Record that something was refused. The first, second, fourth, eighth ... of an agency for a reason
        is written at once, the others are counted and written with the next or at closing."""
        with self._counting:
            kind = self._refusals.add(agency, reason, raw_sha256, now_us)
        if kind is not None:
            self._write_refusals([kind])

    def open_deliveries(self, limit: int | None = None) -> tuple[Delivery, ...]:
        """What is neither acknowledged, dismissed nor expired, in the order it was stored."""
        return self._read(lambda db: looking.open_deliveries(db, limit))

    def plan_repeat(self, alert_id: str, agency: str, at_us: int) -> bool:
        """Send it again at ``at_us``; False where it waits anyway, or is settled."""
        return self._with_delivery(alert_id, agency, lambda db, key: states.plan_repeat(db, key, at_us))

    def hand_on(self, incident_id: str, from_agency: str, to_agency: str, now_us: int) -> int:
        """Owe the incident, from sequence 1, to the next agency; how many alerts it did not have."""
        owed = self._writer.do(lambda db: states.hand_on(db, incident_id, from_agency, to_agency, now_us))
        self._tell()
        return owed

    def expire(self, alert_id: str, agency: str, now_us: int, why: str) -> bool:
        """Give a delivery up, with a record; False where it is settled already."""
        return self._with_delivery(alert_id, agency, lambda db, key: states.expire(db, key, now_us, why))

    def resend(self, alert_id: str | None = None) -> int:
        """Send one alert again to everybody it went to, or all that nobody acknowledged; how many did not
        wait already.

        Raises:
            UsageError: there is no such alert.
        """
        now_us = self._now_us()
        asked = self._writer.do(lambda db: states.resend(db, _to_resend(db, alert_id), now_us))
        self._tell()
        return asked

    def journal_head(self) -> tuple[int, str]:
        """Number and sha256 of the journal's last entry."""
        return self._read(journal_table.head)

    def append_journal(
        self,
        kind: str,
        body: Mapping[str, Any],
        now_us: int,
        *,
        notes: Mapping[str, bytes | None] = NO_NOTES,
    ) -> tuple[int, str]:
        """Add an entry, and store notes with it as `put` does; the new head.

        Raises:
            ValueError: a kind or body that the journal does not take.
        """

        def job(db: sqlite3.Connection) -> tuple[int, str]:
            storing.note(db, notes)
            return journal_table.append(db, now_us, kind, body)

        return self._writer.do(job)

    def journal(self) -> Iterator[bytes]:
        """All entries, a line each, in order."""
        n = 0
        while found := self._read(lambda db: list(journal_table.lines(db, n, looking.PAGE))):  # noqa: B023 - called at once
            yield from (line for _, line in found)
            n = found[-1][0]

    def alerts(self) -> Iterator[looking.StoredAlert]:
        """All alerts with what became of them, in the order they were stored."""
        n = 0
        while found := self._read(lambda db: looking.page(db, n)):  # noqa: B023 - called at once
            yield from found
            n = found[-1].n

    def agencies_of(self, incident_id: str) -> tuple[str, ...]:
        """Who was told of an incident, or is to be, sorted."""
        return self._read(lambda db: looking.agencies_of(db, incident_id))

    def messages_of(self, incident_id: str) -> tuple[looking.StoredMessage, ...]:
        """All alerts of an incident, in the order of their sequence."""
        return self._read(lambda db: looking.messages_of(db, incident_id))

    def answers(self, after: int) -> tuple[PersonsAnswer, ...]:
        """What people of agencies said since the ``after``-th receipt, for the book of incidents."""
        return self._read(lambda db: looking.answers(db, after))

    def picture(self, sha256: str) -> bytes | None:
        """The JPEG with this digest that went with an alert; None where there is none."""
        return self._read(lambda db: looking.picture(db, sha256))

    def refusals(self) -> list[dict[str, Any]]:
        """What was refused: agency, reason, count, first_us, last_us, last_sha256."""
        return self._read(lambda db: list(looking.refusals(db)))

    def gravest(self, incident_id: str) -> str | None:
        """The gravest severity of the incident's alerts, None where there are none."""
        return self._read(lambda db: looking.gravest(db, incident_id))

    def depth(self) -> OutboxDepth:
        """How much it holds, and how much of it waits."""
        return self._read(lambda db: looking.depth(db, self._database.bytes))

    def changed(self) -> bool:
        """Whether another process or `Outbox` has changed the file since this was asked last."""
        with damage_named(self._database.path):
            version = self._writer.version_of_others()
        changed, self._seen_version = version != self._seen_version, version
        return changed

    def wait(self, timeout_s: float) -> bool:
        """Wait until this `Outbox` has something new to send, at most so long; whether it has."""
        with self._news:
            has_news = self._news.wait_for(lambda: self._has_news, timeout_s)
            self._has_news = False
            return has_news

    def close(self) -> None:
        """Finish what was asked for and close the file. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            with self._counting:
                kinds = self._refusals.unwritten()
            self._write_refusals(kinds)
        finally:
            self._writer.close()
            with self._reading, damage_named(self._database.path):
                self._database.close()

    def _read(self, look: Callable[[sqlite3.Connection], Result]) -> Result:
        """Have a look, all of it at one moment."""
        with self._reading, damage_named(self._database.path):
            if self._closed:
                raise OutputError("is closed", where=str(self._database.path))
            reader = self._database.reader
            reader.execute("BEGIN")
            try:
                return look(reader)
            finally:
                reader.execute("COMMIT")

    def _with_delivery(
        self, alert_id: str, agency: str, job: Callable[[sqlite3.Connection, int], bool]
    ) -> bool:
        def with_key(db: sqlite3.Connection) -> bool:
            key = states.key_of(db, alert_id, agency)
            return key is not None and job(db, key)

        return self._writer.do(with_key)

    def _write_refusals(self, kinds: Sequence[tuple[str, str]]) -> None:
        with self._counting:
            more = [(kind, self._refusals.take(kind)) for kind in kinds]

        def job(db: sqlite3.Connection) -> None:
            for kind, count in more:
                refused.write(db, kind, count)

        if more:
            self._writer.do(job)

    def _refuse_when_full(self) -> None:
        folder = self._database.path.parent
        disk = shutil.disk_usage(folder)
        if disk.free < min(self._keep_free_bytes, disk.total // KEEP_FREE_PART):
            raise OutputError(
                f"No space left on device: {disk.free // 1024} KiB are free",
                where=os.fspath(self._database.path),
                mend="nothing stored is lost; make room",
            )

    def _tell(self) -> None:
        with self._news:
            self._has_news = True
            self._news.notify_all()


def _to_resend(db: sqlite3.Connection, alert_id: str | None) -> list[int]:
    if alert_id is None:
        rows = db.execute("SELECT key FROM delivery INDEXED BY delivery_age WHERE open = 1 ORDER BY key")
        return [key for (key,) in rows]
    found = db.execute("SELECT n FROM alert WHERE id = ?", (alert_id,)).fetchone()
    if found is None:
        raise UsageError(f"there is no alert {alert_id!r}", mend="droneops outbox list shows the ids")
    return [key for (key,) in db.execute("SELECT key FROM delivery WHERE alert_n = ? ORDER BY key", found)]
