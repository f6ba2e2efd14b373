"""How often the truth lies inside ce90_m, over simulated flights and on recorded ones.

    python benchmarks/monte_carlo_flights.py [--quick] [--jobs N] [--flights FOLDER] [--json]

Every simulated flight draws its biases anew. Each cell (height of the drone, depression of the ray) is looked
at in two ways: `target`, where a thing stands at that depression from the true camera, whatever the telemetry
says; and `telemetry`, where a ray has that depression by the telemetry and the truth behind it is drawn.
FOLDER holds recorded flights with pixel_truth.csv and targets.csv.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pymap3d
import synthetic_flights as sim

from droneops.camera_file import load_camera
from droneops.geo.locate import locate
from droneops.telemetry.pose_track import build_pose_track
from droneops.telemetry.tlog import read_tlog
from droneops.telemetry.vehicles import choose_vehicle
from droneops.types import GroundPoint, NoPose

SEED = 4
HEIGHTS_M = (40.0, 80.0, 120.0, 200.0, 400.0)
DEPRESSIONS_DEG = (8.0, 10.0, 12.0, 15.0, 25.0, 45.0, 65.0, 90.0)
GOAL = (0.87, 0.93)
FRAMES = 3
DRAWS = 2000
"""Of the truth behind one pose and pixel: each is a flight of its own."""

SPEED_MPS = 10.0
RECORDED = Path(__file__).resolve().parents[2] / "shared" / "data" / "flights"


@dataclass(frozen=True, slots=True)
class Job:
    """One cell under one law."""

    way: str
    law: str
    assumed: sim.Assumed
    height_m: float
    depression_deg: float
    flights: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What came out: shares of located sightings, and of sightings without a point."""

    way: str
    law: str
    assumed: str
    height_m: float
    depression_deg: float
    sightings: int
    share: float
    share_sigma: float
    refused: float
    median_ce90_m: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded flight: one draw of the biases, so its share alone says little."""

    flight: str
    sightings: int
    located: int
    share: float
    median_ce90_m: float
    median_error_m: float
    p95_error_m: float


@dataclass(frozen=True, slots=True)
class Motion:
    """How the drone and its gimbal move around each frame (n,)."""

    aims: sim.Aims
    yaw_rate_radps: sim.Array
    pitch_rate_radps: sim.Array

    def at(self, dt_s: sim.Array) -> sim.Aims:
        """Where the telemetry has drone and gimbal ``dt_s`` (n,) later, on a circular path."""
        aims, turned = self.aims, self.yaw_rate_radps * dt_s
        chord_m = SPEED_MPS * dt_s * np.sinc(turned / 2 / math.pi)
        along = aims.yaw_rad + turned / 2
        lat_deg, lon_deg, _ = pymap3d.enu2geodetic(
            chord_m * np.sin(along), chord_m * np.cos(along), 0.0, aims.lat_deg, aims.lon_deg, aims.alt_m
        )
        pitch_rad = aims.pitch_rad + self.pitch_rate_radps * dt_s
        return sim.Aims(lat_deg, lon_deg, aims.alt_m, aims.yaw_rad + turned, pitch_rad)


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    jobs = list(_jobs(arguments.quick))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        cells = list(_told(pool.map(run_cell, jobs), len(jobs)))
    folders = [folder for folder in sorted(arguments.flights.glob("*")) if (folder / "truth.json").exists()]
    recorded = [recorded_flight(folder) for folder in folders]
    if arguments.json:
        print(json.dumps({"cells": [asdict(c) for c in cells], "recorded": [asdict(r) for r in recorded]}))
    else:
        print("\n".join((*_tables(cells), *_recorded_table(recorded))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few flights: to see that it runs")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--flights", type=Path, default=RECORDED)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _jobs(quick: bool) -> Iterator[Job]:
    flights, poses = (60, 2) if quick else (480, 6)
    step = 2 if quick else 1
    cells = [(h, d) for h in HEIGHTS_M[::step] for d in DEPRESSIONS_DEG[::step]]
    for assumed in (sim.UNCALIBRATED, sim.CALIBRATED):
        for law in sim.LAWS:
            few = flights if law == "normal" else flights // 3
            yield from (Job("target", law, assumed, h, d, few) for h, d in cells)
            yield from (Job("telemetry", law, assumed, h, d, poses) for h, d in cells)


def _told(cells: Iterator[Cell], count: int) -> Iterator[Cell]:
    for number, cell in enumerate(cells, 1):
        if number % 40 == 0:
            print(f"{number} of {count} cells", file=sys.stderr, flush=True)
        yield cell


def run_cell(job: Job) -> Cell:
    """Simulate one cell; the seed is its own, so that cells do not depend on their order."""
    random = np.random.default_rng([SEED, int(job.height_m), int(job.depression_deg * 10), len(job.law)])
    inside, radius_m, asked = _by_target(random, job) if job.way == "target" else _by_telemetry(random, job)
    known = np.isfinite(inside)
    located = int(known.sum())
    return Cell(
        way=job.way,
        law=job.law,
        assumed=job.assumed.name,
        height_m=job.height_m,
        depression_deg=job.depression_deg,
        sightings=located,
        share=float(np.nanmean(inside)) if located else math.nan,
        share_sigma=_sigma_of_mean(inside if job.way == "target" else inside.reshape(-1, 1)),
        refused=1 - located / max(int(asked.sum()), 1),
        median_ce90_m=float(np.nanmedian(radius_m)) if located else math.nan,
    )


def _sigma_of_mean(inside: sim.Array) -> float:
    """One sigma of the mean of all; a row is a flight, whose sightings share their biases."""
    known = np.isfinite(inside)
    excess = np.where(known, inside - np.nanmean(inside), 0.0).sum(axis=1) if known.any() else np.zeros(1)
    return float(np.sqrt((excess**2).sum()) / max(int(known.sum()), 1))


def _by_target(random: np.random.Generator, job: Job) -> tuple[sim.Array, sim.Array, sim.Array]:
    """Inside or not (flights, frames), NaN without a point; the radii; which were in the picture."""
    n = job.flights * FRAMES
    times_s = np.sort(random.uniform(0, 300, (job.flights, FRAMES)), axis=1)
    motion = _motion(random, job, n)
    errors = sim.errors_of(random, job.law, job.assumed, motion.aims, times_s)
    aims = motion.at(errors.late_s)
    views = sim.true_views(aims, errors)
    lat_deg, lon_deg, alt_m = _things(random, job, aims, views, errors)
    pixels, seen = sim.pixels_of(lat_deg, lon_deg, alt_m, views)
    found = _locate_each(pixels + errors.pixel_px, seen, motion, job)
    inside, radius_m = np.full(n, np.nan), np.full(n, np.nan)
    for i, point in found.items():
        inside[i] = _error_m(point, lat_deg[i], lon_deg[i]) <= point.ce90_m
        radius_m[i] = point.ce90_m
    return inside.reshape(-1, FRAMES), radius_m, seen


def _motion(random: np.random.Generator, job: Job, n: int) -> Motion:
    """Poses whose pictures show the cell's depression somewhere, three in ten of them turning."""
    lowered_deg = np.clip(job.depression_deg + random.uniform(-12, 12, n), -10, 90)
    turning = random.random((2, n)) < 0.3
    aims = sim.Aims(
        lat_deg=np.full(n, sim.HOME_LAT_DEG),
        lon_deg=np.full(n, sim.HOME_LON_DEG),
        alt_m=np.full(n, sim.GROUND_ALT_M + job.height_m),
        yaw_rad=random.uniform(-math.pi, math.pi, n),
        pitch_rad=-np.radians(lowered_deg),
    )
    return Motion(
        aims,
        np.radians(random.uniform(-20, 20, n)) * turning[0],
        np.radians(random.uniform(-5, 5, n)) * turning[1],
    )


