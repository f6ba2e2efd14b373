"""What a frame costs: CPU and wall time, how much of it is the bare model, and memory."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import detectors
from detectors.session import Session
from detectors.types import ByteImage

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}


def speed(card: Path, options: dict[str, object], frames: int, picture: Path | None) -> dict[str, Any]:
    """Measured in a process of its own, so that the memory is this model's alone.

    ``picture`` is resized to the frames; None: blocks of colours.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (card, options, frames, picture))


def _measure(card: Path, options: dict[str, object], frames: int, source: Path | None) -> dict[str, Any]:
    before_mib = _peak_mib()
    inside = _watch_the_model()
    detector = detectors.make(str(card), options)
    figures: dict[str, Any] = {}
    for name, (width, height) in SIZES.items():
        picture = _frame(source, width, height)
        detector.detect(picture)
        inside.update(cpu_s=0.0, wall_s=0.0)
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        for _ in range(frames):
            found = detector.detect(picture)
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        figures[name] = {
            "cpu_ms": round(1000 * cpu_s / frames, 1),
            "wall_ms": round(1000 * wall_s / frames, 1),
            "frames_per_s": round(frames / wall_s, 2),
            "share_of_bare_run": round(inside["wall_s"] / wall_s, 3),
            "share_of_bare_run_cpu": round(inside["cpu_s"] / cpu_s, 3),
            "tiles": found.tiles,
            "found": len(found),
        }
    return figures | {"peak_mib": _peak_mib(), "peak_mib_without_model": before_mib}


def _frame(source: Path | None, width_px: int, height_px: int) -> ByteImage:
    if source is None:
        blocks = np.random.default_rng(3).integers(0, 255, (height_px // 8, width_px // 8, 3), np.uint8)
        return blocks.repeat(8, axis=0).repeat(8, axis=1)
    resized = cv2.resize(cv2.imread(str(source)), (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _watch_the_model() -> dict[str, float]:
    """How long ONNX Runtime itself has run is added up in what this returns."""
    inside = {"cpu_s": 0.0, "wall_s": 0.0}
    bare = Session.run

    def timed(self: Session, *arguments: Any) -> Any:
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        try:
            return bare(self, *arguments)
        finally:
            inside["cpu_s"] += time.process_time() - cpu_s
            inside["wall_s"] += time.perf_counter() - wall_s

    Session.run = timed  # type: ignore[method-assign]
    return inside


def _peak_mib() -> float:
    # Not getrusage: its peak is handed down from the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak_kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(peak_kib) / 1024, 1)
