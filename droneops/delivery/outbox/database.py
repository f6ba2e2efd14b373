"""The outbox's file: made whole, looked at before it is trusted, opened durable."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from droneops.delivery.outbox.schema import APPLICATION_ID, SCRIPT, VERSION
from droneops.delivery.outbox.turn import LockFile, give_to_owner_of
from droneops.errors import OutputError

BUSY_MS = 5000
"""Only a foreign tool (a shell on the file) can be in SQLite's way; ours wait for their turn before."""

ALWAYS_CHECKED_BYTES = 8 * 1024 * 1024
"""Checked in well under 0.1 s, so that a command on a young outbox starts at once."""

CHECK_AT_MOST_S = 5.0
"""After an unclean end a larger file is checked as far as this goes; police wait for the alerts behind it."""

LOG_BYTES = 4 * 1024 * 1024
"""The log is copied back beyond this: tens of milliseconds of work, and little to read at the start."""

_DAMAGED = "move it away with its -wal file and keep both; the next start makes a new one"


@dataclass(slots=True)
class Database:
    """Two connections to one file: ``writer`` changes it in its turn, ``reader`` looks at any time."""

    path: Path
    turn: LockFile
    in_use: LockFile
    writer: sqlite3.Connection
    reader: sqlite3.Connection

    def close(self) -> None:
        """Close both; the last to leave copies the log back, so this needs the turn."""
        self.reader.close()
        with self.turn.held():
            self.writer.close()
        self.in_use.close()
        self.turn.close()

    @property
    def log_bytes(self) -> int:
        """The size of the write-ahead log."""
        return _size(Path(f"{self.path}-wal"))

    @property
    def bytes(self) -> int:
        """File and log."""
        return _size(self.path) + self.log_bytes


def open_database(path: Path) -> Database:
    """Open the file, making it if there is none; another one's file is never touched.

    Raises:
        OutputError: it cannot be made or written, is no outbox, is damaged, or is of a newer version.
    """
    _make_folder(path.parent)
    turn = LockFile(Path(f"{path}.lock"), path.parent)
    in_use: LockFile | None = None
    try:
        with turn.held():
            in_use = LockFile(Path(f"{path}.use"), path.parent)
            alone = in_use.try_to_lock()
            if not path.exists() and not path.is_symlink():
                _make(path)
            _refuse_what_is_not_ours(path)
            with damage_named(path):
                writer = _connect(path)
                try:
                    _check(path, writer, alone=alone)
                    reader = _connect(path)
                except BaseException:
                    writer.close()
                    raise
            in_use.try_to_lock(shared=True)
    except BaseException:
        if in_use is not None:
            in_use.close()
        turn.close()
        raise
    return Database(path, turn, in_use, writer, reader)


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line.

    Raises:
        OutputError: for every SQLite error.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise told(error, path) from error


def told(error: sqlite3.Error, path: Path) -> OutputError:
    """An error of SQLite as one of ours, with its mend."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    where = str(path)
    if code == sqlite3.SQLITE_FULL:
        return OutputError("No space left on device", where=where, mend="nothing stored is lost; make room")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return OutputError(f"is damaged: {error}", where=where, mend=_DAMAGED)
    if code == sqlite3.SQLITE_BUSY:
        return OutputError("another program holds it", where=where, mend="close the other program")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return OutputError(f"cannot be written: {error}", where=where, mend="check who owns it")
    return OutputError(f"cannot be used: {error}", where=where, mend="look at the disk and its log")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(folder)) from None


def _make(path: Path) -> None:
    """Build the file under another name and put it in place whole: no crash leaves half of one."""
    if _size(Path(f"{path}-wal")) > 0:
        raise OutputError(
            "is gone, but its log is there", where=str(path), mend="bring it back, or move the log away"
        )
    young = Path(f"{path}.new")
    try:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{young}{end}").unlink(missing_ok=True)
        fd = os.open(young, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            give_to_owner_of(path.parent, fd)
        finally:
            os.close(fd)
        with damage_named(path), closing(_plain(young, "rw")) as connection:
            connection.executescript(SCRIPT)
            connection.execute("PRAGMA journal_mode = WAL")
        young.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(path)) from None


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _refuse_what_is_not_ours(path: Path) -> None:
    """Read the header without taking part in anything.

    By way of SQLite, never with `open`: closing any descriptor of the file would drop this process's locks on
    it (POSIX), and another process could then take away the log under us.
    """
    mend = "move it away, or give another data_dir"
    try:
        plain = stat.S_ISREG(path.lstat().st_mode)
    except OSError as error:
        raise OutputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if not plain:
        raise OutputError("is no plain file", where=str(path), mend=mend)
    application, version = _header(path, "&immutable=1") or _header(path) or (0, 0)
    if application != APPLICATION_ID:
        raise OutputError("is no outbox of droneops", where=str(path), mend=mend)
    _refuse_newer(path, version)


def _header(path: Path, more: str = "") -> tuple[int, int] | None:
    """Application and version in a file's header, None where it cannot be told without the log.

    That is so after the log was copied back in part, as on a full disk: then the file alone looks damaged.
    """
    try:
        with damage_named(path), closing(_plain(path, "ro", more)) as connection:
            return _pragma(connection, "application_id"), _pragma(connection, "user_version")
    except OutputError as error:
        code = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_NOTADB:
            return 0, 0
        if code == sqlite3.SQLITE_CORRUPT and more:
            return None
        raise


def _refuse_newer(path: Path, version: int) -> None:
    if version != VERSION:
        what = f"was made by another droneops (version {version} of the file, this one knows {VERSION})"
        raise OutputError(what, where=str(path), mend="run the droneops that made it")


def _plain(path: Path, mode: str, more: str = "") -> sqlite3.Connection:
    """A connection that never makes a file; its statements are their own transactions."""
    uri = f"{path.absolute().as_uri()}?mode={mode}{more}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _connect(path: Path) -> sqlite3.Connection:
    connection = _plain(path, "rw")
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise OutputError("this disk cannot hold it", where=str(path), mend="use a local disk")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA recursive_triggers = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _check(path: Path, connection: sqlite3.Connection, *, alone: bool) -> None:
    """Look for damage where that is quick, or where the last user ended without closing."""
    _refuse_newer(path, _pragma(connection, "user_version"))
    unclean = alone and _size(Path(f"{path}-wal")) > 0
    if _size(path) > ALWAYS_CHECKED_BYTES and not unclean:
        return
    give_up = time.monotonic() + CHECK_AT_MOST_S
    connection.set_progress_handler(lambda: time.monotonic() > give_up, 100_000)
    try:
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        answer = "ok"
    finally:
        connection.set_progress_handler(None, 0)
    if answer != "ok":
        raise OutputError(f"is damaged: {answer}", where=str(path), mend=_DAMAGED)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