def _things(
    random: np.random.Generator, job: Job, aims: sim.Aims, views: sim.Views, errors: sim.Errors
) -> tuple[sim.Array, sim.Array, sim.Array]:
    """Things on the true ground at the cell's depression from the true camera, up to the earth's curve."""
    lat_deg, lon_deg, alt_m = (np.asarray(x) for x in pymap3d.ecef2geodetic(*views.place_m.T))
    ground_m = sim.GROUND_ALT_M + errors.ground_m
    range_m = np.maximum(alt_m - ground_m, 2.0) / math.tan(math.radians(job.depression_deg))
    azimuth = aims.yaw_rad + errors.heading_rad + np.radians(random.uniform(-25, 25, len(alt_m)))
    there_lat, there_lon, _ = pymap3d.enu2geodetic(
        range_m * np.sin(azimuth), range_m * np.cos(azimuth), ground_m - alt_m, lat_deg, lon_deg, alt_m
    )
    return np.asarray(there_lat), np.asarray(there_lon), ground_m


def _locate_each(pixels: sim.Array, wanted: sim.Array, motion: Motion, job: Job) -> dict[int, GroundPoint]:
    """What the code under test says of each frame, where it says something."""
    n = len(pixels)
    poses = sim.poses_of(motion.aims, motion.at(np.full(n, sim.STEP_S)), np.zeros(n, dtype=np.int64))
    camera, ground = sim.camera_of(job.assumed), sim.ground_said(job.assumed)
    found = {}
    for i in np.flatnonzero(wanted):
        (point,) = locate(pixels[i : i + 1], poses[i][0], camera, ground, poses[i][1])
        if isinstance(point, GroundPoint):
            found[int(i)] = point
    return found


