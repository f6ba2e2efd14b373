"""How much a calibration on one part of a flight helps on the other, against what any constant could.

    python benchmarks/calibration.py FLIGHT [--parts 0.5,0.6] [--json]

FLIGHT is a folder with capture.tlog, video.mp4, video.json, camera.toml and targets.csv. For each split the
first part calibrates and the second judges, and the other way round. The floor is found in hindsight on the
very part that judges: the best constant heading and time offset in the least squares sense.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from droneops.calibration.calibrate import calibrate
from droneops.calibration.judge import Score, misses, score
from droneops.calibration.looks import Look, Seen
from droneops.calibration.model import Problem
from droneops.calibration.parameters import HEADING, NAMES, TIME, applied
from droneops.calibration.prepare import Prepared, prepared
from droneops.calibration.request import CalibrationRequest
from droneops.geo.camera import Camera

ALLOWED = 1.15
EVERY = 3
"""The floor's search takes each third look; its figures take all."""


@dataclass(frozen=True)
class Row:
    """Calibrated on ``own``, judged on ``other`` (shares of the video)."""

    own: tuple[float, float]
    other: tuple[float, float]
    before: Score
    after: Score
    floor: Score
    floor_heading_deg: float
    floor_offset_s: float
    heading_deg: float
    offset_s: float
    heading_sigma_deg: float


class Quiet:
    """Nobody listens."""

    def warn(self, text: str) -> None:
        """Said to nobody."""

    def progress(self, stage: str, done: float) -> None:
        """Said to nobody."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flight", type=Path)
    parser.add_argument("--parts", default="0.5,0.6,0.7", help="where the video is split")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    flight = _flight(arguments.flight)
    splits = [float(text) for text in arguments.parts.split(",")]
    rows = list(_rows(flight, splits))
    print(json.dumps([asdict(row) for row in rows], indent=1) if arguments.json else _table(rows))


def _flight(folder: Path) -> Prepared:
    request = CalibrationRequest(
        telemetry=folder / "capture.tlog",
        video=folder / "video.mp4",
        camera=folder / "camera.toml",
        targets=folder / "targets.csv",
        out=folder / "unused.toml",
    )
    return prepared(request, Quiet())


def _rows(flight: Prepared, splits: Sequence[float]) -> Iterator[Row]:
    yield _row(flight, (0.0, 1.0), (0.0, 1.0))
    for split in splits:
        yield _row(flight, (0.0, split), (split, 1.0))
        yield _row(flight, (1 - split, 1.0), (0.0, 1 - split))


def _part(flight: Prepared, part: tuple[float, float]) -> Problem:
    looks = flight.problem.looks
    first_us, last_us = looks[0].frame_us, looks[-1].frame_us
    low_us, high_us = (first_us + share * (last_us - first_us) for share in part)
    kept: list[Look] = [look for look in looks if low_us <= look.frame_us <= high_us]
    return replace(flight.problem, looks=kept)


def _row(flight: Prepared, own: tuple[float, float], other: tuple[float, float]) -> Row:
    mine, theirs = _part(flight, own), _part(flight, other)
    seen = Seen(tuple(mine.looks), len(mine.looks), {})
    found = calibrate(mine, seen, flight.time_sigma_s, flight.ground_sigma_m)
    heading_rad, offset_s = _best_constants(theirs, flight)
    best = _with(theirs.camera, heading_rad, offset_s)
    return Row(
        own=own,
        other=other,
        before=_score(theirs, theirs.camera, theirs.offset_s, flight),
        after=_score(theirs, found.camera, found.camera.bias.time_offset_s, flight),
        floor=_score(theirs, best, offset_s, flight),
        floor_heading_deg=math.degrees(heading_rad),
        floor_offset_s=offset_s,
        heading_deg=math.degrees(found.camera.bias.heading_rad),
        offset_s=found.camera.bias.time_offset_s,
        heading_sigma_deg=math.degrees(found.camera.sigma.heading_rad),
    )


def _score(problem: Problem, camera: Camera, offset_s: float, flight: Prepared) -> Score:
    return score(
        misses(problem.looks, problem.poses, problem.targets, camera, offset_s, flight.ground_sigma_m)
    )


def _with(camera: Camera, heading_rad: float, offset_s: float) -> Camera:
    step = np.zeros(len(NAMES))
    step[NAMES.index(HEADING)], step[NAMES.index(TIME)] = heading_rad, offset_s
    return applied(camera, 0.0, step).camera


def _best_constants(problem: Problem, flight: Prepared) -> tuple[float, float]:
    few = replace(problem, looks=list(problem.looks)[::EVERY])

    def mean_square_m2(constants: Any) -> float:
        heading_rad, offset_s = constants
        camera = _with(few.camera, heading_rad, offset_s)
        off = misses(few.looks, few.poses, few.targets, camera, offset_s, flight.ground_sigma_m).off_m
        return float(np.nanmean(off**2))

    start = [[0.0, 0.0], [-0.02, 0.0], [0.0, 0.05]]
    options = {"initial_simplex": start, "xatol": 1e-4, "fatol": 1e-5, "maxiter": 60}
    found = minimize(mean_square_m2, [0.0, 0.0], method="Nelder-Mead", options=options)
    return float(found.x[0]), float(found.x[1])


def _table(rows: list[Row]) -> str:
    head = (
        "calibrated on  judged on    before m       after m        floor m        times floor  inside  ce90 m"
        "  heading (floor)  offset (floor)"
    )
    return "\n".join([head, *map(_line, rows)])


def _line(row: Row) -> str:
    times = (row.after.median_m / row.floor.median_m, row.after.p95_m / row.floor.p95_m)
    word = "" if max(times) <= ALLOWED else "  above 1.15"
    return (
        f"{row.own[0]:.2f} - {row.own[1]:.2f}    {row.other[0]:.2f} - {row.other[1]:.2f}"
        f"  {_pair(row.before)}  {_pair(row.after)}  {_pair(row.floor)}  {times[0]:5.2f} {times[1]:5.2f}"
        f"  {row.after.inside:6.0%}  {row.after.median_ce90_m:6.2f}"
        f"  {row.heading_deg:+.2f} +- {row.heading_sigma_deg:.2f} ({row.floor_heading_deg:+.2f})"
        f"  {row.offset_s:+.3f} ({row.floor_offset_s:+.3f}){word}"
    )


def _pair(of: Score) -> str:
    return f"{of.median_m:5.2f} / {of.p95_m:5.2f}"


if __name__ == "__main__":
    main()
