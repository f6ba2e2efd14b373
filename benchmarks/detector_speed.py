"""What a frame costs: CPU and wall time, how much of it is the bare model, and memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

import detectors
from detectors.session import Session

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}


def speed(card: Path, options: dict[str, object], frames: int) -> dict[str, Any]:
    """Measured in a process of its own, so that the memory is this model's alone."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (card, options, frames))


def _measure(card: Path, options: dict[str, object], frames: int) -> dict[str, Any]:
    before_mib = _peak_mib()
    inside = _watch_the_model()
    detector = detectors.make(str(card), options)
    figures: dict[str, Any] = {}
    for name, (width, height) in SIZES.items():
        picture = np.random.default_rng(3).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
        picture = picture.repeat(8, axis=0).repeat(8, axis=1)
        detector.detect(picture)
        inside["wall_s"] = 0.0
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        for _ in range(frames):
            tiles = detector.detect(picture).tiles
        cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        figures[name] = {
            "cpu_ms": round(1000 * cpu_s / frames, 1),
            "wall_ms": round(1000 * wall_s / frames, 1),
            "frames_per_s": round(frames / wall_s, 2),
            "share_of_bare_run": round(inside["wall_s"] / wall_s, 3),
            "tiles": tiles,
        }
    return figures | {"peak_mib": _peak_mib(), "peak_mib_without_model": before_mib}


def _watch_the_model() -> dict[str, float]:
    """How long ONNX Runtime itself has run is added up in what this returns."""
    inside = {"wall_s": 0.0}
    bare = Session.run

    def timed(self: Session, *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return bare(self, *arguments)
        finally:
            inside["wall_s"] += time.perf_counter() - began

    Session.run = timed  # type: ignore[method-assign]
    return inside


def _peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
