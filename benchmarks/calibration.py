"""How much a calibration on one part of a flight helps on the other, against what is reachable there.

    python benchmarks/calibration.py FLIGHT [--parts 0.5,0.6] [--json]
    python benchmarks/calibration.py FLIGHT --moved sweeping --span 100,200 [--heading 3] [--late 0.4]

FLIGHT is a folder with capture.tlog, video.mp4, video.json, camera.toml, targets.csv, truth.csv, truth.json.
For each split the first part calibrates and the second judges, and the other way round. With ``--moved`` the
flight is the recorded one, from and to so many seconds of the truth's time, with made targets under a gimbal
that is ``still``, ``sweeping`` or ``stepping``, a heading error in degrees and a video late by seconds.

Two floors. ``floor`` is what the recorded flights' README calls so: the telemetry's poses with the video's
true lag and the flight's mean heading error removed (by the truth), a gimbal's lag left in. ``best`` is found
in hindsight on the very part that judges: the best constant heading and time offset in the least squares
sense. The heading's error changes, and what no earlier part can tell is not in ``best``.
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
from moved_gimbal import Recorded, moved, true_heading_rad, truth_of
from scipy.optimize import minimize

from droneops.calibration.calibrate import calibrate
from droneops.calibration.judge import Score, misses, score
from droneops.calibration.looks import Look, Seen
from droneops.calibration.model import Problem
from droneops.calibration.parameters import HEADING, NAMES, TIME, applied
from droneops.calibration.prepare import SURVEY_SIGMA_M, prepared
from droneops.calibration.request import CalibrationRequest
from droneops.camera_file import load_camera
from droneops.geo.camera import Camera
from droneops.geo.rotation import heading_rad
from droneops.replay.flight_log import Wish, read_flight
from droneops.types import NoPose, Sigma

ALLOWED = 1.15
EVERY = 3
"""The floor's search takes each third look; its figures take all."""


@dataclass(frozen=True)
class Flight:
    """The looks and poses, how surely the rest is known, the true table, and the true offset of the video."""

    problem: Problem
    time_sigma_s: float
    ground_sigma_m: Sigma
    truth: Any
    true_offset_s: float


