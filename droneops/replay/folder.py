"""The result folder: everything is written aside first and appears whole, or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from droneops.errors import OutputError

STAGING = ".partial"


class ResultFolder:
    """Use as a context manager; `commit` moves everything to its final name.

    Without a commit nothing is left but, after a crash of the machine, the folder ``.partial``.

    Raises:
        OutputError: the folder is in use or cannot be written; a full disk at any later time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made = False
        self._open: list[BinaryIO] = []

    def __enter__(self) -> Self:
        try:
            if self.path.exists():
                self._refuse_unless_empty()
            else:
                self.path.mkdir(parents=True)
                self._made = True
            self._staging.mkdir()
        except OSError as error:
            raise self._failed(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._open:
            _close_quietly(stream)
        shutil.rmtree(self._staging, ignore_errors=True)
        if self._made and self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise self._failed(error) from None

    def stream(self, name: str) -> BinaryIO:
        """A file to write to piece by piece."""
        target = self._staging / name
        target.parent.mkdir(parents=True, exist_ok=True)
        stream = target.open("wb")
        self._open.append(stream)
        return stream

    def write(self, name: str, content: bytes) -> None:
        """A whole file."""
        self.stream(name).write(content)

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
        for entry in sorted(self._staging.iterdir()):
            entry.rename(self.path / entry.name)
        _sync_folder(self.path)

    @property
    def _staging(self) -> Path:
        return self.path / STAGING

    def _refuse_unless_empty(self) -> None:
        if not self.path.is_dir():
            raise OutputError("is not a folder", where=str(self.path), mend="choose another --out")
        if (self._staging).exists():
            mend = "delete it or choose another --out"
            raise OutputError("holds what an interrupted run left", where=str(self.path), mend=mend)
        if any(self.path.iterdir()):
            mend = "choose another --out; nothing is overwritten"
            raise OutputError("exists and is not empty", where=str(self.path), mend=mend)

    def _failed(self, error: OSError) -> OutputError:
        reason = error.strerror or type(error).__name__
        mend = "free some space or choose another --out; nothing was left behind"
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
