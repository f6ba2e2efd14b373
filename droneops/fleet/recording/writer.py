"""Writes lines down as they come, in files of bounded size; a disk that fails loses lines and says how many.

Each line is handed to the system at once, so that a process killed the next instant has lost none. It is not
waited for until it is on the disk: a power cut may cost the last seconds of a recording, never an alert,
which the outbox holds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from droneops.errors import OutputError

LARGEST_BYTES = 64 << 20
"""An hour of a drone without pictures of things; what retention takes away at once."""

LONGEST_US = 3_600_000_000
RETRY_AFTER_US = 5_000_000
"""How long a failed disk is left alone."""

SUFFIX = ".jsonl"


class LineWriter:
    """Files ``<stem>-<time of the first line, us>.jsonl`` in ``folder``; each begins with ``header()``.

    In the order of their names they are in the order in which they were written, even where the clock was
    set back: the next file's name then goes on from the last one's.

    Raises:
        OutputError: the folder cannot be made.
    """

    def __init__(
        self, folder: Path, stem: str, header: Callable[[], bytes], tell: Callable[[str], None]
    ) -> None:
        self._folder, self._stem, self._header, self._tell = folder, stem, header, tell
        self._descriptor: int | None = None
        self._size, self._began_us, self._retry_us = 0, 0, 0
        self._is_torn = False
        self.lost = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(f"cannot be made: {error.strerror}", where=str(folder)) from None

    def write(self, line: bytes, now_us: int) -> None:
        """Hand a line to the system; one that it does not take is counted in ``lost``."""
        if self._descriptor is None and 0 < self._retry_us - now_us <= RETRY_AFTER_US:
            self.lost += 1
            return
        try:
            self._open_when_due(len(line), now_us)
            self._append(line)
        except OSError as error:
            self._fail(error, now_us)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open_when_due(self, more: int, now_us: int) -> None:
        is_full = self._size + more > LARGEST_BYTES or not 0 <= now_us - self._began_us < LONGEST_US
        if self._descriptor is not None and not is_full:
            return
        self.close()
        stamp_us = max(now_us, _last_stamp_us(self._folder, self._stem) + 1)
        path = self._folder / f"{self._stem}-{stamp_us:020d}{SUFFIX}"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size, self._began_us, self._is_torn = 0, now_us, False
        self._append(self._header())

    def _append(self, line: bytes) -> None:
        assert self._descriptor is not None  # noqa: S101 - `_open_when_due` has opened it
        # What a full disk cut off must not swallow the line behind it.
        rest = memoryview(b"\n" + line if self._is_torn else line)
        while rest:
            done = os.write(self._descriptor, rest)
            self._is_torn = done < len(rest)
            rest = rest[done:]
            self._size += done

    def _fail(self, error: OSError, now_us: int) -> None:
        self.lost += 1
        self._retry_us = now_us + RETRY_AFTER_US
        self._tell(f"{self._folder}: what is seen cannot be written down: {error.strerror or error}")
        self.close()


def _last_stamp_us(folder: Path, stem: str) -> int:
    """The time in the name of the folder's last file; 0 where there is none."""
    stamps = (path.name.removeprefix(f"{stem}-").removesuffix(SUFFIX) for path in folder.glob(f"{stem}-*"))
    return max((int(stamp) for stamp in stamps if stamp.isdecimal()), default=0)


def prune(folder: Path, before_us: int) -> int:
    """Remove the files whose last line was written before a time; how many."""
    gone = 0
    for path in folder.glob(f"*{SUFFIX}"):
        if path.stat().st_mtime_ns // 1000 < before_us:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