@dataclass(frozen=True)
class Row:
    """Calibrated on ``own``, judged on ``other`` (shares of the video)."""

    own: tuple[float, float]
    other: tuple[float, float]
    before: Score
    after: Score
    floor: Score
    best: Score
    floor_heading_deg: float
    floor_offset_s: float
    heading_deg: float
    offset_s: float
    gimbal_lag_s: float
    heading_sigma_deg: float
    held: tuple[str, ...]


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
    parser.add_argument("--parts", default="0.5", help="where the video is split")
    parser.add_argument("--moved", choices=["still", "sweeping", "stepping"], help="how a made gimbal moves")
    parser.add_argument("--span", default="100,200", help="with --moved: from and to, seconds of the truth")
    parser.add_argument("--heading", type=float, default=3.0, help="with --moved: degrees")
    parser.add_argument("--late", type=float, default=0.4, help="with --moved: seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    flight = _flight(arguments.flight) if arguments.moved is None else _moved(arguments)
    rows = list(_rows(flight, _numbers(arguments.parts)))
    print(json.dumps([asdict(row) for row in rows], indent=1) if arguments.json else _table(rows))


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _request(folder: Path) -> CalibrationRequest:
    return CalibrationRequest(
        telemetry=folder / "capture.tlog",
        video=folder / "video.mp4",
        camera=folder / "camera.toml",
        targets=folder / "targets.csv",
        out=folder / "unused.toml",
        system_id=1,
    )


def _flight(folder: Path) -> Flight:
    found = prepared(_request(folder), Quiet())
    late_s = json.loads((folder / "truth.json").read_text())["true_lag_s"]
    return Flight(found.problem, found.time_sigma_s, found.ground_sigma_m, truth_of(folder), -late_s)


def _moved(arguments: argparse.Namespace) -> Flight:
    folder, motion = arguments.flight, arguments.moved
    poses = read_flight(folder / "capture.tlog", Wish(str, 1, "auto", None, lambda: None))[1]
    camera = load_camera(folder / "camera.toml")
    ground_m = json.loads((folder / "truth.json").read_text())["ground_alt_msl"]
    recorded = Recorded(poses, truth_of(folder), camera, ground_m)
    first_s, last_s = _numbers(arguments.span)
    problem = moved(recorded, first_s, last_s, motion, arguments.heading, arguments.late, arguments.seed)
    time_sigma_s = camera.sigma.time_offset_s
    return Flight(problem, time_sigma_s, Sigma(SURVEY_SIGMA_M, "assumed"), recorded.truth, -arguments.late)


def _rows(flight: Flight, splits: Sequence[float]) -> Iterator[Row]:
    for split in splits:
        yield _row(flight, (0.0, split), (split, 1.0))
        yield _row(flight, (1 - split, 1.0), (0.0, 1 - split))


def _part(flight: Flight, part: tuple[float, float]) -> Problem:
    looks = flight.problem.looks
    first_us, last_us = looks[0].frame_us, looks[-1].frame_us
    low_us, high_us = (first_us + share * (last_us - first_us) for share in part)
    kept: list[Look] = [look for look in looks if low_us <= look.frame_us <= high_us]
    return replace(flight.problem, looks=kept)


def _row(flight: Flight, own: tuple[float, float], other: tuple[float, float]) -> Row:
    mine, theirs = _part(flight, own), _part(flight, other)
    seen = Seen(tuple(mine.looks), len(mine.looks), {})
    found = calibrate(mine, seen, flight.time_sigma_s, flight.ground_sigma_m)
    floor_rad, floor_s = -_mean_heading_error_rad(flight), flight.true_offset_s
    best_rad, best_s = _best_constants(theirs, flight, (floor_rad, floor_s))
    return Row(
        own=own,
        other=other,
        before=_score(theirs, theirs.camera, theirs.offset_s, flight),
        after=_score(theirs, found.camera, found.camera.bias.time_offset_s, flight),
        floor=_score(theirs, _with(theirs.camera, floor_rad, floor_s), floor_s, flight),
        best=_score(theirs, _with(theirs.camera, best_rad, best_s), best_s, flight),
        floor_heading_deg=math.degrees(floor_rad),
        floor_offset_s=floor_s,
        heading_deg=math.degrees(found.camera.bias.heading_rad),
        offset_s=found.camera.bias.time_offset_s,
        gimbal_lag_s=found.camera.bias.gimbal_lag_s,
        heading_sigma_deg=math.degrees(found.camera.sigma.heading_rad),
        held=tuple(name for name, held in zip(NAMES, found.found.held, strict=True) if held),
    )


def _mean_heading_error_rad(flight: Flight) -> float:
    """The telemetry's heading less the true one, over all looks."""
    errors = []
    for look in flight.problem.looks:
        time_us = look.frame_us + round(flight.true_offset_s * 1e6)
        pose = flight.problem.poses.at(time_us)
        if not isinstance(pose, NoPose):
            error = heading_rad(pose.ned_from_body) - true_heading_rad(flight.truth, time_us / 1e6)
            errors.append(math.remainder(error, math.tau))
    return float(np.mean(errors))


def _score(problem: Problem, camera: Camera, offset_s: float, flight: Flight) -> Score:
    return score(
        misses(problem.looks, problem.poses, problem.targets, camera, offset_s, flight.ground_sigma_m)
    )


def _with(camera: Camera, turn_rad: float, offset_s: float) -> Camera:
    step = np.zeros(len(NAMES))
    step[NAMES.index(HEADING)], step[NAMES.index(TIME)] = turn_rad, offset_s
    return applied(camera, 0.0, step).camera


def _best_constants(problem: Problem, flight: Flight, near: tuple[float, float]) -> tuple[float, float]:
    few = replace(problem, looks=list(problem.looks)[::EVERY])

    def mean_square_m2(constants: Any) -> float:
        turn_rad, offset_s = constants
        camera = _with(few.camera, turn_rad, offset_s)
        off = misses(few.looks, few.poses, few.targets, camera, offset_s, flight.ground_sigma_m).off_m
        return float(np.nanmean(off**2))

    start = [near, (near[0] - 0.01, near[1]), (near[0], near[1] + 0.05)]
    options = {"initial_simplex": start, "xatol": 1e-4, "fatol": 1e-5, "maxiter": 60}
    found = minimize(mean_square_m2, near, method="Nelder-Mead", options=options)
    return float(found.x[0]), float(found.x[1])


def _table(rows: list[Row]) -> str:
    head = (
        "calibrated on  judged on    before m       after m        floor m        times floor   best m"
        "         inside  ce90 m  heading (floor)         offset (floor)   lag"
    )
    return "\n".join([head, *map(_line, rows)])


def _line(row: Row) -> str:
    times = (row.after.median_m / row.floor.median_m, row.after.p95_m / row.floor.p95_m)
    word = "" if max(times) <= ALLOWED else "  above 1.15"
    held = f"  as it was: {', '.join(row.held)}" if row.held else ""
    return (
        f"{row.own[0]:.2f} - {row.own[1]:.2f}    {row.other[0]:.2f} - {row.other[1]:.2f}"
        f"  {_pair(row.before)}  {_pair(row.after)}  {_pair(row.floor)}  {times[0]:5.2f} {times[1]:5.2f}"
        f"   {_pair(row.best)}  {row.after.inside:6.0%}  {row.after.median_ce90_m:6.2f}"
        f"  {row.heading_deg:+.2f} +- {row.heading_sigma_deg:.2f} ({row.floor_heading_deg:+.2f})"
        f"  {row.offset_s:+.3f} ({row.floor_offset_s:+.3f})  {row.gimbal_lag_s:.3f}{word}{held}"
    )


def _pair(of: Score) -> str:
    return f"{of.median_m:5.2f} / {of.p95_m:5.2f}"


if __name__ == "__main__":
    main()
