"""Clips keep to their share of the disk: what is in a bundle goes first, and no evidence ever goes."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from droneops.errors import DroneopsError
from droneops.evidence.bundle import Append
from droneops.evidence.retention import Kept, Kind, Removal, apply
from droneops.video.out.clips import CLIPS, SUFFIX, clips_to_remove

EVIDENCE = "evidence"
"""In the data folder: bundles, one file each."""

EVERY_S = 30.0
"""How often it is looked whether clips that came need room: ten clips at most come in that time."""

LEFT_BEHIND_S = 600.0
"""What is still half written after that, a process that was killed has left."""


@dataclass(slots=True)
class ClipRoom:
    """``folder`` is the data folder. Works in a thread of its own, and only after `came`.

    ``is_full`` while what must stay takes the whole share: then no new clips are to be asked for.
    """

    folder: Path
    append: Append
    tell: Callable[[str], None]
    is_full: bool = False
    _is_due: bool = True
    _next_s: float = 0.0
    _thread: threading.Thread | None = field(default=None)

    def came(self) -> None:
        """Clips were written."""
        self._is_due = True

    def step(self, now_s: float, max_bytes: int, open_incidents: Callable[[], Collection[str]]) -> None:
        """Begin to make room when it is time; never waits. Clips of ``open_incidents`` stay."""
        is_busy = self._thread is not None and self._thread.is_alive()
        if is_busy or now_s < self._next_s or not (self._is_due or self.is_full):
            return
        self._next_s, self._is_due = now_s + EVERY_S, False
        work = (max_bytes, frozenset(open_incidents()))
        self._thread = threading.Thread(target=self.make_room, args=work, name="clip room", daemon=True)
        self._thread.start()

    def make_room(self, max_bytes: int, open_incidents: Collection[str]) -> None:
        """Remove the oldest clips that are no evidence until the others fit, each after its tombstone."""
        clips = self.folder / CLIPS
        if not clips.is_dir():
            self.is_full = False
            return
        try:
            _clear_half_written(clips)
            kept = evidence_in(self.folder, open_incidents)
            gone = clips_to_remove(clips, max_bytes, kept)
            done = apply([self._removal(path) for path in gone], self.folder, self.append)
            for path in {path.parent for path in gone}:
                with suppress(OSError):
                    path.rmdir()
            self._note(sum(path.stat().st_size for path in clips.rglob(f"*{SUFFIX}")) > max_bytes)
        except (DroneopsError, OSError) as error:
            self.tell(f"no room can be made for clips: {error}")
            return
        if done.removed:
            self.tell(f"{len(done.removed)} clips that lie in bundles were removed to make room")

    def _removal(self, path: Path) -> Removal:
        told = path.stat()
        to_us = told.st_mtime_ns // 1000
        name = path.relative_to(self.folder).as_posix()
        return Removal(Kept(name, Kind.VIDEO, told.st_size, to_us, to_us, path.parent.name), "space")

    def _note(self, is_full: bool) -> None:
        if is_full and not self.is_full:
            self.tell("clips that are evidence take their whole share of the disk: none are added (clips_mb)")
        self.is_full = is_full


def evidence_in(folder: Path, open_incidents: Collection[str]) -> list[Path]:
    """The clips that must stay: those of incidents that go on, and those that lie whole in no bundle.

    Raises:
        OSError: the folder cannot be read.
    """
    sealed = _sealed(folder / EVIDENCE)
    return [
        path
        for path in (folder / CLIPS).rglob(f"*{SUFFIX}")
        if path.parent.name in open_incidents or (f"clip-{path.name}", path.stat().st_size) not in sealed
    ]


def _sealed(folder: Path) -> frozenset[tuple[str, int]]:
    """Name and size of all clips in bundles; a name has its drone, camera and microsecond."""
    found: set[tuple[str, int]] = set()
    for path in folder.glob("*.zip"):
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as bundle:
            found |= {(info.filename, info.file_size) for info in bundle.infolist()}
    return frozenset(found)


def _clear_half_written(clips: Path) -> None:
    for path in clips.rglob(f".*{SUFFIX}.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_BEHIND_S:
                path.unlink()
