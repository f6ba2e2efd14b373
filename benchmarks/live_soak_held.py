"""What each process of a running service holds over its life, and whether it stays flat. See live_soak.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import live_rig as rig
import numpy as np

WARM_S, WARM_SHARE = 330.0, 0.2
"""The blind watch remembers five minutes and the telemetry one and a half: before, both fill. Of a life too
short for that, the share in which libraries load is left out."""

RISE_MIB = 1.0
"""What an allocator keeps more or less of by itself."""

FEWEST = 8
"""Samples that a third has to have for a line to mean anything."""

MIB = 1 << 20


@dataclass
class Life:
    """Samples of one process over time, by the second at which they were taken."""

    at_s: list[float] = field(default_factory=list)
    held: list[rig.Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Held:
    """What one process held. ``is_flat`` is None where it lived too short to tell."""

    process: str
    samples: int
    rss_first_mib: float
    rss_last_mib: float
    slope_mib_per_h: float | None
    noise_mib: float | None
    threads: tuple[int, int]
    files: tuple[int, int]
    is_flat: bool | None


class Watcher:
    """Samples the service's processes each second, in a thread of its own."""

    def __init__(self, service: rig.Process, every_s: float = 1.0) -> None:
        self._service, self._every_s = service, every_s
        self.lives: dict[tuple[str, int], Life] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            pids = {"site": self._service.pid, **rig.drone_pids(self._service.pid)}
            for name, pid in pids.items():
                if (held := rig.sample(pid)) is not None:
                    life = self.lives.setdefault((name, pid), Life())
                    life.at_s.append(time.monotonic())
                    life.held.append(held)


def judged(name: str, life: Life) -> Held:
    """One process over its life."""
    lived_s = life.at_s[-1] - life.at_s[0]
    first_s = life.at_s[0] + (WARM_S if lived_s > 2 * WARM_S else WARM_SHARE * lived_s)
    kept = [(at_s, held) for at_s, held in zip(life.at_s, life.held, strict=True) if at_s >= first_s]
    third = max(len(kept) // 3, 1)
    first, last = [held for _, held in kept[:third]], [held for _, held in kept[-third:]]
    rises = _line(kept[-third:]) if third >= FEWEST else None
    threads, files = (_most_and_median(first, last, of) for of in ("threads", "files"))
    is_flat = None
    if rises is not None:
        _, noise_mib, rise_mib = rises
        does_not_rise = rise_mib < max(2 * noise_mib, RISE_MIB)
        is_flat = does_not_rise and threads[1] <= threads[0] and files[1] <= files[0]
    return Held(
        process=name,
        samples=len(life.held),
        rss_first_mib=round(median(held.rss_bytes for held in first) / MIB, 1),
        rss_last_mib=round(median(held.rss_bytes for held in last) / MIB, 1),
        slope_mib_per_h=None if rises is None else round(rises[0], 1),
        noise_mib=None if rises is None else round(rises[1], 2),
        threads=threads,
        files=files,
        is_flat=is_flat,
    )


def _line(kept: Sequence[tuple[float, rig.Sample]]) -> tuple[float, float, float]:
    """Slope in MiB an hour, scatter about the line and its rise from end to end, both in MiB."""
    at_s = np.array([at for at, _ in kept]) - kept[0][0]
    rss_mib = np.array([held.rss_bytes for _, held in kept]) / MIB
    slope, start = np.polyfit(at_s, rss_mib, 1)
    noise = float(np.std(rss_mib - (slope * at_s + start)))
    return float(slope) * 3600, noise, float(slope * at_s[-1])


def _most_and_median(first: list[rig.Sample], last: list[rig.Sample], of: str) -> tuple[int, int]:
    return max(getattr(held, of) for held in first), round(median(getattr(held, of) for held in last))
