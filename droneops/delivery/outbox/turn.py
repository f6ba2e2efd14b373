"""Who may change the file now: one connection at a time, over all threads and processes.

SQLite alone would let one connection write while another copies its log back. Up to 3.51.2 that can lose what
was committed ("WAL-reset bug", https://www.sqlite.org/wal.html#walresetbug), and Debian 12 ships 3.40. So
writing, copying back and closing all wait for this turn. The kernel gives it back when its holder is killed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from droneops.errors import OutputError

WAIT_S = 10.0
"""A turn takes milliseconds on a disk that works, a second on a bad SD card; longer is one that hangs."""

LOOK_EVERY_S = 0.0005
"""Far below one fdatasync, so that a busy process cannot keep another one out."""


class LockFile:
    """A file whose only use is its lock; it stays there, empty."""

    def __init__(self, path: Path, beside: Path) -> None:
        self._path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            give_to_owner_of(beside, self._fd)
        except OSError as error:
            raise OutputError(f"cannot be opened for writing: {error.strerror}", where=str(path)) from None

    def close(self) -> None:
        """Give up the lock and the file."""
        os.close(self._fd)

    def try_to_lock(self, *, shared: bool = False) -> bool:
        """Take the lock if nobody stands against it."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock alone.

        Raises:
            OutputError: somebody else did not give it back within `WAIT_S`.
        """
        give_up = time.monotonic() + WAIT_S
        while not self.try_to_lock():
            if time.monotonic() > give_up:
                raise OutputError(
                    f"another process has held it for {WAIT_S:.0f} s",
                    where=str(self._path),
                    mend="look for a droneops that is stopped or hangs, end it, and try again",
                )
            time.sleep(LOOK_EVERY_S)
        try:
            yield
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)


def give_to_owner_of(folder: Path, fd: int) -> None:
    """What root makes here by hand must not shut out the service, which runs as the folder's owner."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)
