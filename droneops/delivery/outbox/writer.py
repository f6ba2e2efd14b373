"""Group commit: what several callers want to change becomes one transaction and one fdatasync."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from droneops.delivery.outbox.database import BUSY_MS, LOG_BYTES, Database, told
from droneops.errors import OutputError

Result = TypeVar("Result")
Job = Callable[[sqlite3.Connection], Result]

GROUP = 256
"""Jobs in one transaction: beyond this the fdatasync is a small part of the cost, and callers only wait."""

LOG_PART = 32
"""On a small disk the log may be this part of it, so that it does not keep out what it is a copy of."""


@dataclass(slots=True)
class _Waiting:
    job: Job[Any]
    done: Future[Any]


class Writer:
    """A thread that owns all changes of the file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._queue: list[_Waiting] = []
        self._closed = False
        self._log_bytes = min(LOG_BYTES, shutil.disk_usage(database.path.parent).total // LOG_PART)
        self._copy_back_at = self._log_bytes
        self._using = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="outbox-writer", daemon=True)
        self._thread.start()

    def do(self, job: Job[Result]) -> Result:
        """Have the job done, all of it or nothing, and return once it is durable.

        Raises:
            OutputError: it could not be made durable; and whatever the job raises.
        """
        waiting = _Waiting(job, Future())
        with self._changed:
            if self._closed:
                raise OutputError("is closed", where=str(self._database.path))
            self._queue.append(waiting)
            self._changed.notify()
        result: Result = waiting.done.result()
        return result

    def close(self) -> None:
        """Do what is queued, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def version_of_others(self) -> int:
        """A number that differs once another connection has changed the file; our own changes leave it."""
        with self._using:
            return int(self._database.writer.execute("PRAGMA data_version").fetchone()[0])

    def _run(self) -> None:
        while group := self._next_group():
            self._do_group(group, is_second=False)
            if self._database.log_bytes >= self._copy_back_at:
                self._copy_back()

    def _next_group(self) -> list[_Waiting]:
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            group, self._queue = self._queue[:GROUP], self._queue[GROUP:]
            return group

    def _do_group(self, group: list[_Waiting], *, is_second: bool) -> None:
        """One transaction for all; where that fails, one for each, so that nobody pays for another's.

        On a full disk the log is copied back before the second attempt, which may make room.
        """
        try:
            answers = self._transaction(group)
        except OutputError as error:
            answers = [error] * len(group)
        except sqlite3.Error as error:
            is_full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
            if is_full and not is_second:
                self._copy_back()
            if not is_second and (is_full or len(group) > 1):
                for waiting in group:
                    self._do_group([waiting], is_second=True)
                return
            answers = [told(error, self._database.path)] * len(group)
        except BaseException as error:  # noqa: BLE001 - a caller must hear of it, and the thread must live on
            answers = [error] * len(group)
        for waiting, answer in zip(group, answers, strict=True):
            if isinstance(answer, BaseException):
                waiting.done.set_exception(answer)
            else:
                waiting.done.set_result(answer)

    def _transaction(self, group: list[_Waiting]) -> list[Any]:
        db = self._database.writer
        with self._database.turn.held(), self._using:
            db.execute("BEGIN IMMEDIATE")
            try:
                answers = [_answer(db, waiting.job) for waiting in group]
                db.execute("COMMIT")
            except BaseException:
                _roll_back(db)
                raise
        return answers

    def _copy_back(self) -> None:
        """Copy the log back into the file and empty it.

        A reader of another program can hold that up, and a full disk prevent it; then the log grows by as
        much again before the next attempt, and nothing is lost.
        """
        db = self._database.writer
        with suppress(OutputError, sqlite3.Error), self._database.turn.held(), self._using:
            db.execute("PRAGMA busy_timeout = 0")
            try:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        self._copy_back_at = self._database.log_bytes + self._log_bytes


def _answer(db: sqlite3.Connection, job: Job[Any]) -> Any:
    """What the job returns, or what it raises; then its changes are undone, and only those."""
    db.execute("SAVEPOINT job")
    try:
        answer = job(db)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - it goes to the caller whose job this is
        db.execute("ROLLBACK TO job")
        answer = error
    db.execute("RELEASE job")
    return answer


def _roll_back(db: sqlite3.Connection) -> None:
    """A full disk may have made SQLite roll back by itself."""
    if db.in_transaction:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
