"""How well the offset between video and telemetry is found, and what that costs.

    python benchmarks/video_offset.py FLIGHT [--json]

FLIGHT is a folder with capture.tlog, video.mp4, video.json, camera.toml and truth.json (true_lag_s). The
video's start is shifted by known lags. Windows of the flight stand for short videos: some hold a turn, some
are straight. The cost is held against the video's own length.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from droneops.camera_file import load_camera
from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.sync.choose import telling_times
from droneops.sync.motion import MotionCounts, MotionPair, measure, small_grey
from droneops.sync.offset import CannotTell, estimate_offset
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import read_tlog
from droneops.telemetry.vehicles import choose_vehicle
from droneops.types import Sigma
from droneops.video.file import VideoFile
from droneops.video.start import video_start

SHIFTS_S = (-2.0, -1.5, -1.03, -0.5, -0.07, 0.0, 0.13, 0.5, 1.0, 1.71, 2.0)
WINDOW_S = 20
STRIDE_S = 5
FRAMES_PER_SECOND = 10.0
GROUND = Ground(None, Sigma(10.0, "assumed"))


@dataclass(frozen=True)
class Flight:
    """A flight, and the motion measured in its video."""

    poses: PoseTrack
    camera: Camera
    pairs: list[MotionPair]
    counts: MotionCounts
    true_offset_s: float
    video_s: float
    measure_s: float


@dataclass(frozen=True)
class Row:
    """One estimate; None in the numbers of those that could not be made."""

    part: str
    shift_s: float
    estimate_s: float | None
    sigma_s: float | None
    error_s: float | None
    drift_s_per_s: float | None
    pairs: int
    seconds: float
    reason: str | None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flight", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    flight = _flight(arguments.flight)
    rows = [_row(flight, flight.pairs, "whole", shift_s) for shift_s in SHIFTS_S]
    rows += [_row(flight, pairs, part, 0.0) for part, pairs in _windows(flight)]
    figures = _figures(arguments.flight.name, flight, rows)
    print(json.dumps(figures, indent=1) if arguments.json else _table(figures))


def _flight(folder: Path) -> Flight:
    log = read_tlog(folder / "capture.tlog")
    vehicle = choose_vehicle(log, None)
    if vehicle is None:
        raise SystemExit(f"{folder}: no vehicle in the log")
    poses = build_pose_track(log, vehicle, drone_id="drone")
    camera = load_camera(folder / "camera.toml")
    start = video_start(folder / "video.mp4")
    counts = MotionCounts()
    began = time.perf_counter()
    with VideoFile(
        folder / "video.mp4",
        drone_id="drone",
        camera_id="eo",
        start=start,
        looks_per_second=FRAMES_PER_SECOND,
    ) as video:
        video_us = video.duration_us or 0
        wanted = telling_times(poses, camera, GROUND, start.start_us, start.start_us + video_us)
        pairs = list(measure(map(small_grey, video.frames()), counts, wanted))
    measure_s = time.perf_counter() - began
    true_offset_s = -json.loads((folder / "truth.json").read_text())["true_lag_s"]
    return Flight(poses, camera, pairs, counts, true_offset_s, video_us / 1e6, measure_s)


def _windows(flight: Flight) -> Iterator[tuple[str, list[MotionPair]]]:
    first_us = flight.pairs[0].from_us
    for begin_s in range(0, int(flight.video_s) - WINDOW_S + 1, STRIDE_S):
        inside = _within(first_us + begin_s * 1_000_000, first_us + (begin_s + WINDOW_S) * 1_000_000)
        yield f"{begin_s} to {begin_s + WINDOW_S} s", [pair for pair in flight.pairs if inside(pair)]


def _within(begin_us: int, end_us: int) -> Callable[[MotionPair], bool]:
    return lambda pair: begin_us <= pair.from_us < end_us


def _row(flight: Flight, pairs: list[MotionPair], part: str, shift_s: float) -> Row:
    shift_us = round(shift_s * 1e6)
    later = [MotionPair(p.from_us + shift_us, p.to_us + shift_us, p.from_px, p.to_px) for p in pairs]
    began = time.perf_counter()
    found = estimate_offset(later, flight.poses, flight.camera, GROUND)
    seconds = time.perf_counter() - began
    if isinstance(found, CannotTell):
        return Row(part, shift_s, None, None, None, None, found.pairs, seconds, found.reason)
    error_s = found.seconds - (flight.true_offset_s - shift_s)
    return Row(
        part, shift_s, found.seconds, found.sigma_s, error_s, found.drift_s_per_s, found.pairs, seconds, None
    )


def _figures(name: str, flight: Flight, rows: list[Row]) -> dict[str, Any]:
    whole = [row for row in rows if row.part == "whole"]
    windows = [row for row in rows if row.part != "whole"]
    normalised = [row.error_s / row.sigma_s for row in windows if row.error_s is not None and row.sigma_s]
    cost_s = flight.measure_s + float(np.mean([row.seconds for row in whole]))
    return {
        "flight": name,
        "video_s": flight.video_s,
        "measure_s": flight.measure_s,
        "cost_over_video": cost_s / flight.video_s,
        "counts": asdict(flight.counts),
        "rows": [asdict(row) for row in rows],
        "worst_error_s": max((abs(row.error_s) for row in rows if row.error_s is not None), default=None),
        "cannot_tell": sum(row.error_s is None for row in rows),
        "windows_told": len(normalised),
        "windows_error_over_sigma_rms": float(np.sqrt(np.mean(np.square(normalised))))
        if normalised
        else None,
    }


def _table(figures: dict[str, Any]) -> str:
    columns = (("part", 12), ("shift s", 8), ("estimate s", 11), ("sigma s", 8), ("error s", 8), ("pairs", 6))
    lines = [" ".join(f"{name:>{width}}" for name, width in (*columns, ("took s", 7)))]
    rows = figures.pop("rows")
    lines += [_line(**row) for row in rows]
    return "\n".join((*lines, json.dumps(figures)))


def _line(
    *,
    part: str,
    shift_s: float,
    estimate_s: float | None,
    sigma_s: float | None,
    error_s: float | None,
    pairs: int,
    seconds: float,
    reason: str | None,
    **_: object,
) -> str:
    told = (
        f"{estimate_s:>+11.4f} {sigma_s:>8.4f} {error_s:>+8.4f}"
        if reason is None
        else f"{'-':>11} {'-':>8} {'-':>8}"
    )
    return f"{part:>12} {shift_s:>+8.2f} {told} {pairs:>6} {seconds:>7.2f}  {reason or ''}".rstrip()


if __name__ == "__main__":
    main()
