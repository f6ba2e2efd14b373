"""Records the frames of a live link to .tlog files, without ever holding up the link.

`TlogRecorder.append` only puts a frame into a queue; a thread of its own writes. A record is 8 bytes of
big-endian UTC microseconds and the frame, as ground stations write it.

The disk is allowed to fail: a write that broke off is cut back to the last whole record (where even that
fails, the reader finds its way on by checksums), its frames wait, and a new file is tried every few seconds.
Frames that find the queue full are dropped and counted.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from droneops.telemetry.headers import MARKER_V2, STAMP_BYTES
from droneops.telemetry.signing import SETUP_SIGNING
from droneops.telemetry.walk import LATEST_US
from droneops.times import to_datetime

# An hour of one drone (200 frames a second of 50 bytes) is 36 MB: whole flights stay in one file.
MAX_FILE_BYTES = 256 << 20
MAX_FILE_S = 3600.0
# Seven minutes of one drone, should the disk hang that long.
MAX_QUEUE_BYTES = 4 << 20
# What a machine needs to go on working: its outbox and evidence share the disk.
MIN_FREE_BYTES = 200 << 20
FSYNC_EVERY_S = 1.0
RETRY_EVERY_S = 5.0
CLOSE_TIMEOUT_S = 2.0

# How often the queue is emptied: ten writes a second cost nothing, a thousand would.
_GATHER_S = 0.1
# The link waits for its turn at the queue while this many are taken out of it: well below a millisecond.
_MOST_AT_ONCE = 1000
# Recording goes on once this much more than the floor is free, else it would stop again at once.
_RESUME_FACTOR = 1.1
# At that many files of one second something is badly wrong.
_MOST_FILES_OF_ONE_NAME = 1000


class RecorderState(StrEnum):
    """What a recorder is doing."""

    RECORDING = "recording"
    FAILING = "failing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """``file`` is the one being written, None between files, and ``file_bytes`` its size.

    Of the frames given, ``frames_written`` are in files, of which ``frames_synced`` would outlast a power
    cut; ``frames_waiting`` are in the queue; ``frames_dropped`` are lost; ``frames_withheld`` carried a
    signing key and are left out on purpose. ``last_error`` stays after the error has passed.
    """

    state: RecorderState
    file: Path | None
    file_bytes: int
    frames_written: int
    frames_synced: int
    frames_waiting: int
    frames_dropped: int
    frames_withheld: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class RecorderLimits:
    """When a file is full, when it is synced, and what is kept free. See the constants for the reasons."""

    max_bytes: int = MAX_FILE_BYTES
    max_seconds: float = MAX_FILE_S
    fsync_every_s: float = FSYNC_EVERY_S
    retry_every_s: float = RETRY_EVERY_S
    max_queue_bytes: int = MAX_QUEUE_BYTES
    min_free_bytes: int = MIN_FREE_BYTES


_DEFAULT_LIMITS = RecorderLimits()


@dataclass(frozen=True, slots=True)
class _Record:
    received_us: int
    data: bytes


@dataclass(slots=True)
class _File:
    """The file being written: whole records up to ``size``."""

    path: Path
    descriptor: int
    first_us: int
    size: int = 0
    unsynced: int = 0


class _DiskLowError(OSError):
    """Less than the floor is free."""


class TlogRecorder:
    """Records frames to ``folder / <name>-<UTC of the first record>.tlog``.

    The folder must exist; no file is ever overwritten, and none is made before the first frame. ``append``
    and ``status`` may be called from any thread. ``monotonic`` gives seconds that never go back.

    Raises ValueError for a name that is no plain file name.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        limits: RecorderLimits = _DEFAULT_LIMITS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not name or name.startswith(".") or Path(name).name != name or "\0" in name:
            raise ValueError(f"{name!r} is no plain file name")
        self._folder = folder
        self._name = name
        self._limits = limits
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._queue: deque[_Record] = deque()
        self._queue_bytes = 0
        self._dropped = self._withheld = self._written = self._synced = 0
        self._state = RecorderState.RECORDING
        self._last_error: str | None = None
        self._file: _File | None = None
        self._synced_at_s = self._retry_at_s = monotonic()
        self._is_short_of_space = False
        self._closing = threading.Event()
        # A disk that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=f"recorder-{name}", daemon=True)
        self._thread.start()

    def append(self, received_us: int, data: bytes) -> None:
        """Hand over one whole frame, received at a UTC time in microseconds. Never waits for the disk.

        A frame received before 1970 or after 2100 is dropped: no record can hold the time, or is believed
        with it, and a clock that was never set must not end the link.
        """
        size = STAMP_BYTES + len(data)
        with self._lock:
            if _holds_a_signing_key(data):
                self._withheld += 1
            elif not 0 <= received_us < LATEST_US:
                self._dropped += 1
                self._last_error = f"our clock is before 1970 or after 2100 ({received_us} us): set it"
            elif self._closing.is_set() or self._queue_bytes + size > self._limits.max_queue_bytes:
                self._dropped += 1
            else:
                self._queue.append(_Record(received_us, data))
                self._queue_bytes += size

    def status(self) -> RecorderStatus:
        """How it stands now."""
        with self._lock:
            file = self._file
            return RecorderStatus(
                state=self._state,
                file=file.path if file else None,
                file_bytes=file.size if file else 0,
                frames_written=self._written,
                frames_synced=self._synced,
                frames_waiting=len(self._queue),
                frames_dropped=self._dropped,
                frames_withheld=self._withheld,
                last_error=self._last_error,
            )

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> RecorderStatus:
        """Write and sync what waits, then stop. Returns how it ended.

        After ``timeout_s`` it returns all the same: the state is then FAILING and ``last_error`` says how
        many frames are not known to be on the disk. Frames given afterwards are dropped.
        """
        self._closing.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            with self._lock:
                unsafe = len(self._queue) + self._written - self._synced
                self._fail_with(f"closing took longer than {timeout_s:g} s, {unsafe} frames may be lost")
        return self.status()

    def _run(self) -> None:
        try:
            while not self._closing.wait(_GATHER_S):
                self._turn()
            self._retry_at_s = self._monotonic()
            self._turn()
        finally:
            # Whatever ended this thread: from here on frames are dropped and counted, not gathered.
            self._closing.set()
            self._finish()

    def _turn(self) -> None:
        """Write what waits, unless the last failure is too fresh, and sync when it is time."""
        if self._file is None and self._monotonic() < self._retry_at_s:
            return
        try:
            while waiting := self._next_waiting():
                file = self._file_for(waiting[0])
                self._write(file, waiting[: self._fitting(file, waiting)])
                self._sync_when_due()
            self._sync_when_due()
        except OSError as error:
            self._give_up_file(error)

    def _next_waiting(self) -> list[_Record]:
        with self._lock:
            return list(islice(self._queue, _MOST_AT_ONCE))

    def _file_for(self, record: _Record) -> _File:
        """The file that takes ``record``: the open one, or a new one if that is full."""
        self._refuse_without_space()
        if self._file is not None and not self._fits(self._file, self._file.size, record):
            self._close_file()
        if self._file is None:
            opened = self._open(record.received_us)
            with self._lock:
                self._file, self._state = opened, RecorderState.RECORDING
        return self._file

    def _fitting(self, file: _File, waiting: Sequence[_Record]) -> int:
        """How many of the records go into ``file``; the first does."""
        size = file.size
        for number, record in enumerate(waiting):
            if number and not self._fits(file, size, record):
                return number
            size += STAMP_BYTES + len(record.data)
        return len(waiting)

    def _fits(self, file: _File, size: int, record: _Record) -> bool:
        # A clock that is set back or on by more than a file's length begins a new file, too.
        age_s = abs(record.received_us - file.first_us) / 1e6
        is_short = size == 0 or size + STAMP_BYTES + len(record.data) <= self._limits.max_bytes
        return is_short and age_s < self._limits.max_seconds

    def _refuse_without_space(self) -> None:
        disk = os.statvfs(self._folder)
        free = disk.f_bavail * disk.f_frsize
        floor = self._limits.min_free_bytes * (_RESUME_FACTOR if self._is_short_of_space else 1)
        self._is_short_of_space = free < floor
        if self._is_short_of_space:
            what = f"{free >> 20} MiB are free, {round(floor) >> 20} must be"
            raise _DiskLowError(None, f"the disk is nearly full: {what}", str(self._folder))

    def _open(self, first_us: int) -> _File:
        """A new file; its name is safe on the disk before anything is in it."""
        stem = f"{self._name}-{to_datetime(first_us):%Y%m%dT%H%M%SZ}"
        for number in range(1, _MOST_FILES_OF_ONE_NAME):
            path = self._folder / (f"{stem}.tlog" if number == 1 else f"{stem}-{number}.tlog")
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
            except FileExistsError:
                continue
            opened = _File(path, descriptor, first_us)
            try:
                _sync_folder(self._folder)
            except OSError:
                _close(opened)
                raise
            return opened
        raise FileExistsError(None, "too many recordings of one second", stem)

    def _write(self, file: _File, records: Sequence[_Record]) -> None:
        """Write whole records; of a write that breaks off, keep the records that are whole."""
        ends = _ends(records)
        data = memoryview(b"".join(r.received_us.to_bytes(STAMP_BYTES, "big") + r.data for r in records))
        done = 0
        try:
            while done < len(data):
                done += os.write(file.descriptor, data[done:])
        finally:
            whole = sum(end <= done for end in ends)
            self._settle(file, whole, ends[whole - 1] if whole else 0)
            if done < len(data):
                os.ftruncate(file.descriptor, file.size)

    def _settle(self, file: _File, frames: int, size: int) -> None:
        """The first ``frames`` of the queue, ``size`` bytes, are in the file."""
        with self._lock:
            for _ in range(frames):
                self._queue.popleft()
            self._queue_bytes -= size
            self._written += frames
            file.size += size
            file.unsynced += frames

    def _sync_when_due(self) -> None:
        if self._monotonic() - self._synced_at_s >= self._limits.fsync_every_s:
            self._sync()

    def _sync(self) -> None:
        self._synced_at_s = self._monotonic()
        file = self._file
        if file is None or not file.unsynced:
            return
        # After a failed sync the next one may succeed without these: they never count as synced.
        frames, file.unsynced = file.unsynced, 0
        os.fsync(file.descriptor)
        with self._lock:
            self._synced += frames

    def _close_file(self) -> None:
        """Sync and close the open file, if there is one. It counts as closed even if the sync fails."""
        file = self._file
        try:
            self._sync()
        finally:
            with self._lock:
                self._file = None
            if file is not None:
                _close(file)

    def _give_up_file(self, error: OSError) -> None:
        """After a failure: leave this file, with what can be saved of it, and try a new one later."""
        text = _text_of(error)
        try:
            self._close_file()
        except OSError as second:
            text = f"{text}; then {_text_of(second)}"
        with self._lock:
            self._fail_with(text)
        self._retry_at_s = self._monotonic() + self._limits.retry_every_s

    def _fail_with(self, text: str) -> None:
        self._state = RecorderState.FAILING
        self._last_error = text

    def _finish(self) -> None:
        try:
            self._close_file()
        except OSError as error:
            with self._lock:
                self._last_error = _text_of(error)
        with self._lock:
            self._dropped += len(self._queue)
            self._queue.clear()
            self._queue_bytes = 0
            self._state = RecorderState.CLOSED


def _holds_a_signing_key(data: bytes) -> bool:
    """Whether this is SETUP_SIGNING: "systems should omit SETUP_SIGNING messages from logs".

    Source: https://mavlink.io/en/guide/message_signing.html#logging
    """
    return data[:1] == bytes([MARKER_V2]) and data[7:10] == SETUP_SIGNING.to_bytes(3, "little")


def _ends(records: Sequence[_Record]) -> list[int]:
    """Where each record ends, in bytes from the first one's start."""
    ends, at = [], 0
    for record in records:
        at += STAMP_BYTES + len(record.data)
        ends.append(at)
    return ends


def _close(file: _File) -> None:
    """Close a file, and take it away if nothing is in it: on a full disk each try would leave one."""
    os.close(file.descriptor)
    if not file.size:
        file.path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Without this a new file's name may be lost with the power, though its content was synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text_of(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
