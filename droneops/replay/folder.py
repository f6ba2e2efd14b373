"""The result folder: everything is written aside first and appears whole, or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from droneops.errors import OutputError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ResultFolder:
    """Use as a context manager; `commit` makes everything appear under its final name.

    Results are gathered in a hidden folder: beside a folder that does not exist yet, so that one rename makes
    it appear, or inside one that does. It is locked while in use; what a killed run left is cleared away.

    Raises:
        OutputError: the folder is in use, not empty, or cannot be written; a full disk at any later time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._final = path.absolute()
        self._lock: int | None = None
        self._made: list[Path] = []
        self._open: list[BinaryIO] = []

    def __enter__(self) -> Self:
        try:
            self._prepare()
        except OSError as error:
            self._put_away()
            raise self._failed(error) from None
        except OutputError:
            self._put_away()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._open:
            _close_quietly(stream)
        self._put_away()
        if isinstance(error, OSError):
            raise self._failed(error) from None

    def stream(self, name: str) -> BinaryIO:
        """A file to write to piece by piece."""
        stream = self._created(name)
        self._open.append(stream)
        return stream

    def _created(self, name: str) -> BinaryIO:
        target = self._staging / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("wb")

    def write(self, name: str, content: bytes) -> None:
        """A whole file, closed at once: there may be more of them than a process may have open."""
        with self._created(name) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def write_picture(self, name: str, content: bytes) -> None:
        """One file of thousands that can be made again: not synced."""
        with self._created(name) as file:
            file.write(content)

    def folder(self, name: str) -> None:
        """A folder, which may stay empty."""
        (self._staging / name).mkdir(exist_ok=True)

    def commit(self) -> None:
        """Make everything durable and give it its final name."""
        for stream in self._open:
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
        self._open.clear()
        if self._is_inside:
            self._move_in()
        else:
            self._staging.rename(self._final)
        self._made.clear()
        _sync_folder(self._final)

    @property
    def _is_inside(self) -> bool:
        return self._staging.parent == self._final

    def _prepare(self) -> None:
        there = os.path.lexists(self._final)
        if there and not self._final.is_dir():
            raise OutputError("is not a folder", where=str(self.path), mend="choose another --out")
        home = self._final if there else self._final.parent
        self._staging = home / (".partial" if there else f".{self._final.name}.partial")
        self._make_parents(home)
        self._claim()
        if there:
            self._refuse_others()

    def _make_parents(self, home: Path) -> None:
        missing = [folder for folder in (home, *home.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir()
            self._made.append(folder)

    def _claim(self) -> None:
        """Take the staging folder, empty, or refuse where another run holds it."""
        self._staging.mkdir(exist_ok=True)
        lock = os.open(self._staging, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            mend = "wait for it or choose another --out"
            raise OutputError("another run is writing here", where=str(self.path), mend=mend) from None
        self._lock = lock
        for entry in self._staging.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    def _refuse_others(self) -> None:
        if any(entry != self._staging for entry in self._final.iterdir()):
            mend = "choose another --out; nothing is overwritten"
            raise OutputError("exists and is not empty", where=str(self.path), mend=mend)

    def _move_in(self) -> None:
        self._refuse_others()
        moved: list[Path] = []
        try:
            for entry in sorted(self._staging.iterdir()):
                moved.append(entry.rename(self._final / entry.name))
        except OSError:
            for entry in moved:
                entry.rename(self._staging / entry.name)
            raise

    def _put_away(self) -> None:
        """Remove what is ours and not final. A folder that another run holds is not ours."""
        if self._lock is not None:
            if self._staging.exists() and not self._staging.is_symlink():
                shutil.rmtree(self._staging, ignore_errors=True)
            os.close(self._lock)
            self._lock = None
        for folder in reversed(self._made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        self._made.clear()

    def _failed(self, error: OSError) -> OutputError:
        reason = error.strerror or type(error).__name__
        room = "free some space or " if error.errno in _NO_ROOM else ""
        mend = f"{room}choose another --out; nothing was left behind"
        return OutputError(f"cannot be written: {reason}", where=str(self.path), mend=mend)


def _close_quietly(stream: BinaryIO) -> None:
    try:
        stream.close()
    except OSError:
        # What was buffered could not be written; the file is about to be deleted.
        return


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