def _error_m(point: GroundPoint, lat_deg: sim.Array, lon_deg: sim.Array) -> sim.Array:
    east, north, _ = pymap3d.geodetic2enu(
        lat_deg, lon_deg, sim.GROUND_ALT_M, point.lat_deg, point.lon_deg, sim.GROUND_ALT_M
    )
    distance_m: sim.Array = np.hypot(east, north)
    return distance_m


def _by_telemetry(random: np.random.Generator, job: Job) -> tuple[sim.Array, sim.Array, sim.Array]:
    """As `_by_target`, for a few poses with many draws of the truth each; a ray into the sky is outside."""
    motion = _motion(random, job, job.flights)
    pixels = _pixels_at(random, job, motion)
    wanted = np.isfinite(pixels[:, 0])
    found = _locate_each(np.nan_to_num(pixels), wanted, motion, job)
    inside, radius_m = np.full((job.flights, DRAWS), np.nan), np.full(job.flights, np.nan)
    for i, point in found.items():
        one = _repeated(motion, i, DRAWS)
        errors = sim.errors_of(random, job.law, job.assumed, one.aims, np.zeros((DRAWS, 1)))
        views = sim.true_views(one.at(errors.late_s), errors)
        shown = np.tile(pixels[i], (DRAWS, 1)) - errors.pixel_px
        lat_deg, lon_deg = sim.ground_of(shown, views, sim.GROUND_ALT_M + errors.ground_m)
        inside[i] = _error_m(point, lat_deg, lon_deg) <= point.ce90_m
        radius_m[i] = point.ce90_m
    return inside, radius_m, np.repeat(wanted[:, None], DRAWS, axis=1)


def _pixels_at(random: np.random.Generator, job: Job, motion: Motion) -> sim.Array:
    """Pixels (n, 2) near the picture's middle column that have the cell's depression by the telemetry."""
    below = -motion.aims.pitch_rad - math.radians(job.depression_deg)
    across_px = random.uniform(-150, 150, len(below))
    tan = np.tan(below)
    down = -sim.LENS.fy_px * tan * (1 + sim.LENS.distortion[0] * tan**2)
    return np.column_stack([sim.LENS.cx_px + across_px, sim.LENS.cy_px + down])


