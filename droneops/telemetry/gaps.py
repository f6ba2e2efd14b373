"""When a log does not tell where the drone was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from droneops.telemetry.position import Positions
from droneops.telemetry.timeline import MAX_GAP_S


@dataclass(frozen=True, slots=True)
class Gap:
    """From the last position before to the first after.

    ``what``: "link", "no_fix", "reboot", or of positions that the vehicle cannot have reached: "glitch" (left
    out) and "reset" (a step that stayed). ``reason`` gives the numbers of these two, else it is empty.
    """

    start_us: int
    end_us: int
    what: str
    reason: str = ""


def find_gaps(positions: Positions) -> tuple[Gap, ...]:
    """Stretches without positions (more than MAX_GAP_S, or another boot) or without a fix, by start."""
    gaps = [*_silences(positions), *_without_fix(positions)]
    return tuple(sorted(gaps, key=lambda gap: (gap.start_us, gap.end_us)))


def _silences(positions: Positions) -> Iterator[Gap]:
    step_us = np.diff(positions.time_us)
    rebooted = np.diff(positions.boot) != 0
    for index in np.flatnonzero(rebooted | (step_us > MAX_GAP_S * 1e6)).tolist():
        start_us, end_us = positions.time_us[index : index + 2].tolist()
        yield Gap(start_us, end_us, "reboot" if rebooted[index] else "link")


def _without_fix(positions: Positions) -> Iterator[Gap]:
    """Runs of positions without a fix, within one boot."""
    for boot in np.unique(positions.boot).tolist():
        rows = positions.of_boot(boot)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], ~rows.valid, [False]]).astype(np.int8)))
        for first, past in edges.reshape(-1, 2).tolist():
            start_us = rows.time_us[max(first - 1, 0)]
            end_us = rows.time_us[min(past, len(rows) - 1)]
            yield Gap(int(start_us), int(end_us), "no_fix")
