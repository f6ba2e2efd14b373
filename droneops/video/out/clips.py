"""Clips: what went before and after an event, as it was encoded, in files that any player opens."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from droneops.errors import OutputError
from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.fmp4 import fragment, init_segment
from droneops.video.out.ring import PacketRing
from droneops.video.out.runs import Run, runs, samples

SUFFIX = ".mp4"

CLIPS = "clips"
"""In the data folder; below it a folder for each incident."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A file that was written, and the UTC microseconds of its first and last picture."""

    path: Path
    first_us: int
    last_us: int


def write_clip(ring: PacketRing, from_us: int, to_us: int, path: Path) -> list[Clip]:
    """Writes what a ring has of a span of UTC, begun at the key frame before it.

    One file for what plays in one go: where the camera changed its picture, or the connection was lost in
    between, further files are named path-2.mp4 and so on. No file where the ring has nothing of the span.

    Raises:
        OutputError: the disk does not take it; nothing half written is left.
    """
    return write_packets(ring.between(from_us, to_us), path)


def write_packets(packets: Sequence[EncodedPacket], path: Path) -> list[Clip]:
    """The same of packets. Raises as `write_clip`."""
    clips = []
    for k, run in enumerate(runs(packets)):
        target = path if k == 0 else path.with_name(f"{path.stem}-{k + 1}{path.suffix}")
        _write_whole(target, clip_bytes(run))
        clips.append(Clip(target, run.packets[0].captured_at_us, run.packets[-1].captured_at_us))
    return clips


def clip_bytes(run: Run) -> bytes:
    """A run as one file of fragmented MP4, its track begun at 0; a fragment a group of pictures."""
    whole = samples(run.packets)
    starts = [k for k, one in enumerate(whole) if one.is_key]
    parts = [init_segment(run.config, sum(one.duration_us for one in whole))]
    begin_us = run.packets[0].dts_us
    for number, (begin, end) in enumerate(zip(starts, [*starts[1:], len(whole)], strict=True), start=1):
        first = run.packets[begin]
        parts.append(fragment(whole[begin:end], number, first.dts_us - begin_us, first.captured_at_us))
    return b"".join(parts)


def clips_to_remove(folder: Path, max_bytes: int, evidence: Collection[Path]) -> list[Path]:
    """Which clips must go so that those below a folder fit: the oldest first, and never any of ``evidence``.

    Evidence counts towards the bytes; where it alone is too much, all others are named and it still stays.

    Raises:
        OutputError: the folder cannot be read.
    """
    kept = {path.resolve() for path in evidence}
    try:
        folder.stat()
        files = [(path.stat(), path) for path in folder.rglob(f"*{SUFFIX}")]
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(folder)) from error
    total = sum(status.st_size for status, _ in files)
    removed = []
    for status, path in sorted(files, key=lambda one: (one[0].st_mtime_ns, one[1].name)):
        if total <= max_bytes:
            break
        if path.resolve() not in kept:
            removed.append(path)
            total -= status.st_size
    return removed


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        mend = "free space on the disk, or give clips a smaller budget"
        raise OutputError(error.strerror or str(error), where=str(path), mend=mend) from error