def _repeated(motion: Motion, i: int, count: int) -> Motion:
    aims = sim.Aims(*(np.full(count, getattr(motion.aims, name)[i]) for name in sim.Aims.__slots__))
    rates = (np.full(count, motion.yaw_rate_radps[i]), np.full(count, motion.pitch_rate_radps[i]))
    return Motion(aims, *rates)


def recorded_flight(folder: Path) -> Recorded:
    """Points of the true pixels with the telemetry's poses, against the surveyed targets."""
    log = read_tlog(folder / "capture.tlog")
    vehicle = choose_vehicle(log, None)
    if vehicle is None:
        raise SystemExit(f"{folder}: no vehicle in the log")
    poses = build_pose_track(log, vehicle, drone_id="drone")
    camera = load_camera(folder / "camera.toml")
    ground = replace(sim.ground_said(sim.UNCALIBRATED), alt_msl_m=None)
    targets = {row["id"]: row for row in _rows(folder / "targets.csv")}
    shown = [row for row in _rows(folder / "pixel_truth.csv") if row["visible"] == "1"]
    error_m, radius_m = [], []
    for row in shown:
        time_us = round(float(row["t_nominal_utc"]) * 1e6)
        pose, later = poses.at(time_us), poses.at(time_us + round(sim.STEP_S * 1e6))
        if isinstance(pose, NoPose):
            continue
        pixel = np.array([[float(row["u"]), float(row["v"])]])
        (point,) = locate(pixel, pose, camera, ground, None if isinstance(later, NoPose) else later)
        if isinstance(point, GroundPoint):
            target = targets[row["marker_id"]]
            error_m.append(float(_error_m(point, float(target["lat"]), float(target["lon"]))))
            radius_m.append(point.ce90_m)
    error, radius = np.array(error_m), np.array(radius_m)
    return Recorded(
        folder.name,
        len(shown),
        len(error),
        float(np.mean(error <= radius)),
        float(np.median(radius)),
        float(np.median(error)),
        float(np.quantile(error, 0.95)),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _tables(cells: list[Cell]) -> Iterator[str]:
    for key in dict.fromkeys((c.assumed, c.law, c.way) for c in cells):
        ours = [c for c in cells if (c.assumed, c.law, c.way) == key]
        yield f"{key[0]}; {key[1]}; depression by {key[2]}: % inside ce90_m (+- 1 sigma), % without a point"
        heights = dict.fromkeys(f"{c.height_m:.0f} m" for c in ours)
        yield " ".join(f"{text:>16}" for text in ("depression", *heights))
        for depression in dict.fromkeys(c.depression_deg for c in ours):
            row = [_text(c) for c in ours if c.depression_deg == depression]
            yield " ".join(f"{text:>16}" for text in (f"{depression:.0f} deg", *row))
        good = [c for c in ours if GOAL[0] <= c.share <= GOAL[1]]
        mean = np.nanmean([c.share for c in ours])
        yield f"{len(good)} of {len(ours)} cells within 87 to 93 %; mean of cells {100 * mean:.1f} %"
        yield ""


def _text(cell: Cell) -> str:
    if not cell.sightings:
        return "-"
    mark = " " if GOAL[0] <= cell.share <= GOAL[1] else "*"
    return f"{100 * cell.share:.1f}{mark}+-{100 * cell.share_sigma:.1f} {100 * cell.refused:3.0f}"


def _recorded_table(flights: list[Recorded]) -> Iterator[str]:
    if flights:
        yield "recorded flights (one draw each), true pixels, telemetry's poses, camera file's sigmas"
        yield "flight            sightings  located  % inside ce90_m  median ce90_m  median error  p95 error"
    for f in flights:
        yield (
            f"{f.flight:<16} {f.sightings:>10} {f.located:>8} {100 * f.share:>16.1f}"
            f" {f.median_ce90_m:>14.2f} {f.median_error_m:>13.2f} {f.p95_error_m:>10.2f}"
        )


if __name__ == "__main__":
    main()
